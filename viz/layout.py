"""Where things stand on a chart: the same graph and seed give the same picture."""

from __future__ import annotations

from collections.abc import Sequence

Positions = dict[str, tuple[float, float]]

SPRING_MOST = 600


def place(nodes: Sequence[str], links: Sequence[tuple[str, str]], *, centre: str, seed: int = 1) -> Positions:
    """Return a position for each node, in picture units around (0, 0).

    Small charts are drawn by springs (Fruchterman and Reingold 1991, as in networkx); above `SPRING_MOST` nodes,
    where springs take seconds and show a ball, nodes stand on rings by their distance from the centre.

    Parameters
    ----------
    nodes : sequence of str
    links : sequence of pairs
        Both ends among `nodes`.
    centre : str
        Stands at (0, 0).
    seed : int
        Seed of the first positions.

    Examples
    --------
    >>> sorted(place(["a", "b"], [("a", "b")], centre="a"))
    ['a', 'b']
    """
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(links)
    if len(graph) == 1:
        return {centre: (0.0, 0.0)}
    spread = 110 * len(graph) ** 0.5
    if len(graph) <= SPRING_MOST:
        found = nx.spring_layout(
            graph, k=1.6 / len(graph) ** 0.5, iterations=120, seed=seed, pos={centre: (0, 0)}, fixed=[centre]
        )
        return {n: (float(x) * spread, float(y) * spread) for n, (x, y) in found.items()}
    hops = nx.single_source_shortest_path_length(graph, centre)
    rings: dict[int, list[str]] = {}
    for node in nodes:
        rings.setdefault(hops.get(node, max(hops.values()) + 1), []).append(node)
    shells = [sorted(rings[r]) for r in sorted(rings)]
    found = nx.shell_layout(graph, nlist=shells)
    return {n: (float(x) * spread, float(y) * spread) for n, (x, y) in found.items()}
