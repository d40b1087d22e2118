"""Labels that an organization puts on its customers."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import LabelField, row_version
from core.tenancy.scoping import OrganizationModel, SameTenant, TenantModel


class Tag(OrganizationModel):
    """
    A label, case-sensitive; `,` and `;` separate tags in documented APIs and files, so no tag holds
    them.
    """

    name = LabelField(
        _("Name"),
        max_length=50,
        validators=[
            RegexValidator(r"^[^,;]+$", "Tags hold no comma or semicolon.", code="tag_separator")
        ],
    )
    version = row_version()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="tag_name_unique", violation_error_code="name"
            ),
            models.UniqueConstraint(fields=["organization", "id"], name="tag_tenant"),
        ]

    def __str__(self) -> str:
        return str(self.name)


class CustomerTag(TenantModel):
    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    tag = models.ForeignKey(
        Tag, verbose_name=_("Tag"), on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "tag"], name="customer_tag_unique"),
            SameTenant(field="customer", name="customer_tag_customer_tenant"),
            SameTenant(field="tag", name="customer_tag_tag_tenant", across_environments=True),
        ]
        indexes = [models.Index(fields=["tag", "customer"], name="customer_tag_by_tag")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.tag_id}"
