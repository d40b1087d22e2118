"""What is guaranteed, and which ordinary tests prove it; heavier proofs record their figures."""

from collections.abc import Mapping
from typing import NamedTuple


class Guarantee(NamedTuple):
    """
    `wanted` is the figure to reach, `tests` the ordinary tests that show it, `wanting` what isn't
    proved yet.
    """

    promise: str
    wanted: str
    tests: tuple[str, ...] = ()
    wanting: str = ""


GUARANTEES: Mapping[int, Guarantee] = {
    1: Guarantee(
        "No request reads or changes another organization's or environment's row",
        "0 foreign texts shown, 0 foreign rows changed, each layer alone holds writes",
        (
            "tests/api/test_two_organizations.py",
            "tests/architecture/test_tenancy.py",
            "tests/architecture/test_layers_of_tenancy.py",
            "tests/core/test_database_roles.py",
        ),
    ),
    2: Guarantee(
        "No acknowledged write is lost when application, worker, broker or database is killed",
        "0 of 20,000",
    ),
    3: Guarantee(
        "Concurrent edits never silently overwrite each other",
        "0 lost; exactly one of those with one If-Match",
        ("tests/api/test_races.py", "tests/api/roofing/test_reading_and_writing.py"),
    ),
    4: Guarantee(
        "One e-mail, one customer per organization and environment, under any race",
        "0 doubles, 0 × 500",
        (
            "tests/api/test_races.py",
            "tests/api/messaging/test_races.py",
            "tests/customers/test_identities.py",
        ),
    ),
    5: Guarantee(
        "No input makes a server error, or an answer in another shape than the dialect's",
        "0",
        (
            "tests/api/test_bad_input.py",
            "tests/api/test_schemathesis.py",
            "tests/api/test_stored_numbers.py",
            "tests/api/test_every_door_reads.py",
            "tests/api/test_every_noun_reads.py",
        ),
    ),
    6: Guarantee(
        "Roles do exactly what the published matrix says",
        "every cell",
        ("tests/api/test_policy.py",),
    ),
    7: Guarantee(
        "Revocation is immediate: sign-out, deactivation, password, role, key, organization",
        "401 or 403 at the next request",
        ("tests/core/test_sign_in.py", "tests/pages/test_sessions.py"),
    ),
    8: Guarantee(
        "A refresh token works once; used again, its family ends",
        "1 of 16 at once; family dead",
        ("tests/core/test_sign_in.py", "tests/api/test_races.py"),
    ),
    9: Guarantee(
        "The same Idempotency-Key never runs twice",
        "0 doubles",
        ("tests/core/test_idempotency.py", "tests/api/test_races.py"),
    ),
    10: Guarantee(
        "Each event reaches each active endpoint, signed, at least once, or is visibly dead",
        "0 missing of 10,000",
        ("tests/core/test_webhooks.py", "tests/core/test_webhook_receivers.py"),
    ),
    11: Guarantee(
        "The server never connects to a non-public address for a user",
        "0 connections",
        ("tests/core/test_webhooks.py",),
    ),
    12: Guarantee(
        "A hostile file or body can't take the service down",
        "others' p95 < 2 ×, memory + < 100 MB",
        (
            "tests/core/test_workbooks.py",
            "tests/core/test_uploads.py",
            "tests/crm/test_slow_clients.py",
        ),
    ),
    13: Guarantee(
        "Imports resume exactly once; a bad row never blocks good ones and is named by its line",
        "0 lost or doubled of 100,000 × 3",
        ("tests/core/test_imports.py", "tests/admin/test_customer_imports.py"),
    ),
    14: Guarantee(
        "Exports are one snapshot and safe in a spreadsheet",
        "equal sets, 0 live formulas",
        (
            "tests/core/test_exports.py",
            "tests/api/test_exports.py",
            "tests/admin/test_exports_come_back.py",
        ),
    ),
    15: Guarantee(
        "Lifetime value and counters equal their source rows, to the cent",
        "exact",
        ("tests/customers/test_figures.py", "tests/customers/test_recalculation_races.py"),
    ),
    16: Guarantee(
        "Tasks run to one effect; a dead worker's work resumes",
        "0 doubled, within 120 s",
        ("tests/core/test_jobs.py",),
    ),
    17: Guarantee(
        "Erasure leaves nothing but a proof without personal data",
        "0 hits in database, files, cache and logs; the audit's chain verifies",
        ("tests/customers/test_erasure.py", "tests/customers/test_erasure_races.py"),
    ),
    18: Guarantee(
        "A person's export is complete and only theirs",
        "100 % and 0",
        ("tests/customers/test_archive.py",),
    ),
    19: Guarantee(
        "Consent is provable at any past moment",
        "1,000 histories",
        ("tests/customers/test_consents.py",),
    ),
    20: Guarantee(
        "Logs and errors hold no personal data and no secrets", "0", ("tests/crm/test_logs.py",)
    ),
    21: Guarantee(
        "Guessing is throttled before it costs, isn't evaded by headers, and locks nobody else out",
        "10 an account, 50 a network in 15 minutes; others' p95 < 2 ×",
        ("tests/core/test_sign_in.py", "tests/core/test_limits.py"),
    ),
    22: Guarantee(
        "The contract doesn't break: committed schemas, documented examples",
        "0 differences",
        ("tests/api/test_openapi.py", "tests/api/roofing/test_examples.py"),
    ),
    23: Guarantee(
        "The audit trail is complete and, once sealed, tamper-evident",
        "every act; any one altered row detected",
        (
            "tests/core/test_audit_chain.py",
            "tests/core/test_refusals.py",
            "tests/api/roofing/test_trail.py",
        ),
    ),
    24: Guarantee(
        "Backups restore, and migrations don't stop writes",
        "checksums equal; no lock longer than 2 s",
    ),
    25: Guarantee(
        "The guards are tested themselves: mutants of tenancy, permissions, money, segmentation "
        "and sign-in are killed",
        "90 % or more killed",
        wanting="What was run so far, and what survived, stands in mutations.md.",
    ),
    26: Guarantee(
        "What is taken back becomes what it was, and nobody's later work is lost by it",
        "every row of 200 sequences of 50 operations as a model says, or named with a reason",
        ("tests/core/test_changes.py",),
    ),
    27: Guarantee(
        "Customers who are one person are found, and few who aren't",
        "95 % of planted pairs found; 90 % of the surest planted",
        ("tests/customers/test_duplicates.py",),
    ),
}
