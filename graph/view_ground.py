"""What parties, grants and channels read of a view beside its methods: random ids, the case's entry, who is masked.

For the ground floor alone, inside an act of the view. Nothing above has a use for it: a test holds them to that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graph.answers import EntityRef
from graph.errors import BadInput, Refused
from graph.model import Nid
from graph.names import Party
from graph.ontology import ontology
from graph.policy import decide

if TYPE_CHECKING:
    from graph.view_claims import Teller
    from graph.view_names import Names
    from graph.view_reads import View


class Ground:
    """The ground under one view.

    Parameters
    ----------
    view : View
    teller : Teller
    names : Names
    """

    def __init__(self, view: View, teller: Teller, names: Names) -> None:
        self._view, self._teller, self._names = view, teller, names

    def case_entry(self) -> Mapping[str, Any]:
        """Return the view's case as the directory has it; empty where there is none."""
        return self._names.case

    def subjects_of(self, ref: str, kind: str = "") -> tuple[bytes, ...]:
        """Return the random ids of an entity and of those joined with it, its own first.

        Raises
        ------
        NotInView
        BadInput
            It is of another kind than the one that is asked for.
        """
        nid, graph = self._view.resolve(ref), self._teller.graph
        rows = graph.rows([nid, *graph.same.members(nid)])
        if kind and rows[nid].kind != kind:
            raise BadInput(f"Only a {kind} can be that; this is a {rows[nid].kind}.", code="kind")
        return (rows[nid].eid, *sorted(row.eid for other, row in rows.items() if other != nid))

    def masked_ref(self, ref: str) -> EntityRef:
        """Return an entity that has a pseudonym here.

        Raises
        ------
        NotInView
        BadInput
            It is named here, or never masked.
        """
        nid = self._view.resolve(ref)
        told = self._teller.refs([nid])[nid]
        if told.form != "pseudonym":
            raise BadInput(f"{told.label} has no pseudonym in this view: there is nothing to unmask.", code="named")
        return told

    def check_unmask(self, ref: str) -> None:
        """Check that the policy lets the actor learn who an entity is: from every claim of the view that names it.

        Raises
        ------
        Refused
            It does not; or nothing in the view names it.
        """
        nid, graph = self._view.resolve(ref), self._teller.graph
        naming = [p.name for p in ontology().predicates.values() if p.identifying]
        rows = graph.store.claims_about(graph.scope, [nid, *graph.same.members(nid)], predicates=naming)
        markings = [self._teller.books.markings[n] for n in sorted({row.marking for row in rows})]
        asking = replace(self._view.asking, act="unmask", reason=True, strength=2)
        if not markings or not all(decide(self._view.actor, asking, markings)):
            raise Refused(
                "The policy does not let you learn who this is: not with this role, for this purpose, or on this "
                "basis. The decision table says which do; a colleague who has them may ask.",
                code="unmask-policy",
            )

    def party(self, party: Party) -> tuple[Nid, EntityRef] | None:
        """Return a party as the view names it, None where the view does not hold it."""
        nid = self._names.party(party)
        return None if nid is None else (nid, self._teller.refs([nid])[nid])

    def named_by_entry(self, nid: Nid) -> bool:
        """Say whether entry alone names a party here."""
        rule = self._teller.rule
        return not rule.cross_cutting and nid in rule.parties

    def eid(self, nid: Nid) -> bytes:
        """Return the random id of an entity of the view."""
        return self._teller.graph.rows([nid])[nid].eid

    def say(self, text: str) -> str:
        """Return a text, or that it is withheld where it names somebody masked."""
        return self._teller.open_text(text) or ""
