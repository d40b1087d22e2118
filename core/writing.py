"""How the domain writes: in one transaction, the database's refusals as domain errors."""

from collections.abc import Callable, Iterable
from decimal import InvalidOperation
from functools import cache, partial, wraps
from typing import ParamSpec, TypeVar

from django.apps import apps
from django.db import DataError, IntegrityError, models, transaction
from django.db.models.deletion import ProtectedError, RestrictedError

from core.errors import Conflict, DomainError, InUse, Invalid
from core.retrying import retry_on_deadlock
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission

P = ParamSpec("P")
R = TypeVar("R")


def writes(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """
    Makes a function a service: the actor must have `permission`, the work is one transaction (begun
    anew after a deadlock), and what the database refuses comes out as a domain error.

    Uniqueness is never checked before acting: the constraint decides, so that two simultaneous
    requests get one success and one Conflict. A constraint's `violation_error_code` names the field
    that people know it by. Doors read `service.permission` to refuse before they read a body.
    """

    def decorate(service: Callable[P, R]) -> Callable[P, R]:
        @wraps(service)
        def inside(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = kwargs["actor"]
            assert isinstance(actor, Actor)
            actor.require(permission)

            def work() -> R:
                with transaction.atomic():
                    return service(*args, **kwargs)

            try:
                return retry_on_deadlock(work)
            except (ProtectedError, RestrictedError) as error:
                raise InUse from error
            except IntegrityError as error:
                raise refusal(error) from error
            # a sum, say, that outgrows its column (PostgreSQL, SQLite)
            except (DataError, InvalidOperation) as error:
                raise Invalid.one(
                    "", "out_of_range", "A value, or a figure that follows from it, is too large."
                ) from error

        inside.permission = permission  # type: ignore[attr-defined]
        return inside

    return decorate


def refusal(error: IntegrityError) -> Exception:
    """
    The domain's error for a constraint that refused; the IntegrityError itself when no constraint
    of ours did.
    """
    diagnosis = getattr(error.__cause__, "diag", None)
    # SQLite has only its sentence: "CHECK constraint failed: <name>", "UNIQUE …: <columns>"
    mark = getattr(diagnosis, "constraint_name", None) or str(error).partition(": ")[2]
    make = _refusals().get(mark)
    return make() if make else error


@cache
def _refusals() -> dict[str, Callable[[], DomainError]]:
    """What each constraint refuses, by its name and (as SQLite tells of unique ones) by columns."""
    known: dict[str, Callable[[], DomainError]] = {}
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            known[constraint.name] = partial(_refused_by, model, constraint)
            if isinstance(constraint, models.UniqueConstraint):
                known.setdefault(_columns(model, constraint.fields), known[constraint.name])
        for field in model._meta.concrete_fields:
            if field.unique and not field.primary_key:
                conflict = partial(Conflict, _noun(model), field.name)
                known[_columns(model, [field.name])] = conflict
                known[f"{model._meta.db_table}_{field.column}_key"] = conflict  # PostgreSQL's name
    return known


def _refused_by(model: type[models.Model], constraint: models.BaseConstraint) -> DomainError:
    """A constraint of an app's own kind names its `error`; others the field that people know."""
    own: type[DomainError] | None = getattr(constraint, "error", None)
    if own is not None:
        return own()
    field = constraint.violation_error_code or ""
    if isinstance(constraint, models.UniqueConstraint):
        return Conflict(_noun(model), field or constraint.fields[-1])
    return Invalid.one(field, "invalid", str(constraint.violation_error_message))


def _columns(model: type[models.Model], names: Iterable[str]) -> str:
    fields = [model._meta.get_field(name) for name in names]
    return ", ".join(f"{model._meta.db_table}.{field.column}" for field in fields)  # type: ignore[union-attr]


def _noun(model: type[models.Model]) -> str:
    return str(model._meta.verbose_name).capitalize()
