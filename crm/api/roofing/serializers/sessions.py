"""Signing in and out, and who is signed in."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.identity.models import User
from core.tenancy.models import Organization
from crm.api.kernel.serializers import DomainField, DomainSerializer, RequestSerializer


class SecretField(serializers.CharField):
    """A text, taken to the letter."""

    def __init__(self, **options: Any) -> None:
        message = "This field is required and must be a string."
        messages = dict.fromkeys(("required", "null", "blank", "invalid"), message)
        super().__init__(trim_whitespace=False, error_messages=messages, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or "\x00" in data:
            self.fail("invalid")
        return data


@extend_schema_field({"type": "string", "format": "email", "minLength": 1})
class EmailField(SecretField):
    """Whatever it is, one that nobody has is a wrong one."""


class CodeField(SecretField):
    """A text, for a number would lose its zeros; nothing is no code."""

    default_error_messages = {"invalid": "Must be a string of six digits, or a code on paper."}

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_blank=True, **options)
        self.error_messages["invalid"] = self.error_messages["null"] = self.default_error_messages[
            "invalid"
        ]


class CredentialsSerializer(RequestSerializer):
    email = EmailField()
    password = SecretField()
    otp = CodeField(
        help_text=(
            "A code of the second factor, for those who have one: of their authenticator app, or "
            "one on paper."
        )
    )


class RefreshTokenSerializer(RequestSerializer):
    refresh = SecretField()


class TokenPairSerializer(serializers.Serializer):  # type: ignore[type-arg]
    access = serializers.CharField()
    refresh = serializers.CharField()


class SignOutSerializer(serializers.Serializer):  # type: ignore[type-arg]
    refresh = serializers.CharField(required=False)


class MyOrganizationSerializer(DomainSerializer):
    id = DomainField()
    slug = DomainField()
    name = DomainField()

    class Meta:
        model = Organization


class MeSerializer(DomainSerializer):
    id = DomainField()
    email = DomainField()
    first_name = DomainField()
    last_name = DomainField()
    role = DomainField(schema={"type": "string"})
    organization = MyOrganizationSerializer()

    class Meta:
        model = User
