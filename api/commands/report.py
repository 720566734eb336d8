"""What a load did and what an analysis found, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analytics.result import Finding
from graph.text import several
from ingest.load import LoadReport

SHOWN = 10


def load_text(report: LoadReport) -> str:
    """Return the report as lines: figures, warnings, then the first rows in quarantine with how to mend them."""
    head = f"{several(report.rows, 'row')}: {report.accepted} accepted, {report.quarantined} in quarantine"
    figures = several(report.claims, "claim")
    if not report.dry_run:
        figures += f": {report.new} new, {report.unchanged} unchanged"
    if report.changed or report.vanished:
        figures += f"; {several(report.changed, 'row')} changed, {report.vanished} vanished"
    lines = [f"{head}. {figures}. {report.seconds:.1f} s"]
    if report.dry_run:
        lines[0] = f"Dry run: nothing was written, and nothing compared with what the home holds. {lines[0]}"
        lines += [_sample_line(row) for row in report.sample]
    lines += [f"warning: {warning}" for warning in report.warnings]
    for row in report.quarantine[:SHOWN]:
        lines.append(f"  {row.file} row {row.line}: {row.fault.code}: {row.fault.reason} {row.fault.mend}")
    if len(report.quarantine) > SHOWN:
        lines.append(f"  and {len(report.quarantine) - SHOWN} more; --json lists them all")
    return "\n".join(lines)


def _sample_line(row: Mapping[str, Any]) -> str:
    """Say in words what a row would become: ends and predicate as a sentence, then the other cells by name."""
    claim = dict(row["claim"])
    words = [claim.pop(name, "") for name in ("subject_kind", "subject", "predicate", "object_kind", "object", "value")]
    rest = ", ".join(f"{name} {cell}" for name, cell in claim.items())
    return f"  {row['file']} row {row['row']}: {' '.join(word for word in words if word)}" + (
        f" ({rest})" if rest else ""
    )


def finding_text(finding: Finding) -> str:
    """Return a finding as lines: question, what stands, what may explain it innocently, power, limits, expiry."""
    body = _settings(finding) if finding.method == "settings" else _coverage(finding)
    return "\n".join(
        [
            finding.question,
            "",
            *body,
            "",
            "Innocent explanations:",
            *(f"  {e}" for e in finding.explanations),
            f"Power: {finding.power}",
            "Limits:",
            *(f"  {limit}" for limit in finding.limits),
            f"{finding.id}, version {finding.version}, on {several(len(finding.evidence), 'claim')}; "
            f"expires {finding.expires:%Y-%m-%d}",
        ]
    )


def _settings(finding: Finding) -> list[str]:
    """Print what stands beside the ranking by crude rate, which falls for decoys."""
    flagged = [r for r in finding.rows if r["flagged"]]
    crude = sorted((r for r in finding.rows if r.get("crude_rank")), key=lambda r: (r["crude_rank"], r["direction"]))
    lines = [f"{len(flagged)} of {len(finding.rows)} stand out from what their strata explain:"]
    for row in flagged:
        low, high = row["interval"]
        lines.append(
            f"  {_named(row)}  "
            f"{row['observed']} where {row['expected']:.1f} were expected: "
            f"{row['ratio']:.1f} times ({low:.1f} to {high:.1f}), q {row['q']:.2g}, "
            f"by crude rate no. {row['crude_rank'] or '(too few to rank)'}"
        )
    lines.append(
        "For comparison, the first ten by crude rate (how many of a hundred present ever crossed), which ignores who "
        "comes there and who reports:"
    )
    lines += [f"  {r['crude_rate']:>6.2f}  {_named(r)}{'' if r['flagged'] else '  not flagged'}" for r in crude[:SHOWN]]
    return lines


def _named(row: Mapping[str, Any]) -> str:
    """Return what a row is about: direction, id, and the name that the finding's sentences call it by."""
    return f"{row['direction']}  {row['setting']:14} {row['label']}"


def _coverage(finding: Finding) -> list[str]:
    lines = [f"{sum(bool(r['suppressed']) for r in finding.rows)} of {len(finding.rows)} cells are too small to show."]
    lines.append("The next measures by how many more they reach:")
    return lines + [f"  {n['gain']:>4}  {n['measure']} in {n['place']}: {n['reason']}" for n in finding.extra["next"]]
