"""Django finds an app's models here."""

from customers.models.count import CustomerCount
from customers.models.customer import Customer
from customers.models.duplicate import DuplicatePair, MatchKey, PendingComparison
from customers.models.identity import Identity
from customers.models.merge import Merge
from customers.models.portal import PortalLink, PortalSession
from customers.models.privacy import (
    Consent,
    ConsentWording,
    LoyaltyEntry,
    PrivacyRequest,
    RetentionPolicy,
    Suppression,
    WordingVersion,
)
from customers.models.tag import CustomerTag, Tag
from customers.models.undo import UndoDetail
from customers.models.work import Project, Transaction

__all__ = [
    "Consent",
    "ConsentWording",
    "Customer",
    "CustomerCount",
    "CustomerTag",
    "DuplicatePair",
    "Identity",
    "LoyaltyEntry",
    "MatchKey",
    "Merge",
    "PendingComparison",
    "PortalLink",
    "PortalSession",
    "PrivacyRequest",
    "Project",
    "RetentionPolicy",
    "Suppression",
    "Tag",
    "Transaction",
    "UndoDetail",
    "WordingVersion",
]
