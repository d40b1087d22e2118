"""Taking payments in from a file."""

from typing import Any
from uuid import UUID

from core.tenancy.actor import Actor
from customers.imports.linked import LinkedImport
from customers.models import Transaction
from customers.services.work import create_transaction, update_transaction
from customers.tables import TRANSACTIONS


def _update(*, actor: Actor, key: UUID, values: dict[str, Any]) -> Transaction:
    return update_transaction(actor=actor, transaction_id=key, values=values)


TRANSACTION_IMPORT = LinkedImport(
    model=Transaction,
    table=TRANSACTIONS,
    words={
        "description": [
            *(
                "item",
                "reference",
                "memo",
                "concept",
                "descripción",
                "concepto",
                "concepto de pago",
            ),
            *("beschreibung", "verwendungszweck", "libellé"),
        ],
        "gross_amount": [
            *("amount", "total", "gross", "payment amount", "price", "importe", "monto", "total"),
            *("importe total", "betrag", "montant"),
        ],
        "currency_code": ["currency", "moneda", "divisa", "währung", "devise"],
        "status": ["payment status", "estado", "estado del pago", "statut"],
        "created_at": [
            *("date", "paid at", "payment date", "transaction date", "created", "fecha"),
            *("fecha de pago", "datum", "date de paiement"),
        ],
    },
    create=create_transaction,
    update=_update,
)
