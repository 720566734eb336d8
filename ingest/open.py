"""What a path holds: claims tables, or tables that a mapping turns into claims."""

from __future__ import annotations

from pathlib import Path

from graph.errors import BadDelivery
from ingest.source import HOME_SPACE, PARTNER_SPACE, SIDE_FILES, Delivery, claims_tables, open_claims_folder


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
        The path does not exist, nothing in it can be loaded, or a link in it leads out of its folder.
    """
    if not path.exists():
        raise BadDelivery(f"{path} does not exist.", code="missing-file")
    _refuse_links(path)
    if mapping is None and (
        path.name.endswith(("claims.csv", "claims.parquet", "claims.jsonl")) or (path.is_dir() and claims_tables(path))
    ):
        return _own_space(open_claims_folder(path))
    from ingest.mapped import open_mapped_folder

    return _own_space(open_mapped_folder(path, mapping))


def _refuse_links(path: Path) -> None:
    """Refuse links that lead out of the folder: a delivery brings its own files, not those of whoever loads it."""
    folder = path.parent if path.is_file() else path
    entries = [path, *(folder / name for name in SIDE_FILES)] if path.is_file() else folder.iterdir()
    home = folder.resolve()
    for entry in sorted(entries):
        if entry.is_symlink() and not entry.resolve().is_relative_to(home):
            raise BadDelivery(
                f"{entry} is a link that leads out of its folder. Put the file itself there, or remove the link.",
                code="outside-link",
            )


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
