"""Who can still bring a token to an inclusive join, and who catches an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from tongtu.process.rules.graph import BOUNDARIES, ROOT, Kind, Node


def feeds_of(nodes: Sequence[Node]) -> Mapping[int, tuple[frozenset[int], ...]]:
    """Return, for each inclusive join, the nodes that reach each of its flows not through itself.

    A token in a subprocess counts as standing at the subprocess: flows never cross its border.
    """
    before: dict[int, set[int]] = defaultdict(set)
    source_of: dict[int, int] = {}
    for node in nodes:
        for flow in node.outs:
            before[flow.target].add(node.index)
            source_of[flow.index] = node.index
        if node.kind in BOUNDARIES:
            before[node.index].add(node.host)
    return {
        node.index: tuple(_before(before, source_of[flow], node.index) for flow in node.ins)
        for node in nodes
        if node.kind is Kind.INCLUSIVE and len(node.ins) > 1
    }


def _before(before: Mapping[int, set[int]], first: int, without: int) -> frozenset[int]:
    seen: set[int] = set()
    waiting = [first]
    while waiting:
        index = waiting.pop()
        if index != without and index not in seen:
            seen.add(index)
            waiting += before.get(index, ())
    return frozenset(seen)


def catcher(nodes: Sequence[Node], host: int, code: str) -> Node | None:
    """Return the boundary event that catches an error thrown in `host`, or around it."""
    while host != ROOT:
        hung = [nodes[one] for one in nodes[host].boundaries]
        errors = [one for one in hung if one.kind is Kind.BOUNDARY_ERROR]
        # The one that names the code goes before the one that takes any.
        for wanted in (code, ""):
            for one in errors:
                if one.error == wanted:
                    return one
        host = nodes[host].parent
    return None
