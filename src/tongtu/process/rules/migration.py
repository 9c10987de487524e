"""Takes a case from one version of its process to another, or says why it cannot go."""

from __future__ import annotations

from collections.abc import Mapping

from tongtu.kernel.errors import Conflict
from tongtu.process.rules.duration import MS
from tongtu.process.rules.graph import ROOT, Graph, Kind, Node
from tongtu.process.rules.state import WAITS, State, Timer, Token


class CannotMove(Conflict):
    """The other version has no place for where the case stands."""

    default_code = "case_cannot_move"


def migrated(old: Graph, new: Graph, state: State, nodes: Mapping[str, str], at_ms: int) -> State:
    """Return the state in the new version. Tokens keep their numbers, so tasks stay who they are.

    A clock that the new version has at the same place goes on; one that it adds begins now.

    Raises:
        CannotMove: a token stands where the new version has nothing of the kind.
    """
    moving = _Moving(old, new, nodes)
    tokens = tuple(moving.token(token) for token in state.tokens)
    timers = [one for timer in state.timers if (one := moving.timer(timer)) is not None]
    running = {(timer.token, timer.node) for timer in timers}
    for token in tokens:
        for node in moving.clocks(token):
            if (token.id, node.index) not in running:
                assert node.when is not None
                if node.when.fact is not None:
                    raise CannotMove(f"{node.id}: a clock set by a fact cannot begin by a move")
                due_ms = at_ms + (node.when.after_s or 0) * MS
                timers.append(Timer(token.id, node.index, node.when.at_ms or due_ms))
    return state._replace(tokens=tokens, timers=tuple(timers))


class _Moving:
    def __init__(self, old: Graph, new: Graph, nodes: Mapping[str, str]) -> None:
        self.old, self.new, self.names = old, new, nodes
        self.old_flows = {flow.index: flow.id for node in old.nodes for flow in node.outs}
        self.new_flows = {flow.id: flow.index for node in new.nodes for flow in node.outs}

    def node(self, index: int) -> Node:
        before = self.old.nodes[index]
        after = self.new.node(self.names.get(before.id, before.id))
        if after is None or after.kind is not before.kind:
            raise CannotMove(f"{before.id} has no {before.kind} in the other version")
        if (before.parent == ROOT) != (after.parent == ROOT) or (
            before.parent != ROOT and self.node(before.parent).index != after.parent
        ):
            raise CannotMove(f"{before.id} stands in another subprocess there")
        return after

    def token(self, token: Token) -> Token:
        flow = token.flow
        if token.phase != WAITS and flow >= 0:
            found = self.new_flows.get(self.old_flows[flow])
            if found is None:
                raise CannotMove(f"flow {self.old_flows[flow]} is not in the other version")
            flow = found
        elif token.phase == WAITS:
            flow = -1
        return token._replace(node=self.node(token.node).index, flow=flow)

    def timer(self, timer: Timer) -> Timer | None:
        before = self.old.nodes[timer.node]
        after = self.new.node(self.names.get(before.id, before.id))
        is_kept = after is not None and after.kind is before.kind
        if not is_kept or after is None:
            return None
        if before.host != ROOT and self.node(before.host).index != after.host:
            return None
        return timer._replace(node=after.index)

    def clocks(self, token: Token) -> list[Node]:
        if token.phase != WAITS:
            return []
        node = self.new.nodes[token.node]
        hung = [self.new.nodes[one] for one in node.boundaries]
        own = [node] if node.kind is Kind.TIMER else []
        return own + [one for one in hung if one.kind is Kind.BOUNDARY_TIMER]
