"""What a load did, for people."""

from __future__ import annotations

from ingest.load import LoadReport

SHOWN = 10


def load_text(report: LoadReport) -> str:
    """Return the report as lines: figures, warnings, then the first rows in quarantine with how to mend them."""
    head = f"{report.rows} rows: {report.accepted} accepted, {report.quarantined} in quarantine"
    figures = f"{report.claims} claims: {report.new} new, {report.unchanged} unchanged"
    if report.changed or report.vanished:
        figures += f"; {report.changed} rows changed, {report.vanished} vanished"
    lines = [f"{head}. {figures}. {report.seconds:.1f} s"]
    if report.dry_run:
        lines[0] = f"Dry run, nothing was written. {lines[0]}"
        lines += [str(row) for row in report.sample]
    lines += [f"warning: {warning}" for warning in report.warnings]
    for row in report.quarantine[:SHOWN]:
        lines.append(f"  {row.file} row {row.row}: {row.fault.code}: {row.fault.reason} {row.fault.mend}")
    if len(report.quarantine) > SHOWN:
        lines.append(f"  and {len(report.quarantine) - SHOWN} more; --json lists them all")
    return "\n".join(lines)
