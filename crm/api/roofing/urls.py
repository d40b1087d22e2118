"""The native API's table of contents."""

from django.urls import path

from crm.api.roofing import (
    appointments,
    conversations,
    customers,
    exports,
    interactions,
    jobs,
    loyalty,
    outlets,
    projects,
    tags,
    transactions,
)

urlpatterns = [
    path("api/customers", customers.Customers.as_view()),
    path("api/customers/stats", customers.CustomerStatistics.as_view()),
    path("api/customers/export", customers.CustomerExport.as_view()),
    path("api/customers/bulk-update", customers.CustomerBulkUpdate.as_view()),
    path("api/customers/<str:customer_id>", customers.CustomerItem.as_view()),
    path("api/customers/<str:customer_id>/restore", customers.CustomerRestore.as_view()),
    path("api/customers/<str:customer_id>/projects", customers.CustomerProjects.as_view()),
    path("api/customers/<str:customer_id>/interactions", customers.CustomerInteractions.as_view()),
    path("api/customers/<str:customer_id>/loyalty", loyalty.CustomerLoyalty.as_view()),
    path(
        "api/customers/<str:customer_id>/calculate-ltv", customers.CustomerLifetimeValue.as_view()
    ),
    path("api/projects", projects.ProjectsList.as_view()),
    path("api/projects/<str:row_id>", projects.ProjectItem.as_view()),
    path("api/interactions", interactions.InteractionsList.as_view()),
    path("api/interactions/<str:row_id>", interactions.InteractionItem.as_view()),
    path("api/appointments", appointments.AppointmentsList.as_view()),
    path("api/appointments/<str:row_id>", appointments.AppointmentItem.as_view()),
    path("api/conversations", conversations.ConversationsList.as_view()),
    path("api/conversations/<str:row_id>", conversations.ConversationItem.as_view()),
    path("api/conversations/<str:row_id>/messages", conversations.ConversationMessages.as_view()),
    path("api/transactions", transactions.TransactionsList.as_view()),
    path("api/transactions/<str:row_id>", transactions.TransactionItem.as_view()),
    path("api/outlets", outlets.OutletsList.as_view()),
    path("api/outlets/<str:row_id>", outlets.OutletItem.as_view()),
    path("api/services", appointments.ServicesList.as_view()),
    path("api/services/<str:row_id>", appointments.ServiceItem.as_view()),
    path("api/exports", exports.Exports.as_view()),
    path("api/exports/<str:row_id>", exports.ExportItem.as_view()),
    path("api/exports/<str:row_id>/download", exports.ExportDownload.as_view()),
    path("api/jobs", jobs.Jobs.as_view()),
    path("api/jobs/<str:row_id>", jobs.JobItem.as_view()),
    path("api/jobs/<str:row_id>/cancel", jobs.JobCancel.as_view()),
    path("api/tags", tags.TagsList.as_view()),
    path("api/tags/<str:row_id>", tags.TagItem.as_view()),
]
