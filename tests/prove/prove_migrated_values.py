"""Rows from before their values had one form."""

import pytest

from core.ids import new_id
from customers.models import Customer
from tests.cast import make_cast
from tests.conftest import TablesAsOf


@pytest.mark.django_db(transaction=True)
def test_emails_are_compared_anew_and_custom_fields_are_objects(tables_as_of: TablesAsOf) -> None:
    acme = make_cast().acme
    with tables_as_of("customers", "0006_phone_extension") as then:
        add = then.get_model("customers", "Customer").objects.create
        for name, email, custom in [
            ("Ann", "ann@münchen.de", {"k": 1}),
            ("Bea", "bea\u200b@x.com", []),
            ("Cid", "cid@x.com", ["x"]),
            ("Dot", "cid@ｘ.com", {}),
        ]:
            add(
                id=new_id(),
                organization_id=acme.pk,
                environment="live",
                first_name=name,
                email=email,
                email_key=email.lower(),
                search_text=f"{name.lower()} {email}",
                custom_fields=custom,
            )
    rows = Customer.objects.unscoped().order_by("first_name")
    assert [(row.email, row.email_key, row.custom_fields) for row in rows] == [
        ("ann@münchen.de", "ann@xn--mnchen-3ya.de", {"k": 1}),
        ("bea@x.com", "bea@x.com", {}),
        ("cid@x.com", "cid@x.com", {"values": ["x"]}),
        # it would be another customer's
        ("cid@ｘ.com", "cid@ｘ.com", {}),
    ]
