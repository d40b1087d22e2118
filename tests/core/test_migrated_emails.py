"""People who were invited before their e-mails had one form."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from core.identity.models import User
from core.identity.services import authenticate
from core.identity.tokens import Origin
from tests.cast import PASSWORD, make_cast

BEFORE = [("identity", "0001_initial")]


@pytest.mark.usefixtures("migrating")
@pytest.mark.django_db(transaction=True)
def test_who_has_an_international_domain_signs_in_by_both_its_spellings() -> None:
    cast = make_cast()
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()  # those of other apps went back with it
    executor.migrate(BEFORE)
    try:
        User.objects.unscoped().filter(pk=cast.bob.pk).update(email="bob@münchen.de")
        User.objects.unscoped().filter(pk=cast.mona.pk).update(email=f"ａ{cast.alice.email[1:]}")
    finally:
        MigrationExecutor(connection).migrate(latest)
    for email in ("Bob@MÜNCHEN.de", "bob@xn--mnchen-3ya.de"):
        assert authenticate(email=email, password=PASSWORD, origin=Origin()) == cast.bob
    # it would be somebody else's
    cast.mona.refresh_from_db()
    assert cast.mona.email == f"ａ{cast.alice.email[1:]}"
