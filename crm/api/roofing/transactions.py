"""Transactions: payments and refunds, with the payments platform's fields and the customer's id."""

from crm.api.kernel.words import Word, Words
from crm.api.roofing.base import ResourceItem, ResourceList
from customers.filters import TransactionFilterSet
from customers.models import Transaction
from customers.selectors.work import transactions
from customers.services import work


class TransactionWords(Words):
    transaction_id = Word("id", read_only=True)
    customer_id = Word("customer")
    description = Word()
    gross_amount = Word()
    currency_code = Word()
    status = Word()
    created_at = Word(read_only=True)
    updated_at = Word(read_only=True)

    class Meta:
        model = Transaction


class TransactionBase:
    noun = "Transaction"
    words_class = TransactionWords
    rows = staticmethod(transactions)
    filterset_class = TransactionFilterSet
    create = work.create_transaction
    update = work.update_transaction
    key = "transaction_id"


class TransactionsList(TransactionBase, ResourceList):
    pass


class TransactionItem(TransactionBase, ResourceItem):
    pass
