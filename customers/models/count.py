"""How many customers there are of each kind, known without counting them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import KeyField
from core.tenancy.scoping import TenantModel


class CustomerCount(TenantModel):
    """
    A change of the number of customers of whom `dimension` is `value`; their number is the sum of
    all such rows (`customers.counts`).

    In PostgreSQL triggers add rows in the transaction of whatever changes a customer, so that no
    writer waits for another's; folding makes one row of many. In SQLite there are none.
    """

    id = models.BigAutoField(_("ID"), primary_key=True)  # type: ignore[assignment]
    # the customers' own rows name an organization that is there; asking again would double the cost
    organization = models.ForeignKey(
        "tenancy.Organization",
        verbose_name=_("Organization"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    dimension = KeyField(_("Dimension"), max_length=20)
    value = KeyField(_("Value"), max_length=150, blank=True)
    customers = models.BigIntegerField(_("Customers"))
    lifetime_value = models.DecimalField(
        _("Lifetime value"), max_digits=24, decimal_places=2, default=0
    )
    loyalty_points = models.BigIntegerField(_("Loyalty points"), default=0)
    is_folded = models.BooleanField(_("Folded"), default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["organization", "environment", "dimension", "value"],
                name="customer_count_by_value",
            ),
            models.Index(
                fields=["id"], name="customer_count_unfolded", condition=models.Q(is_folded=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dimension} {self.value}: {self.customers}"
