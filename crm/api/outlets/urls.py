"""The salon chain's table of contents."""

from crm.api.kernel.routers import DialectRouter
from crm.api.outlets.viewsets import CustomerViewSet

router = DialectRouter()
router.register("api/v1/customers", CustomerViewSet)

urlpatterns = router.urls
