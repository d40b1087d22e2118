"""The support desk's grammar: `{"success": true, …}`."""

from collections.abc import Mapping
from typing import Any

from crm.api.kernel.viewsets import DialectViewSet
from crm.api.messaging.exceptions import MESSAGING
from crm.api.messaging.serializers.answers import in_success


class MessagingViewSet(DialectViewSet):
    dialect = MESSAGING
    answer_key = "customer"
    """Under which an object stands."""

    def get_answer(self, shown: Mapping[str, Any]) -> dict[str, Any]:
        return {"success": True, self.answer_key: shown}

    def get_answer_serializer(self) -> Any:
        return in_success(self.answer_key, self.get_serializer_class())
