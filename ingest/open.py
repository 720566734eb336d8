"""What a path holds: claims tables, or tables that a mapping turns into claims."""

from __future__ import annotations

from pathlib import Path

from graph.errors import BadDelivery
from ingest.source import HOME_SPACE, PARTNER_SPACE, Delivery, claims_tables, open_claims_folder


def open_delivery(path: Path, mapping: Path | str | None = None) -> Delivery:
    """Find out what a path holds and read all that stands beside its tables.

    Parameters
    ----------
    path : Path
        A folder, or a table in one.
    mapping : path or name, optional
        A mapping file, or the name of one shipped with the product.

    Raises
    ------
    BadDelivery
        The path does not exist, or nothing in it can be loaded.
    """
    if not path.exists():
        raise BadDelivery(f"{path} does not exist.", code="missing-file")
    if mapping is None and (
        path.name.endswith(("claims.csv", "claims.parquet", "claims.jsonl")) or (path.is_dir() and claims_tables(path))
    ):
        return _own_space(open_claims_folder(path))
    from ingest.mapped import open_mapped_folder

    return _own_space(open_mapped_folder(path, mapping))


def _own_space(delivery: Delivery) -> Delivery:
    """Refuse a namespace that no delivery may take: the home's own users and partners' packages live in those."""
    name = delivery.namespace
    if name == HOME_SPACE or name.startswith(PARTNER_SPACE) or len(name) > 200 or not name.isprintable():
        raise BadDelivery(
            f"A delivery cannot be of the namespace {name[:60]!r}. Give it another of up to 200 plain letters in "
            "manifest.yaml.",
            code="namespace-reserved",
        )
    return delivery
