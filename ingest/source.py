"""A delivery before it is read: its manifest, its side files, and the tables in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from graph.actor import ROLE_ACTIONS
from graph.errors import BadDelivery
from graph.model import Marking
from ingest.side_files import meant, parse, read_yaml

if TYPE_CHECKING:
    from ingest.columns import Batch
    from ingest.quarantine import Fault
    from ingest.readers import Block

Regime = Literal["synthetic", "published-research"]
COLUMNS = (
    "subject", "subject_kind", "predicate", "object", "object_kind", "value", "valid", "grade", "assertion", "category",
    "marking", "source", "report", "locator", "note",
)  # fmt: skip
"""The columns of a claims table."""
REQUIRED = ("subject", "subject_kind", "predicate")
TABLE_FORMS = ("csv", "parquet", "jsonl", "xlsx")
WEIGHTY = ("kind", "namespace", "defaults", "expect", "row_key", "delimiter", "labels")
"""Keys of a manifest that change what is loaded, or how."""
SIDE_FILES = ("manifest.yaml", "markings.yaml", "cases.yaml", "partners.yaml", "users.yaml", "README.md")
HOME_SPACE = "home"
PARTNER_SPACE = "partner:"
"""Namespaces of the home's own directory, and of what partners' packages bring: no delivery takes these."""


class Bounds(BaseModel):
    """How much of something a source should bring."""

    model_config = ConfigDict(extra="forbid")
    min: int = 0
    max: int | None = None


class Defaults(BaseModel):
    """What a claims table takes where a cell is empty."""

    model_config = ConfigDict(extra="forbid")
    grade: str = ""
    assertion: str = ""
    category: str = ""
    marking: str = ""
    source: str = ""


class Manifest(BaseModel):
    """`manifest.yaml`; keys beyond these are kept and not read, and the report of the load names them."""

    model_config = ConfigDict(extra="allow")
    kind: str
    title: str = ""
    seed: int | str | None = None
    citation: str = ""
    licence: str = ""
    namespace: str = ""
    defaults: Defaults = Field(default_factory=Defaults)
    expect: dict[str, Bounds] = Field(default_factory=dict)
    row_key: list[str] = Field(default_factory=list)
    delimiter: str = ","
    labels: Literal["public", "masked"] = "masked"

    @property
    def public_labels(self) -> bool:
        """Whether the source declares that its labels may be shown to everybody who sees the claim."""
        return self.labels == "public"

    @property
    def unread(self) -> tuple[str, ...]:
        """What to warn of: keys that nothing reads."""
        return tuple(f"manifest.yaml says {key}, which is not read" for key in sorted(self.model_extra or ()))


class MarkingFile(BaseModel):
    """One entry of `markings.yaml`. What is left out takes the value of `graph.model.Marking`: the most restrictive."""

    model_config = ConfigDict(extra="forbid")
    level: int | None = Field(default=None, ge=0, le=3)
    compartments: tuple[str, ...] | None = None
    handling: Literal["H0", "H1", "H2", "H3"] | None = None
    tlp: str | None = None
    pap: str | None = None
    originator: str | None = None
    share: tuple[str, ...] | dict[str, bool] | None = None
    open: bool | None = None
    purposes: tuple[str, ...] | None = None
    legal_basis: str | None = None
    case: str | None = None
    regime: str | None = None
    special: bool | None = None
    minor: bool | None = None
    sealed: bool | None = None
    basis_from: date | None = None
    basis_to: date | None = None
    review_on: date | None = None
    category: Literal["a", "b", "c", "d"] | None = None

    def marking(self) -> Marking:
        """Return the marking, lists sorted so that equal content is one marking."""
        stated = {key: value for key, value in self.model_dump().items() if value is not None}
        share = stated.get("share")
        if isinstance(share, dict):
            stated["open"] = bool(share.get("open", stated.get("open", False)))
            stated["share"] = ()
        for name in ("basis_from", "basis_to", "review_on"):
            if name in stated:
                stated[name] = stated[name].isoformat()
        for name in ("compartments", "share", "purposes"):
            if name in stated:
                stated[name] = tuple(sorted(set(stated[name])))
        return Marking(**stated)


class UserFile(BaseModel):
    """One entry of `users.yaml`; keys beyond these are kept, as in cases and partners."""

    model_config = ConfigDict(extra="allow")
    roles: list[str] = []
    clearance: int = Field(default=0, ge=0, le=3)
    compartments: list[str] = []
    purposes: list[str] = []
    org: str = ""
    regimes: list[str] | None = None


class PartnerFile(BaseModel):
    """One entry of `partners.yaml`."""

    model_config = ConfigDict(extra="allow")
    name: str
    org: str
    sign_key: str = Field(pattern="^[0-9a-f]{64}$")
    age_recipient: str = Field(pattern="^age1[0-9a-z]{58}$")


class CaseFile(BaseModel):
    """One entry of `cases.yaml`."""

    model_config = ConfigDict(extra="allow")
    title: str = ""
    state: Literal["open", "closed", "sealed"]
    legal_basis: str = ""
    purpose: str = ""
    lead: str | None = None
    masked: bool = False
    members: list[str] | None = None
    parties: list[dict[str, Any] | str] | None = None
    subjects: list[str] | None = None


DIRECTORY: Mapping[str, type[BaseModel]] = {"user": UserFile, "partner": PartnerFile, "case": CaseFile}


@dataclass(frozen=True, slots=True)
class TableFile:
    """One table of a delivery."""

    path: Path
    name: str
    form: str
    delimiter: str = ","


class Mapper(Protocol):
    """Turns the rows of any table into claims."""

    def check_header(self, file: TableFile, names: Sequence[str]) -> list[str]:
        """Return what to warn of in a header; raise `BadDelivery` when a column is missing."""

    def identifiers(self, file: TableFile) -> frozenset[str]:
        """Return the columns that become identifiers."""

    def row_key(self, file: TableFile) -> tuple[str, ...]:
        """Return the columns that identify a row; none where its content does."""

    def notes(self) -> dict[str, int]:
        """Return what was left out on purpose, with how often."""

    def translate(self, file: TableFile, block: Block) -> tuple[Batch, dict[int, Fault]]:
        """Return the claims of a block, and the rows that cannot be read."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as found: what it says of itself, and what is to be read."""

    folder: Path
    namespace: str
    regime: Regime
    title: str
    manifest: Mapping[str, Any]
    defaults: Defaults
    expect: Mapping[str, Bounds]
    row_key: tuple[str, ...]
    public_labels: bool
    markings: Mapping[str, Marking]
    tables: tuple[TableFile, ...]
    side_files: tuple[Path, ...]
    directory: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    """`case`, `user` and `partner`, each id to body."""
    mapping: str = ""
    """Text of the mapping that turns its tables into claims; empty for claims tables."""
    mapper: Mapper | None = None
    notes: tuple[str, ...] = ()
    """What to warn of, found before any table was read."""

    def keys_of(self, file: TableFile) -> tuple[str, ...]:
        """Return the columns that identify a row of a table from delivery to delivery."""
        return self.row_key if self.mapper is None else self.mapper.row_key(file)


