"""The booking API's table of contents."""

from crm.api.booking.viewsets import CustomerViewSet
from crm.api.kernel.routers import DialectRouter

router = DialectRouter()
router.register("api/customers", CustomerViewSet)

urlpatterns = router.urls
