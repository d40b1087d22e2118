"""
`python -m tests.prove.report`: takes up what proofs have recorded since (var/proofs), keeps it in
results.json beside this file, and writes docs/trust.md.
"""

import json
from pathlib import Path
from typing import Any

from tests.live.stack import ROOT
from tests.prove.conftest import FIGURES
from tests.prove.guarantees import GUARANTEES

RESULTS = Path(__file__).with_name("results.json")
REPORT = ROOT / "docs" / "trust.md"
HEAD = """# What is guaranteed, and how it is proved

Written by `make trust` from what the proofs recorded, not by hand. `make prove` runs
them in half an hour, on PostgreSQL and Redis, with sizes that allow it; `make prove PROVE_FULL=1`
takes the full ones, `make prove-kills`, `make prove-migrations` and `make mutate` their time. A
figure counts for the commit and day beside it.
"""


def main() -> None:
    rows: dict[str, dict[str, Any]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for path in sorted(FIGURES.glob("*.json")):
        rows[path.stem] = json.loads(path.read_text())
    RESULTS.write_text(json.dumps(rows, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    lines = [HEAD]
    for number, guarantee in GUARANTEES.items():
        lines.append(f"## {number}. {guarantee.promise}\n\nTo reach: {guarantee.wanted}.\n")
        found = [row for row in rows.values() if row["guarantee"] == number]
        for row in sorted(found, key=lambda row: str(row["proof"])):
            where = "" if row["proof"].startswith(ORDINARY) else f" `{row['proof']}`,"
            lines.append(f"- {row['figure']} ({where.strip()} {row['commit']}, {row['on']})")
        if guarantee.wanting:
            lines.append(f"- {guarantee.wanting}")
        elif not found:
            named = (
                f" The tests that show it: {', '.join(guarantee.tests)}." if guarantee.tests else ""
            )
            lines.append(f"- No figure recorded yet.{named}")
        lines.append("")
    REPORT.write_text("\n".join(lines).rstrip("\n").replace("( ", "(") + "\n")


ORDINARY = "tests/prove/prove_by_ordinary_tests.py"


if __name__ == "__main__":
    main()