def open_claims_folder(path: Path) -> Delivery:
    """Read manifest and side files of a folder with claims tables, or of one claims table in it.

    Raises
    ------
    BadDelivery
        The manifest is missing, says something else than `synthetic` or `published-research`, or a side file is wrong.
    """
    folder = path.parent if path.is_file() else path
    manifest = read_manifest(folder)
    tables = [path] if path.is_file() else claims_tables(folder)
    return declared(
        folder,
        manifest,
        row_key=tuple(manifest.row_key),
        tables=tuple(table_file(each, manifest.delimiter) for each in tables),
        side_files=tuple(folder / name for name in SIDE_FILES if (folder / name).is_file()),
    )


def declared(
    folder: Path,
    manifest: Manifest,
    *,
    row_key: tuple[str, ...],
    tables: tuple[TableFile, ...],
    side_files: tuple[Path, ...],
    mapping: str = "",
    mapper: Mapper | None = None,
) -> Delivery:
    """Return the delivery that a folder's manifest and side files declare.

    Raises
    ------
    BadDelivery
        A side file is wrong.
    """
    regime: Regime = "synthetic" if manifest.kind == "synthetic" else "published-research"
    directory = read_directory(folder, regime)
    return Delivery(
        folder=folder,
        namespace=manifest.namespace or folder.resolve().name,
        regime=regime,
        title=manifest.title or folder.resolve().name,
        manifest=manifest.model_dump(mode="json"),
        defaults=manifest.defaults,
        expect=manifest.expect,
        row_key=row_key,
        public_labels=manifest.public_labels,
        markings=read_markings(folder),
        tables=tables,
        side_files=side_files,
        directory=directory,
        notes=(*manifest.unread, *_unknown_roles(directory)),
        mapping=mapping,
        mapper=mapper,
    )


