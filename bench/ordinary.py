"""What an ordinary DRF serializer costs: the same fifty rows by ours and by a ModelSerializer."""

from collections.abc import Iterator
from types import SimpleNamespace

from rest_framework import serializers

from bench import client  # before the models: it sets Django up
from bench.measuring import Line, medians, rates
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from crm.api.kernel.json import dumps
from crm.api.merchants.serializers import MerchantCustomerSerializer
from customers.models import Customer

ROWS = 50


class OrdinarySerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    """The merchants' customer, declared as one does."""

    customer_id = serializers.UUIDField(source="id")
    organization_id = serializers.UUIDField()
    name = serializers.SerializerMethodField()
    phone_number = serializers.CharField(source="phone")
    address = serializers.CharField(source="street")
    metadata = serializers.JSONField(source="custom_fields")

    class Meta:
        model = Customer
        fields = list(MerchantCustomerSerializer().fields)

    def get_name(self, row: Customer) -> str | None:
        person = f"{row.first_name} {row.last_name}".strip()
        return (row.company_name or person) if row.is_business else (person or row.company_name)


def measured() -> Iterator[Line]:
    assert client.APPLICATION
    organization = Organization.objects.get(slug="demo")
    newest = Customer.objects.unscoped().filter(organization=organization).order_by("-id")[:ROWS]
    instances, rows = list(newest), list(newest.values(*MerchantCustomerSerializer.columns()))
    actor = Actor.system(organization=organization, label="benchmark", environment=Environment.LIVE)
    context = {"request": SimpleNamespace(auth=actor, headers={})}
    ours, ordinary = medians(
        lambda: dumps(MerchantCustomerSerializer(rows, many=True, context=context).data),
        lambda: dumps(OrdinarySerializer(instances, many=True).data),
        repeat=50,
    )
    yield rates(
        "rows shown by a serializer, as JSON",
        ROWS / ours,
        ROWS / ordinary,
        bar=3,
        note=f"an ordinary ModelSerializer costs {ordinary / ours:.1f} times as much",
    )
