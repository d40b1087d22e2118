"""The merchants' API's table of contents."""

from crm.api.kernel.routers import DialectRouter
from crm.api.merchants.viewsets import CustomerViewSet

router = DialectRouter()
router.register("customers", CustomerViewSet)

urlpatterns = router.urls
