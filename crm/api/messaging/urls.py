"""The support desk API's table of contents."""

from django.urls import path

from crm.api.messaging import conversations, customers, moving, statistics

urlpatterns = [
    path("api/v2/customers", customers.Customers.as_view()),
    path("api/v2/customers/stats/summary", statistics.CustomerStatistics.as_view()),
    path("api/v2/customers/bulk/import", moving.CustomerImport.as_view()),
    path("api/v2/customers/export", moving.CustomerExport.as_view()),
    path("api/v2/customers/<str:customer_id>", customers.CustomerItem.as_view()),
    path("api/v2/customers/<str:customer_id>/tags", customers.CustomerTags.as_view()),
    path("api/v2/customers/<str:customer_id>/block", customers.CustomerBlock.as_view()),
    path(
        "api/v2/customers/<str:customer_id>/conversations",
        conversations.CustomerConversations.as_view(),
    ),
    path("api/v2/conversations/<str:conversation_id>", conversations.ConversationItem.as_view()),
    path(
        "api/v2/conversations/<str:conversation_id>/messages",
        conversations.ConversationMessages.as_view(),
    ),
]
