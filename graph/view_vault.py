"""What a view shows of its vault: one entity at a time, each look an act of its own.

What lies there is never searched, looked up, walked along, counted, analysed, drawn, kept or sent: whatever else a view
answers is the same with the vault open as with it shut. Nor does it name, join or unmask anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from graph.answers import EntityRef, LabelForm, VaultView
from graph.errors import NotInView, Refused
from graph.model import ClaimRow, EntityRow, Marking, Nid
from graph.scope import Scope
from graph.vault import ACT
from graph.view_acts import Act
from graph.view_books import decisions_of, ledger_of
from graph.view_claims import Teller
from graph.view_links import ViewLinks
from graph.view_scope import ScopedGraph, scoped

MOST_TOLD: Final = 400


class _VaultTeller(Teller):
    """Tells claims of the vault; whoever the view knows without it is named as the view names them."""

    def __init__(self, graph: ScopedGraph, view: Teller) -> None:
        super().__init__(graph, view.books, view.rule, view.tokens)
        self._view = view

    def form(self, row: EntityRow) -> LabelForm:
        return self._view.form(row)

    def refs(self, nids: Iterable[Nid]) -> dict[Nid, EntityRef]:
        return _first(set(nids), self._view.refs, super().refs)

    def raw_refs(self, nids: Iterable[Nid]) -> dict[Nid, EntityRef]:
        return _first(set(nids), self._view.raw_refs, super().raw_refs)


def _first(nids: set[Nid], *ways: Callable[[Iterable[Nid]], dict[Nid, EntityRef]]) -> dict[Nid, EntityRef]:
    """Return how entities are named by the first way that names each."""
    found: dict[Nid, EntityRef] = {}
    for way in ways:
        missing = nids - found.keys()
        found |= way(missing) if missing else {}
    return found


class ViewVault(ViewLinks):
    """The vault of a view."""

    def vault(self, ref: str, *, strength: int) -> VaultView:
        """Return what the vault holds about one entity of the view.

        Parameters
        ----------
        ref : str
        strength : int
            2 where the session was signed in again just now; with less the policy shows nothing.

        Raises
        ------
        Refused
            The vault is shut: nothing was stated, or its hour is over.
        NotInView
            The view does not show the entity without its vault.
        """
        with self.act(ACT, self._meant(ref), {"necessity": self.request.necessity}) as act:
            until, scope = self._open_vault(strength)
            nid = self.resolve(ref)
            members = self._graph.same.members(nid)
            rows = self._graph.store.claims_about(scope, members) if scope.visible else []
            rows.sort(key=lambda r: (r.object is not None, r.predicate, r.valid_from, r.cid))
            teller = self._teller_of(scope)
            told = teller.claims(rows[:MOST_TOLD])
            self._note_rows(teller, rows[:MOST_TOLD], act)
            entity = self._told([nid], act)[nid]
            act.result["claims"] = len(told)
            return VaultView(entity, tuple(told), max(0, len(rows) - MOST_TOLD), until, self._markings(act))

    def vault_marking(self, claim: str, *, strength: int) -> tuple[Marking, str | None]:
        """Return the marking and the category of a claim of the vault, for who asks why it is shown.

        Raises
        ------
        Refused
            The vault is shut.
        NotInView
        """
        with self.act(ACT, detail={"necessity": self.request.necessity, "what": "why"}):
            _, scope = self._open_vault(strength)
            rows = self._graph.store.claims(scope, [self._teller.tokens.open_claim(claim)]) if scope.visible else []
            if not rows or not self._teller_of(scope).claims(rows):
                raise NotInView
            return self._teller.books.markings[rows[0].marking], rows[0].category

    def _open_vault(self, strength: int) -> tuple[datetime, Scope]:
        """Return until when the vault is open, and what the policy gives of it.

        Raises
        ------
        Refused
        """
        if self.vault_until is None:
            raise Refused(
                "The vault is shut in this view. Open the view again and write down why special categories are "
                "strictly necessary in this case.",
                code="vault-shut",
            )
        if self._clock() >= self.vault_until:
            raise Refused(
                "The vault of this view has shut: its hour is over. Open the view again, and state the necessity "
                "again, if it still stands.",
                code="vault-shut",
            )
        asking = replace(self.asking, act=ACT, strength=strength)
        given = decisions_of(self.home).visible(self.actor, asking, self._teller.books.markings)
        return self.vault_until, Scope(given, self.scope.as_of, self.scope.window)

    def _teller_of(self, scope: Scope) -> _VaultTeller:
        whole = Scope(scope.visible | self.scope.visible, scope.as_of, scope.window)
        return _VaultTeller(scoped(self._graph.store, whole, ledger_of(self.home)), self._teller)

    def _note_rows(self, teller: Teller, rows: list[ClaimRow], act: Act) -> None:
        ends = {n for r in rows for n in (r.subject, r.object) if n is not None}
        self._note(teller.graph.rows(ends).values(), act)
        act.shown |= {row.marking for row in rows}
