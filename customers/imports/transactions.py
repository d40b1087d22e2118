"""Taking payments in from a file."""

from customers.imports.linked import LinkedImport, named_row
from customers.models import Project, Transaction
from customers.services.work import create_transactions, update_transactions
from customers.tables import TRANSACTIONS

TRANSACTION_IMPORT = LinkedImport(
    model=Transaction,
    table=TRANSACTIONS,
    words={
        "project": [
            *("project id", "project name", "job", "job title", "proyecto", "id de proyecto"),
            *("nombre del proyecto", "trabajo", "projekt", "projet"),
        ],
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
    create=create_transactions,
    update=update_transactions,
    find={"project": named_row(Project, "name", of_customer=True)},
)
