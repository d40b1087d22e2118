"""People of the staff, and their sessions."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.encryption import EncryptedTextField
from core.fields import row_version
from core.hours import WeeklyHoursField
from core.ids import new_id
from core.tenancy.choices import Role
from core.tenancy.models import Organization
from core.tenancy.scoping import OrganizationManager
from core.text import email_key


class UserManager(BaseUserManager["User"], OrganizationManager["User"]):
    """
    Users sign in by an e-mail that is unique over all organizations, so `get_by_natural_key`
    crosses them.
    """

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.unscoped().select_related("organization").get(email=email_key(username or ""))

    def create_user(
        self,
        *,
        email: str,
        password: str | None,
        organization: Organization,
        role: str,
        **extra: Any,
    ) -> "User":
        user = self.model(email=email_key(email), organization=organization, role=role, **extra)
        user.set_password(password)
        user.save(force_insert=True)
        return user


class User(AbstractBaseUser):
    """A person of the staff, with one role in one organization."""

    id = models.UUIDField(_("ID"), primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        "tenancy.Organization",
        verbose_name=_("Organization"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    email = models.EmailField(
        _("E-mail"),
        max_length=254,
        unique=True,
        help_text="lower case; unique over all organizations",
    )
    first_name = models.CharField(_("First name"), max_length=150, blank=True)
    last_name = models.CharField(_("Last name"), max_length=150, blank=True)
    role = models.CharField(_("Role"), max_length=20, choices=Role, default=Role.STAFF)
    takes_appointments = models.BooleanField(
        _("Takes appointments"), default=True, help_text="offered where appointments are booked"
    )
    working_hours = WeeklyHoursField(_("Working hours"))
    is_active = models.BooleanField(_("Active"), default=True)
    created_at = models.DateTimeField(_("Added"), auto_now_add=True)
    second_factor_since = models.DateTimeField(
        _("Second factor since"),
        null=True,
        editable=False,
        help_text="null while the password alone signs this person in",
    )
    list_layouts = models.JSONField(
        _("Lists"),
        null=True,
        editable=False,
        help_text="how this person has arranged the columns of each list",
    )
    version = row_version()

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["email"]
        constraints = [models.UniqueConstraint(fields=["organization", "id"], name="user_tenant")]

    def __str__(self) -> str:
        return self.email

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_full_name(self) -> str:
        """As the admin asks for it."""
        return self.name

    @property
    def owes_second_factor(self) -> bool:
        """
        Whether the organization asks people of this role for a second factor that this person
        hasn't set up: until then they may do nothing else.
        """
        return (
            self.second_factor_since is None and self.role in self.organization.second_factor_roles
        )

    @property
    def is_staff(self) -> bool:
        """Who may open the admin at all; what they may do there is the policy's to say."""
        return self.is_active and self.role in (Role.TENANT_ADMIN, Role.SUPER_ADMIN)

    @property
    def is_superuser(self) -> bool:
        return self.is_active and self.role == Role.SUPER_ADMIN

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """
        The admin asks its own classes, which ask the policy; any other Django permission is a super
        admin's.
        """
        return self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class SessionKind(models.TextChoices):
    TOKENS = "tokens", _("An API")
    PAGES = "pages", _("Pages")


class Session(models.Model):
    """
    One signed-in client: the family of tokens that descend from one sign-in, or a browser that
    shows the pages.

    A token's `jti` is the session's id and the number of the rotation that made it; only the
    refresh token of the current number is good. Revoking the row ends every token of the family at
    once.
    """

    id = models.UUIDField(_("ID"), primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        User, verbose_name=_("Person"), on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(
        _("Where"), max_length=10, choices=SessionKind, default=SessionKind.TOKENS
    )
    address = models.CharField(_("Address"), max_length=45, blank=True)
    client = models.CharField(
        _("Program"), max_length=200, blank=True, help_text="as it calls itself"
    )
    generation = models.PositiveIntegerField(_("Rotation"), default=0)
    password_mark = models.CharField(
        _("Password mark"),
        max_length=128,
        help_text="changes with the password, so that a changed password ends the session",
    )
    created_at = models.DateTimeField(_("Signed in"), auto_now_add=True)
    expires_at = models.DateTimeField(_("Ends"), db_index=True)
    revoked_at = models.DateTimeField(_("Revoked"), null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)

    @classmethod
    def parse_jti(cls, jti: object) -> tuple[UUID, int] | None:
        session, dot, generation = str(jti).partition(".")
        try:
            return (UUID(session), int(generation)) if dot else None
        except ValueError:
            return None


class SecondFactor(models.Model):
    """
    The app that shows somebody's one-time codes (TOTP, RFC 6238), and the codes on paper for when
    it is lost. The row is there while the person has a second factor.
    """

    id = models.UUIDField(_("ID"), primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(
        User, verbose_name=_("Person"), on_delete=models.CASCADE, related_name="+"
    )
    secret = EncryptedTextField(
        _("Secret"), editable=False, help_text="in base32, as apps are told it"
    )
    last_step = models.BigIntegerField(
        _("Last step"), editable=False, help_text="the span of 30 seconds whose code was used last"
    )
    recovery_codes = models.JSONField(
        _("Recovery codes"), default=list, editable=False, help_text="hashes of those left"
    )
    created_at = models.DateTimeField(_("Set up"), auto_now_add=True)

    class Meta:
        verbose_name = "second factor"

    def __str__(self) -> str:
        return str(self.user)


class KnownDevice(models.Model):
    """
    What somebody has signed in with before: a browser by its cookie, and whatever it is by program,
    system and network. Who comes with neither is told of in a letter.
    """

    id = models.UUIDField(_("ID"), primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        User, verbose_name=_("Person"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    mark = models.CharField(_("Mark"), max_length=64, help_text="SHA-256 of what it is known by")
    seen_at = models.DateTimeField(_("Last sign-in"), db_index=True)

    class Meta:
        verbose_name = "known device"
        constraints = [models.UniqueConstraint(fields=["user", "mark"], name="known_device_once")]

    def __str__(self) -> str:
        return str(self.id)
