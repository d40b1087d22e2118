"""What the audit calls the acts of this app."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CUSTOMERS: Mapping[str, Promise] = {
    "customer.created": _("Customer added"),
    "customer.updated": _("Customer changed"),
    "customer.deleted": _("Customer deleted"),
    "customer.restored": _("Customer restored"),
    "customer.merged": _("Customer merged"),
    "customer.unmerged": _("Customer separated again"),
    "merge.created": _("Customers merged"),
    "merge.undone": _("Merge undone"),
    "merge.redone": _("Customers merged again"),
    "customer.erased": _("Customer erased"),
    "customer.archived": _("Customer’s archive taken out"),
    "duplicate.refused": _("Not the same as somebody"),
    "duplicate.reopened": _("Perhaps the same as somebody after all"),
    "consent.expired": _("Consent expired"),
    "consent.created": _("Consent said again"),
    "consentwording.created": _("Consent wording added"),
    "consentwording.updated": _("Consent wording changed"),
    "consentwording.deleted": _("Consent wording deleted"),
    "retentionpolicy.updated": _("Retention changed"),
    "privacyrequest.created": _("Privacy request opened"),
    "privacyrequest.closed": _("Privacy request answered"),
    "customer.password_set": _("Portal password set"),
    "customer.email_verified": _("E-mail verified"),
    "customer.invited": _("Invited to the portal"),
    "customers.imported": _("Customers imported"),
    "customers.exported": _("Customers exported"),
    "customers.concealed": _("Sensitive custom fields encrypted or decrypted"),
    "customers.recalculated": _("Customers recalculated"),
    "loyalty.adjusted": _("Loyalty points adjusted"),
    "tag.created": _("Tag added"),
    "tag.updated": _("Tag changed"),
    "tag.deleted": _("Tag deleted"),
}

WORK: Mapping[str, Promise] = {
    "project.created": _("Project added"),
    "project.updated": _("Project changed"),
    "project.deleted": _("Project deleted"),
    "projects.imported": _("Projects imported"),
    "projects.exported": _("Projects exported"),
    "transaction.created": _("Payment added"),
    "transaction.updated": _("Payment changed"),
    "transactions.exported": _("Payments exported"),
}

PORTAL: Mapping[str, Promise] = {
    "customer.link_made": _("Portal link sent"),
    "customer.signed_in": _("Customer signed in"),
    "customer.signed_out": _("Customer signed out"),
    "customer.sign_in_failed": _("Customer's sign-in failed"),
    "customer.password_refused": _("Customer's present password was wrong"),
}

JOBS: Mapping[str, Promise] = {
    "job.recalculation": _("Recalculation started"),
    "job.retention": _("Erasure of inactive customers started"),
    "job.sensitive_fields": _("Sensitive custom fields changed"),
    "job.bulk_update": _("Bulk change started"),
}