def _unknown_roles(directory: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[str]:
    """Warn of roles that nothing follows from: a user with a misspelt one may do nothing, and nobody would know why."""
    return [
        f"users.yaml gives {user} the role {role!r}, which allows nothing: no such role.{meant(role, ROLE_ACTIONS)}"
        for user, body in directory.get("user", {}).items()
        for role in body.get("roles", ())
        if role not in ROLE_ACTIONS
    ]


def claims_tables(folder: Path) -> list[Path]:
    """Return the claims tables of a folder: what ends in `claims.csv`, `claims.parquet` or `claims.jsonl`."""
    return sorted(p for form in TABLE_FORMS for p in folder.glob(f"*claims.{form}") if p.is_file())


def table_file(path: Path, delimiter: str = ",") -> TableFile:
    """Describe a table.

    Raises
    ------
    BadDelivery
        It is missing, empty, or of a form that is not read.
    """
    form = path.suffix.lower().lstrip(".")
    if not path.is_file():
        raise BadDelivery(f"{path} does not exist.", code="missing-file")
    if form not in TABLE_FORMS:
        raise BadDelivery(f"{path.name} is none of {', '.join(TABLE_FORMS)}.", code="unknown-form")
    if path.stat().st_size == 0:
        raise BadDelivery(f"{path} is empty. Deliver it again.", code="empty-file")
    return TableFile(path, path.name, form, delimiter)


def read_manifest(folder: Path) -> Manifest:
    """Read `manifest.yaml` and hold it to limit B8."""
    path = folder / "manifest.yaml"
    if not path.is_file():
        raise BadDelivery(
            f"{folder} has no manifest.yaml. It says what the data are: kind: synthetic, or kind: published-research "
            "with a citation.",
            code="no-manifest",
        )
    manifest = parse(Manifest, read_yaml(path), path)
    if manifest.kind not in ("synthetic", "published-research"):
        raise BadDelivery(
            f"{path} says kind: {manifest.kind}. Only made-up data (synthetic) and published-research are loaded.",
            code="manifest-kind",
        )
    _refuse_slips(manifest, path)
    return manifest


def _refuse_slips(manifest: Manifest, path: Path) -> None:
    """Refuse a key that is one letter from one that changes what a delivery says: it would have no effect unseen."""
    for key in sorted(manifest.model_extra or ()):
        near = get_close_matches(key, WEIGHTY, n=1, cutoff=0.8)
        if near:
            raise BadDelivery(
                f"{path}: {key[:60]!r} is not known. Did you mean {near[0]}? Correct it and load again.",
                code="bad-side-file",
            )


def read_markings(folder: Path) -> dict[str, Marking]:
    """Read `markings.yaml`: name to marking."""
    path = folder / "markings.yaml"
    if not path.is_file():
        return {}
    entries = _entries(read_yaml(path), path)
    return {name: parse(MarkingFile, body or {}, path, name).marking() for name, body in entries.items()}


def read_directory(folder: Path, regime: Regime) -> dict[str, dict[str, dict[str, Any]]]:
    """Read `cases.yaml`, `partners.yaml` and, in synthetic worlds, `users.yaml`."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for family, name in (("case", "cases.yaml"), ("partner", "partners.yaml"), ("user", "users.yaml")):
        path = folder / name
        if not path.is_file():
            continue
        if family == "user" and regime != "synthetic":
            raise BadDelivery(f"{path}: only a synthetic world brings users. Remove the file.", code="users-refused")
        found[family] = {str(key): _body(body, path, key) for key, body in _entries(read_yaml(path), path).items()}
        for key, body in found[family].items():
            parse(DIRECTORY[family], body, path, key)
    if regime == "synthetic":
        for case in found.get("case", {}).values():
            if not case.get("members"):
                case["members"] = ["analyst", "liaison"]
    return found


def delivery_digest(delivery: Delivery, digests: Mapping[str, str]) -> str:
    """Return the SHA-256 over all that decides what a delivery says: namespace, mapping, names and files."""
    said = {"namespace": delivery.namespace, "mapping": delivery.mapping, "files": dict(sorted(digests.items()))}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _entries(body: Any, path: Path) -> dict[str, Any]:
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise BadDelivery(
            f"{path} is a list of names with their attributes; got {type(body).__name__}.", code="bad-side-file"
        )
    return {str(key): value for key, value in body.items()}


def _body(body: Any, path: Path, key: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadDelivery(f"{path}, {key}: expected attributes, got {type(body).__name__}.", code="bad-side-file")
    return body
