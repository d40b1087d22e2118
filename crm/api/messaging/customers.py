"""The documented operations on one customer and on the list of them."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from core.errors import Fault, Malformed
from crm.api.kernel.paging import page_of
from crm.api.kernel.views import with_version
from crm.api.kernel.words import Unreadable, Word, Words
from crm.api.messaging import examples
from crm.api.messaging.base import MessagingView, answer, page_answer, success, success_page
from crm.api.messaging.conversations import MessagingConversationWords
from crm.api.messaging.queries import CustomerListQuery, DeleteQuery, conditions, order
from crm.api.messaging.words import MessagingCustomerWords, show_customers, without_echoes
from customers.models import Customer
from customers.selectors.customers import as_row, customer, customers
from customers.services.customers import create_customer, update_customer
from customers.services.erasure import erase_customer
from customers.services.management import block_customer, change_tags, deactivate_customer
from interactions.selectors import recent_conversations

RECENT = 10
ERASURE_GROUND = "permanent deletion asked for through the messaging API"

ANSWER = answer("CustomerAnswer", customer=MessagingCustomerWords())


class CustomerView(MessagingView):
    def answer(self, row: Customer, status: int = 200) -> Response:
        (shown,) = show_customers([as_row(row)])
        return with_version(success(status, customer=shown), row.version)


class Customers(CustomerView):
    @extend_schema(
        operation_id="messaging_list_customers",
        parameters=[CustomerListQuery],
        responses=page_answer("CustomerPage", "customers", MessagingCustomerWords),
        examples=examples.LIST,
    )
    def get(self, request: Any) -> Response:
        query = self.query(CustomerListQuery)
        page = page_of(
            customers(actor=self.actor, conditions=conditions(query)),
            order=order(query["sortBy"], query["sortOrder"]),
            columns=MessagingCustomerWords.columns(),
            number=query["page"],
            size=query["limit"],
        )
        return success_page("customers", show_customers(page.rows), page)

    @extend_schema(
        operation_id="messaging_create_customer",
        request=MessagingCustomerWords,
        responses={201: ANSWER},
        examples=examples.CREATE,
    )
    def post(self, request: Any) -> Response:
        self.nothing_asked()
        self.allow(create_customer)
        values = self.body(MessagingCustomerWords)
        refuse_without_phone(values)
        return self.once(lambda: self.answer(create_customer(actor=self.actor, values=values), 201))


def refuse_without_phone(values: dict[str, Any]) -> None:
    """The phone number is this API's primary identifier. Raises Unreadable."""
    if values.get("phone") in (None, ""):
        raise Unreadable({"phoneNumber": [Fault("required", "This field is required.")]})


_COUNTS = inline_serializer(
    "MessagingConversationCounts",
    {
        "totalConversations": serializers.IntegerField(),
        "openConversations": serializers.IntegerField(),
        "resolvedConversations": serializers.IntegerField(),
    },
)


class CustomerItem(CustomerView):
    @extend_schema(
        operation_id="messaging_read_customer",
        responses=answer(
            "CustomerDetail",
            customer=MessagingCustomerWords(),
            statistics=_COUNTS,
            recentConversations=MessagingConversationWords(many=True),
        ),
        examples=examples.DETAIL,
    )
    def get(self, request: Any, customer_id: str) -> Response:
        self.nothing_asked()
        row = customer(actor=self.actor, customer_id=self.id(customer_id))
        response = self.answer(row)
        response.data["statistics"] = {
            "totalConversations": row.conversation_count,
            "openConversations": row.open_conversation_count,
            "resolvedConversations": row.conversation_count - row.open_conversation_count,
        }
        recent = recent_conversations(actor=self.actor, customer_id=row.pk)[:RECENT]
        response.data["recentConversations"] = MessagingConversationWords.show_all(
            recent.values(*MessagingConversationWords.columns())
        )
        return response

    @extend_schema(
        operation_id="messaging_update_customer",
        request=MessagingCustomerWords,
        responses=ANSWER,
        examples=examples.UPDATE,
    )
    def put(self, request: Any, customer_id: str) -> Response:
        self.nothing_asked()
        self.allow(update_customer)
        key = self.id(customer_id)
        version = self.if_version()
        values = self._changes(customer(actor=self.reader, customer_id=key))
        return self.answer(
            update_customer(actor=self.actor, customer_id=key, values=values, if_version=version)
        )

    def _changes(self, row: Customer) -> dict[str, Any]:
        self.words = MessagingCustomerWords
        data = without_echoes(self.request.data, vars(row))
        if not isinstance(data, dict):
            raise Malformed("The body must be a JSON object")
        return MessagingCustomerWords.read(data)

    @extend_schema(
        operation_id="messaging_patch_customer", request=MessagingCustomerWords, responses=ANSWER
    )
    def patch(self, request: Any, customer_id: str) -> Response:
        """As PUT: what isn't given stays."""
        return self.put(request, customer_id)

    @extend_schema(
        operation_id="messaging_delete_customer",
        parameters=[DeleteQuery],
        request=None,
        responses=answer("Message", message=serializers.CharField()),
        examples=examples.DELETE,
    )
    def delete(self, request: Any, customer_id: str) -> Response:
        """Deactivates; `permanent=true` erases the customer with conversations and messages."""
        permanent = self.query(DeleteQuery)["permanent"]
        self.allow(erase_customer if permanent else deactivate_customer)
        key = self.id(customer_id)
        version = self.if_version()
        if permanent:
            erase_customer(
                actor=self.actor, customer_id=key, ground=ERASURE_GROUND, if_version=version
            )
            return success(message="Customer permanently deleted")
        return with_version(
            success(message="Customer deactivated"),
            deactivate_customer(actor=self.actor, customer_id=key, if_version=version).version,
        )


class MessagingTagsWords(Words):
    """The tags to set, add or remove."""

    tags = Word(schema={"type": "array", "items": {"type": "string"}})
    action = Word(schema={"type": "string", "enum": ["set", "add", "remove"], "default": "set"})


class CustomerTags(CustomerView):
    @extend_schema(
        operation_id="messaging_change_tags",
        request=MessagingTagsWords,
        responses=ANSWER,
        examples=examples.TAGS,
    )
    def patch(self, request: Any, customer_id: str) -> Response:
        self.nothing_asked()
        self.allow(change_tags)
        key = self.id(customer_id)
        version = self.if_version()
        values = self.body(MessagingTagsWords)
        if values.get("tags") is None:
            raise Unreadable({"tags": [Fault("required", "This field is required.")]})
        changed = change_tags(
            actor=self.actor,
            customer_id=key,
            tags=values["tags"],
            action=values.get("action", "set"),
            if_version=version,
        )
        return self.answer(changed)


class MessagingBlockWords(Words):
    """Whether the customer is blocked, and why."""

    isBlocked = Word("is_blocked")
    blockReason = Word("block_reason")

    class Meta:
        model = Customer


class CustomerBlock(CustomerView):
    @extend_schema(
        operation_id="messaging_block_customer",
        request=MessagingBlockWords,
        responses=ANSWER,
        examples=examples.BLOCK,
    )
    def patch(self, request: Any, customer_id: str) -> Response:
        self.nothing_asked()
        self.allow(block_customer)
        key = self.id(customer_id)
        version = self.if_version()
        values = self.body(MessagingBlockWords)
        return self.answer(
            block_customer(actor=self.actor, customer_id=key, values=values, if_version=version)
        )
