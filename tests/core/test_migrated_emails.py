"""People who were invited before their e-mails had one form."""

import pytest

from core.identity.models import User
from core.identity.services import authenticate
from core.identity.tokens import Origin
from tests.cast import PASSWORD, make_cast
from tests.conftest import TablesAsOf


@pytest.mark.heavy
@pytest.mark.django_db(transaction=True)
def test_who_has_an_international_domain_signs_in_by_both_its_spellings(
    tables_as_of: TablesAsOf,
) -> None:
    cast = make_cast()
    with tables_as_of("identity", "0001_initial"):
        User.objects.unscoped().filter(pk=cast.bob.pk).update(email="bob@münchen.de")
        User.objects.unscoped().filter(pk=cast.mona.pk).update(email=f"ａ{cast.alice.email[1:]}")
    for email in ("Bob@MÜNCHEN.de", "bob@xn--mnchen-3ya.de"):
        assert authenticate(email=email, password=PASSWORD, origin=Origin()) == cast.bob
    # it would be somebody else's
    cast.mona.refresh_from_db()
    assert cast.mona.email == f"ａ{cast.alice.email[1:]}"
