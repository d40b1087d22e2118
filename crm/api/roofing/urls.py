"""The native API's table of contents."""

from django.urls import path

from crm.api.kernel.routers import DialectRouter
from crm.api.roofing.viewsets.changes import ChangeSetViewSet
from crm.api.roofing.viewsets.conversations import (
    ConversationNoteViewSet,
    ConversationViewSet,
    ScheduledMessageViewSet,
)
from crm.api.roofing.viewsets.customers import CustomerViewSet
from crm.api.roofing.viewsets.duplicates import DuplicateViewSet
from crm.api.roofing.viewsets.imports import FileImportRowViewSet, FileImportViewSet
from crm.api.roofing.viewsets.jobs import ExportViewSet, JobViewSet
from crm.api.roofing.viewsets.merges import MergeViewSet
from crm.api.roofing.viewsets.messages import GatewayViewSet, MessageViewSet, ReplyTemplateViewSet
from crm.api.roofing.viewsets.oversight import (
    AuditEntryViewSet,
    OrganizationViewSet,
    UserSessionViewSet,
    UserViewSet,
)
from crm.api.roofing.viewsets.privacy import (
    ConsentWordingViewSet,
    PrivacyRequestViewSet,
    RetentionViewSet,
)
from crm.api.roofing.viewsets.resources import (
    AppointmentViewSet,
    FollowUpViewSet,
    InteractionViewSet,
    OutletViewSet,
    ProjectViewSet,
    ScheduleExceptionViewSet,
    ServiceViewSet,
    TagViewSet,
    TransactionViewSet,
)
from crm.api.roofing.viewsets.sessions import SessionViewSet
from crm.api.roofing.viewsets.webhooks import WebhookDeliveryViewSet, WebhookViewSet

router = DialectRouter()
router.register("api/auth", SessionViewSet)
router.register("api/customers", CustomerViewSet)
router.register("api/duplicates", DuplicateViewSet)
router.register("api/projects", ProjectViewSet)
router.register("api/interactions", InteractionViewSet)
router.register("api/follow-ups", FollowUpViewSet)
router.register("api/appointments", AppointmentViewSet)
router.register("api/conversations", ConversationViewSet)
router.register("api/conversations/<str:conversation_id>/notes", ConversationNoteViewSet)
router.register(
    "api/conversations/<str:conversation_id>/scheduled-messages", ScheduledMessageViewSet
)
router.register("api/messages", MessageViewSet)
router.register("api/gateways", GatewayViewSet)
router.register("api/transactions", TransactionViewSet)
router.register("api/outlets", OutletViewSet)
router.register("api/services", ServiceViewSet)
router.register("api/schedule-exceptions", ScheduleExceptionViewSet)
router.register("api/exports", ExportViewSet)
router.register("api/imports", FileImportViewSet)
router.register("api/imports/<str:import_id>/rows", FileImportRowViewSet)
router.register("api/jobs", JobViewSet)
router.register("api/tags", TagViewSet)
router.register("api/reply-templates", ReplyTemplateViewSet)
router.register("api/consent-wordings", ConsentWordingViewSet)
router.register("api/privacy-requests", PrivacyRequestViewSet)
router.register("api/retention", RetentionViewSet)
router.register("api/webhooks", WebhookViewSet)
router.register("api/webhooks/<str:webhook_id>/deliveries", WebhookDeliveryViewSet)
router.register("api/users", UserViewSet)
router.register("api/users/<str:user_id>/sessions", UserSessionViewSet)
router.register("api/audit", AuditEntryViewSet)
router.register("api/changes", ChangeSetViewSet)
router.register("api/merges", MergeViewSet)

CURRENT = OrganizationViewSet.as_view(
    {"get": "retrieve", "put": "update", "patch": "partial_update"}
)

urlpatterns = [*router.urls, path("api/organizations/current", CURRENT)]
