"""The support desk API's table of contents."""

from crm.api.kernel.routers import DialectRouter
from crm.api.messaging.viewsets.conversations import ConversationViewSet
from crm.api.messaging.viewsets.customers import CustomerViewSet

router = DialectRouter()
router.register("api/v2/customers", CustomerViewSet)
router.register("api/v2/conversations", ConversationViewSet)

urlpatterns = router.urls
