"""A link chart as one HTML file that opens from disk: no request, no foreign script, marking at top and bottom.

pyvis keeps the model and its wheel carries vis-network; its own page is not used, because that calls outside servers
and runs planted scripts. Ours escapes everything, holds the data in a JSON block and lets only its own scripts and
styles run, by their hashes (Content Security Policy).
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from graph.answers import ClaimView, EntityRef, Subgraph
from graph.disk import demand_folder, space_guard, write_synced
from graph.errors import BadInput
from graph.grade import parse_grade, strength
from graph.ontology import ontology
from graph.regimes import only_synthetic
from graph.view import View
from viz.layout import place
from viz.palette import family, picture

TEMPLATES = Path(__file__).parent / "templates"
MOST_ENTITIES = 2000
"""Most entities that one page may hold, whatever is asked."""
LEVEL_WORDS = ("UKLASSIFICERET", "TIL TJENESTEBRUG", "FORTROLIGT", "HEMMELIGT")

WORDS = {
    "da": {
        "title": "Forbindelsesdiagram",
        "around": "Omkring {label}, {hops} led",
        "made_up": "opdigtede data",
        "legend": "Signatur",
        "fact": "Fakta",
        "assessment": "Vurdering",
        "low": "Lav sikkerhed",
        "table": "Tabel over entiteter og forbindelser",
        "entity": "Entitet",
        "kind": "Slags",
        "links": "Forbindelser",
        "from": "Fra",
        "predicate": "Forbindelse",
        "to": "Til",
        "valid": "Gyldig",
        "grade": "Grad",
        "source": "Kilde",
        "not_drawn": "{n} entiteter længere ude er ikke tegnet",
        "all_drawn": "Alt inden for disse led er tegnet",
        "drawn_for": "Tegnet for {user} i visning {view}",
        "describes": "Tallene beskriver det indsamlede, ikke hvem der er farlig.",
        "marking": "Mærkning",
    },
    "en": {
        "title": "Link chart",
        "around": "Around {label}, {hops} hops",
        "made_up": "made-up data",
        "legend": "Legend",
        "fact": "Fact",
        "assessment": "Assessment",
        "low": "Low confidence",
        "table": "Table of entities and links",
        "entity": "Entity",
        "kind": "Kind",
        "links": "Links",
        "from": "From",
        "predicate": "Link",
        "to": "To",
        "valid": "Valid",
        "grade": "Grade",
        "source": "Source",
        "not_drawn": "{n} entities further out are not drawn",
        "all_drawn": "All within these hops is drawn",
        "drawn_for": "Drawn for {user} in view {view}",
        "describes": "The numbers describe what has been collected, not who is dangerous.",
        "marking": "Marking",
    },
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a chart holds, and how many entities it leaves out, by kind in English."""

    entities: int
    links: int
    not_drawn: Mapping[str, int]


def write_chart(
    view: View, entity: str, hops: int, out: Path, *, limit: int = MOST_ENTITIES, language: str = "da"
) -> Drawn:
    """Draw the surroundings of an entity and write the page.

    Parameters
    ----------
    view : View
        What is not in it is not on the chart.
    entity : str
        A token, pseudonym or delivered id.
    hops : int
    out : Path
        Must not exist.
    limit : int
        Most entities to draw, the nearest first.
    language : {"da", "en"}

    Raises
    ------
    NotInView
        The entity is not in this view.
    BadInput
        The file exists or has no folder to lie in, or the language is unknown.
    """
    if language not in WORDS:
        raise BadInput(f"--language wants da or en; got {language!r}.")
    if out.exists():
        raise BadInput(f"{out} exists. Name another file; charts are never written over.", code="file-exists")
    demand_folder(out)
    token = view.entity(entity).token
    view = view.lasting()  # the page outlives every grant
    centre = view.entity(token)
    with view.act("chart", subjects=[centre], detail={"hops": hops}):
        drawn = view.k_hop(entity, hops, limit=min(limit, MOST_ENTITIES))
    mark = WORDS[language]["drawn_for"].format(user=view.actor.id, view=view.id)
    page = chart_page(drawn, centre, hops, mark=mark, made_up=only_synthetic(view.home), language=language)
    with space_guard(out):
        write_synced(out, page.encode())
    return Drawn(len(drawn.entities), len(drawn.links), _left_out(drawn))


def _left_out(drawn: Subgraph) -> dict[str, int]:
    """Return how many entities of each kind are not drawn, most first, by the kind's English word."""
    ordered = sorted(drawn.left_out.items(), key=lambda e: (-e[1], e[0]))
    return {ontology().kind(kind).label.en: count for kind, count in ordered}


