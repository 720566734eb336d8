"""Write what is made from the decision table: `docs/decision-table.md` and the corpus of the policy's self-test.

Run it after a change of `graph/policy/table.yaml`; a test holds both files against it.
"""

from __future__ import annotations

from pathlib import Path

from graph.policy.bundle import CORPUS_FILE, corpus
from graph.policy.table import printed, table

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Write both files."""
    (ROOT / "docs" / "decision-table.md").write_text(printed(table()), encoding="utf-8")
    (ROOT / "graph" / "policy" / CORPUS_FILE).write_text(corpus(table()), encoding="utf-8")


if __name__ == "__main__":
    main()
