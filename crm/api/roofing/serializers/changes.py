"""What was changed together, and what became of taking it back."""

from rest_framework import serializers

from core.changes.models import ChangeSet
from crm.api.kernel.serializers import DomainField, DomainSerializer


class ChangeSetSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    at = DomainField(read_only=True)
    action = DomainField(read_only=True)
    actor_kind = DomainField(read_only=True)
    actor_id = DomainField(read_only=True)
    actor = DomainField(source="actor_label", read_only=True)
    via = DomainField(read_only=True)
    undoes = DomainField(read_only=True, help_text="The change set that this one took back.")
    undone_by = DomainField(
        read_only=True, help_text="The latest change set that took this one back."
    )

    class Meta:
        model = ChangeSet


class KeptSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """
    A record that was left as it is. `code` is `changed` (`by` whom, `at` which moment), `used`,
    `undone`, `refused`, `gone`, `not_recorded` or `final`.
    """

    type = serializers.CharField()
    id = serializers.UUIDField()
    customer_id = serializers.UUIDField(allow_null=True)
    code = serializers.CharField()
    message = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)


class UndoneSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """`change_set` is the undo's own, by which it can be taken back in turn."""

    change_set = serializers.UUIDField()
    restored = serializers.IntegerField(min_value=0)
    kept_count = serializers.IntegerField(min_value=0)
    kept = KeptSerializer(many=True, help_text="The first thousand.")