def chart_page(graph: Subgraph, centre: EntityRef, hops: int, *, mark: str, made_up: bool, language: str) -> str:
    """Return the page as text.

    Parameters
    ----------
    graph : Subgraph
    centre : EntityRef
        Drawn larger, in the middle.
    hops : int
        For the heading.
    mark : str
        For whom it was drawn and in which view: whoever finds a print can ask the audit.
    made_up : bool
        Whether the band says so.
    language : {"da", "en"}
    """
    words = WORDS[language]
    band = LEVEL_WORDS[max((c.marking.level for c in graph.links), default=0)]
    nodes, edges, options = _model(graph, centre, language)
    lib = files("pyvis") / "lib" / "vis-9.1.2"
    scripts = [(lib / "vis-network.min.js").read_text(encoding="utf-8"), _template("linkchart.js")]
    styles = [(lib / "vis-network.css").read_text(encoding="utf-8"), _template("linkchart.css")]
    families = sorted({family(e.kind) for e in graph.entities})
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("linkchart.html.j2").render(
        csp=_policy(scripts, styles),
        language=language,
        words=words,
        band=f"{band} · {words['made_up']}" if made_up else band,
        mark=mark,
        around=words["around"].format(label=centre.label, hops=hops),
        drawn=words["not_drawn"].format(n=graph.more) if graph.more else words["all_drawn"],
        scripts=[_inline(s) for s in scripts],
        styles=[_inline(s) for s in styles],
        data={"nodes": nodes, "edges": edges, "options": options},
        legend=[(_family_label(name, graph, language), picture(name)) for name in families],
        table=_table(graph, language),
        links=[_row(c, language) for c in graph.links],
    )


def _model(graph: Subgraph, centre: EntityRef, language: str) -> tuple[list[object], list[object], dict[str, object]]:
    from pyvis.network import Network

    pairs = [(c.subject.token, c.object.token) for c in graph.links if c.object is not None]
    where = place([e.token for e in graph.entities], pairs, centre=centre.token)
    degree = Counter(token for pair in pairs for token in pair)
    network = Network(height="100%", width="100%", directed=True, cdn_resources="in_line")
    for entity in graph.entities:
        x, y = where[entity.token]
        network.add_node(
            entity.token,
            label=entity.label,
            x=x,
            y=y,
            size=26 if entity.token == centre.token else 16,
            shape="image",
            image=picture(family(entity.kind)),
            title=f"{entity.label}\n{_kind_label(entity.kind, language)}, {degree[entity.token]}",
        )
    for claim in graph.links:
        assert claim.object is not None
        said = (_predicate_label(claim.predicate, language), claim.valid.text or "–", claim.grade, claim.source)
        network.add_edge(
            claim.subject.token,
            claim.object.token,
            title=" · ".join(said),
            label=claim.grade.partition(":")[2],
            dashes=_dashes(claim),
            color="#7b8794",
            arrowStrikethrough=False,
        )
    nodes, edges, _heading, _height, _width, _options = network.get_network_data()
    options: dict[str, object] = {
        "nodes": {"font": {"size": 12, "strokeWidth": 3, "strokeColor": "#FFFFFF"}},
        "edges": {
            "smooth": {"enabled": True, "type": "dynamic"},
            "font": {"size": 9, "align": "middle"},
            "arrows": {"to": {"scaleFactor": 0.4}},
        },
        "physics": {"enabled": False},
        "interaction": {"hover": True, "keyboard": {"enabled": True, "bindToWindow": False}, "tooltipDelay": 150},
    }
    return nodes, edges, options


def _dashes(claim: ClaimView) -> bool | list[int]:
    """Return the line's pattern: plain for a fact, dashed for an assessment, dotted where source or content is weak."""
    if min(strength(parse_grade(claim.grade))) <= 0:
        return [2, 4]
    return [8, 5] if claim.assertion == "assessment" else False


def _table(graph: Subgraph, language: str) -> list[tuple[str, str, int]]:
    degree = Counter(e.token for c in graph.links for e in (c.subject, c.object) if e is not None)
    rows = [(e.label, _kind_label(e.kind, language), degree[e.token]) for e in graph.entities]
    return sorted(rows)


def _row(claim: ClaimView, language: str) -> tuple[str, ...]:
    assert claim.object is not None
    said = WORDS[language][claim.assertion]
    return (
        claim.subject.label,
        _predicate_label(claim.predicate, language),
        claim.object.label,
        claim.valid.text,
        claim.grade,
        said,
        claim.source,
        f"{LEVEL_WORDS[claim.marking.level]} {claim.marking.handling}",
    )


def _kind_label(kind: str, language: str) -> str:
    label = ontology().kind(kind).label
    return label.da if language == "da" else label.en


def _predicate_label(predicate: str, language: str) -> str:
    label = ontology().predicate(predicate).label
    return label.da if language == "da" else label.en


def _family_label(name: str, graph: Subgraph, language: str) -> str:
    return ", ".join(sorted({_kind_label(e.kind, language) for e in graph.entities if family(e.kind) == name}))


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _inline(text: str) -> Markup:
    """Return text that may stand inside a script or style element."""
    if any(end in text.lower() for end in ("</script", "</style", "<!--")):
        raise ValueError("this text cannot stand inside an inline element")
    return Markup(text)  # our own and pyvis's files, checked above


def _policy(scripts: list[str], styles: list[str]) -> str:
    def hashes(texts: list[str]) -> str:
        return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(t.encode()).digest()).decode()}'" for t in texts)

    return (
        f"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; script-src {hashes(scripts)}; "
        f"style-src {hashes(styles)}; require-trusted-types-for 'script'; trusted-types 'none'"
    )
