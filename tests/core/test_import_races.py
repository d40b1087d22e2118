"""Those who write while a file is checked."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from core.imports.reports import Report
from core.imports.running import BATCH
from core.imports.uploads import read_upload
from core.tenancy.actor import Actor
from core.timeouts import is_waited_for
from customers.imports.customers import CUSTOMER_IMPORT
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.erasure import erase_customer
from tests.cast import customer_values
from tests.live.stack import wait_for

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


class Waiting:
    """After the first batch of a check, until somebody waits for what it has locked."""

    def __init__(self, actor: Actor, customer: Customer) -> None:
        self.actor, self.customer = actor, customer
        self.pool = ThreadPoolExecutor(1)
        self.erasing: Any = None

    def progress(self, rows: int) -> None:
        if self.erasing is None:
            self.erasing = self.pool.submit(self._erase)
            wait_for(is_waited_for, seconds=20, what=lambda: "the erasure to wait")
        elif rows > BATCH:
            self.erasing.result(20)

    def _erase(self) -> None:
        try:
            erase_customer(actor=self.actor, customer_id=self.customer.pk, ground="asked")
        finally:
            connections.close_all()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
def test_whoever_waits_for_a_check_is_let_through(actor: Actor) -> None:
    customer = create_customer(actor=actor, values=customer_values())
    rows = "".join(f"N{number},\n" for number in range(2 * BATCH))
    upload = read_upload(f"first_name,email\nAnn,{customer.email}\n{rows}".encode())
    waiting: Any = Waiting(actor, customer)
    report: Report = CUSTOMER_IMPORT.run(
        actor=actor, upload=upload, dry_run=True, checkpoint=waiting
    )
    assert (report.counts["updated"], report.counts["created"]) == (1, 2 * BATCH)
    assert not Customer.objects.unscoped().exists()
