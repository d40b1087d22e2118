"""The pages of customers, projects and payments, under /app/."""

from django.urls import path

from customers.pages import duplicates, privacy, projects, work
from customers.pages.edit import Block, Delete, EditCustomer, NewCustomer, Restore
from customers.pages.invite import InviteCustomer
from customers.pages.list import CustomerColumns, CustomerList, CustomerSelection
from customers.pages.merge import MergeCustomers, UndoMerge
from customers.pages.project_list import Projects
from customers.pages.quick import QuickCustomer

app_name = "customers"

urlpatterns = [
    path("customers/", CustomerList.as_view(), name="list"),
    path("customers/selection/", CustomerSelection.as_view(), name="selection"),
    path("customers/columns/", CustomerColumns.as_view(), name="columns"),
    path("customers/quick/", QuickCustomer.as_view(), name="quick"),
    path("customers/new/", NewCustomer.as_view(), name="new"),
    path("customers/lookalikes/", duplicates.LookAlikes.as_view(), name="lookalikes"),
    path("duplicates/", duplicates.Duplicates.as_view(), name="duplicates"),
    path(
        "duplicates/<uuid:pair_id>/refuse/",
        duplicates.RefuseDuplicate.as_view(),
        name="duplicate-refuse",
    ),
    path(
        "duplicates/<uuid:pair_id>/reopen/",
        duplicates.ReopenDuplicate.as_view(),
        name="duplicate-reopen",
    ),
    path("customers/<uuid:customer_id>/edit/", EditCustomer.as_view(), name="edit"),
    path("customers/<uuid:customer_id>/block/", Block.as_view(), name="block"),
    path("customers/<uuid:customer_id>/delete/", Delete.as_view(), name="delete"),
    path("customers/<uuid:customer_id>/restore/", Restore.as_view(), name="restore"),
    path(
        "customers/<uuid:customer_id>/projects/new/",
        projects.NewProject.as_view(),
        name="project-new",
    ),
    path(
        "customers/<uuid:customer_id>/payments/new/", work.NewPayment.as_view(), name="payment-new"
    ),
    path("customers/<uuid:customer_id>/consents/edit/", work.Consents.as_view(), name="consents"),
    path("customers/<uuid:customer_id>/merge/", MergeCustomers.as_view(), name="merge"),
    path("merges/<uuid:merge_id>/undo/", UndoMerge.as_view(), name="merge-undo"),
    path("customers/<uuid:customer_id>/invite/", InviteCustomer.as_view(), name="invite"),
    path("customers/<uuid:customer_id>/loyalty/", work.Loyalty.as_view(), name="loyalty"),
    path(
        "customers/<uuid:customer_id>/privacy/",
        privacy.PrivacyOfCustomer.as_view(),
        name="privacy",
    ),
    path("customers/<uuid:customer_id>/archive/", privacy.Archive.as_view(), name="archive"),
    path("projects/", Projects.as_view(), name="projects"),
    path("projects/<uuid:project_id>/", projects.ProjectPage.as_view(), name="project"),
    path(
        "projects/<uuid:project_id>/panel/", projects.ProjectPanel.as_view(), name="project-panel"
    ),
    path("projects/<uuid:project_id>/move/", projects.MoveProject.as_view(), name="project-move"),
    path(
        "projects/<uuid:project_id>/delete/",
        projects.DeleteProject.as_view(),
        name="project-delete",
    ),
    path("payments/<uuid:transaction_id>/", work.PaymentPage.as_view(), name="payment"),
]
