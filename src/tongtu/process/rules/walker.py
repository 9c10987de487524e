"""Walks a case through its graph: a state and what happened in, a new state and its path out.

Pure: the same graph, state, happening and instant give the same walk, which is how a history is
replayed. A refusal leaves the state as it was, because a walk works on a copy of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from tongtu.kernel.errors import BadInput, Conflict
from tongtu.process.rules.condition import BadFactOfCase
from tongtu.process.rules.duration import instant_ms
from tongtu.process.rules.graph import Flow, Graph, Kind, Node, When
from tongtu.process.rules.reach import catcher
from tongtu.process.rules.state import (
    BROKEN_OFF,
    CASE,
    DONE,
    EMPTY,
    JOINS,
    READY,
    WAITS,
    Began,
    Done,
    Facts,
    Failed,
    GoOn,
    Happening,
    State,
    Taken,
    Tick,
    Timer,
    Token,
    Told,
    Walk,
)

# A commit carries at most so many nodes of one case; a longer way goes on in the next.
STEPS_MAX = 200
MS = 1_000
_BY_HAND = frozenset({Kind.USER, Kind.SERVICE, Kind.RULE})


class Stuck(BadInput):
    """The case cannot go on from here by what happened; nothing has changed."""

    default_code = "process_stuck"


class NotWaiting(Conflict):
    """Nothing in the case waits for this."""

    default_code = "not_waiting"


def begin(graph: Graph, facts: Facts, at_ms: int, steps_max: int = STEPS_MAX) -> Walk:
    """Open a case and walk it until everything waits. Raises Stuck."""
    return walk(graph, EMPTY, Began(dict(facts)), at_ms, steps_max)


def walk(
    graph: Graph, state: State, happening: Happening, at_ms: int, steps_max: int = STEPS_MAX
) -> Walk:
    """Let something happen to a case and walk it until everything waits, or `steps_max` nodes.

    Raises:
        NotWaiting: the case waits for nothing of the kind.
        Stuck: no flow leads on, a condition cannot be answered, or a join waits for ever.
    """
    walker = _Walker(graph, state, at_ms, steps_max)
    match happening:
        case Began(facts=facts):
            walker.facts.update(facts)
            walker.arrive(graph.start, CASE, -1)
        case Done(token=token, facts=facts):
            walker.finish(token, facts)
        case Failed(token=token, code=code):
            walker.fail(token, code)
        case Told():
            walker.tell(happening)
        case Tick() | GoOn():
            pass
    walker.run()
    if isinstance(happening, Tick):
        while walker.left > 0 and walker.ring():
            walker.run()
    return walker.walked(state)


class _Walker:
    """One walk: tokens and timers that may still change."""

    def __init__(self, graph: Graph, state: State, at_ms: int, steps_max: int) -> None:
        self.graph = graph
        self.nodes = graph.nodes
        self.at_ms = at_ms
        self.left = steps_max
        self.facts = dict(state.facts)
        self.tokens = {token.id: token for token in state.tokens}
        self.timers = list(state.timers)
        self.next = state.next
        self.taken = state.taken
        self.path: list[Taken] = []
        self.ready = deque(token for token in state.tokens if token.phase == READY)

    # ---- what happens

    def finish(self, identifier: int, facts: Facts) -> None:
        token = self._waiting(identifier, _BY_HAND)
        self.facts.update(facts)
        self._leave(token)

    def fail(self, identifier: int, code: str) -> None:
        token = self._waiting(identifier, frozenset({Kind.SERVICE, Kind.RULE}))
        caught = catcher(self.nodes, token.node, code)
        if caught is None:
            raise Stuck(f"nobody catches {code!r} at {self.nodes[token.node].id}")
        self._throw(token, caught)

    def tell(self, told: Told) -> None:
        for token in list(self.tokens.values()):
            if token.phase != WAITS:
                continue
            node = self.nodes[token.node]
            catching = (node, *(self.nodes[one] for one in node.boundaries))
            for one in catching:
                if one.message == told.message and self._is_about(one, told.about):
                    self.facts.update(told.facts)
                    self._leave(token) if one is node else self._go_round(token, one)
                    return
        raise NotWaiting(f"the case does not wait for {told.message!r}")

    def ring(self) -> bool:
        """Let the first clock that has run out ring; return whether one did."""
        first = min(self.timers, key=lambda one: (one.due_ms, one.token, one.node), default=None)
        if first is None or first.due_ms > self.at_ms:
            return False
        self.timers.remove(first)
        token = self.tokens[first.token]
        if first.node == token.node:
            self._leave(token)
        else:
            self._go_round(token, self.nodes[first.node])
        return True

    def _waiting(self, identifier: int, kinds: frozenset[Kind]) -> Token:
        token = self.tokens.get(identifier)
        if token is None or token.phase != WAITS or self.nodes[token.node].kind not in kinds:
            raise NotWaiting("no such task waits in the case")
        return token

    def _is_about(self, node: Node, about: str) -> bool:
        return not node.correlate or str(self.facts.get(node.correlate, "")) == about

    # ---- on the way

    def run(self) -> None:
        while self.left > 0:
            if self.ready:
                token = self.ready.popleft()
                if self.tokens.get(token.id) is token:
                    self._enter(token)
            elif not self._join_inclusive():
                break
        if not self.ready:
            self._check_alive()

    def _enter(self, token: Token) -> None:
        node = self.nodes[token.node]
        kind = node.kind
        if node.waits:
            self._wait(token, node)
        elif kind is Kind.EXCLUSIVE:
            self._leave(token, (self._choose(node),))
        elif kind is Kind.PARALLEL:
            self._join_parallel(token, node)
        elif kind is Kind.INCLUSIVE:
            if len(node.ins) > 1:
                self.tokens[token.id] = token._replace(phase=JOINS)
            else:
                self._leave(token, self._choose_all(node))
        elif kind is Kind.END:
            self._leave(token, ())
            self._close(token.scope)
        elif kind is Kind.TERMINATE:
            self._leave(token, ())
            self._clear(token.scope)
            self._close(token.scope)
        elif kind is Kind.ERROR_END:
            self._leave(token, ())
            caught = catcher(self.nodes, node.parent, node.error)
            assert caught is not None
            self._throw(self.tokens[token.scope], caught)
        else:
            self._leave(token)

    def _wait(self, token: Token, node: Node) -> None:
        token = token._replace(phase=WAITS)
        self.tokens[token.id] = token
        if node.kind is Kind.TIMER:
            self._arm(token, node)
        for boundary in node.boundaries:
            if self.nodes[boundary].kind is Kind.BOUNDARY_TIMER:
                self._arm(token, self.nodes[boundary])
        if node.kind is Kind.SUBPROCESS:
            self.arrive(node.start, token.id, -1)

    def _arm(self, token: Token, node: Node) -> None:
        assert node.when is not None
        self.timers.append(Timer(token.id, node.index, self._due(node, node.when)))

    def _due(self, node: Node, when: When) -> int:
        if when.after_s is not None:
            return self.at_ms + when.after_s * MS
        if when.at_ms is not None:
            return when.at_ms
        told = self.facts.get(when.fact or "")
        try:
            return instant_ms(told if isinstance(told, str) else "")
        except ValueError:
            raise Stuck(f"{node.id} is due at {when.fact!r}, which is no instant") from None

    def arrive(self, node: int, scope: int, flow: int) -> None:
        """Put a new token before a node."""
        token = Token(self.next, node, scope, READY, flow, self.at_ms)
        self.next += 1
        self.tokens[token.id] = token
        self.ready.append(token)

    def _leave(self, token: Token, flows: Sequence[Flow] | None = None, how: str = DONE) -> None:
        node = self.nodes[token.node]
        del self.tokens[token.id]
        if self.timers:
            self.timers = [one for one in self.timers if one.token != token.id]
        self._note(node.index, token.since_ms, how)
        for flow in node.outs if flows is None else flows:
            self.arrive(flow.target, token.scope, flow.index)

    def _note(self, node: int, since_ms: int, how: str) -> None:
        self.path.append(Taken(node, since_ms, how))
        self.taken += 1
        self.left -= 1

    def _choose(self, node: Node) -> Flow:
        if len(node.outs) == 1:
            return node.outs[0]
        for position, flow in enumerate(node.outs):
            if position != node.default and self._holds(node, flow):
                return flow
        return self._otherwise(node)

    def _choose_all(self, node: Node) -> Sequence[Flow]:
        if len(node.outs) == 1:
            return node.outs
        chosen = [
            flow
            for position, flow in enumerate(node.outs)
            if position != node.default and self._holds(node, flow)
        ]
        return chosen or (self._otherwise(node),)

    def _holds(self, node: Node, flow: Flow) -> bool:
        assert flow.test is not None
        try:
            return flow.test(self.facts)
        except BadFactOfCase as fault:
            raise Stuck(f"{node.id}, {flow.id}: {fault.detail}", fields=fault.fields) from fault

    def _otherwise(self, node: Node) -> Flow:
        if node.default is None:
            raise Stuck(f"no flow leads on from {node.id}")
        return node.outs[node.default]

    # ---- joins

    def _at(self, node: Node, scope: int) -> dict[int, Token]:
        """Return the first token that waits to be joined of each flow."""
        found: dict[int, Token] = {}
        for token in self.tokens.values():
            if token.node == node.index and token.scope == scope and token.phase == JOINS:
                found.setdefault(token.flow, token)
        return found

    def _join_parallel(self, token: Token, node: Node) -> None:
        if len(node.ins) > 1:
            self.tokens[token.id] = token._replace(phase=JOINS)
            came = self._at(node, token.scope)
            if len(came) < len(node.ins):
                return
            token = self._one_of(came.values())
        self._leave(token)

    def _one_of(self, came: Iterable[Token]) -> Token:
        """Melt tokens into the first of them."""
        first, *others = came
        for other in others:
            del self.tokens[other.id]
        return first

    def _join_inclusive(self) -> bool:
        """Let one inclusive join go that nobody else can reach; return whether there was one."""
        if not self.graph.feeds:
            return False
        for token in self.tokens.values():
            node = self.nodes[token.node]
            if token.phase == JOINS and node.kind is Kind.INCLUSIVE:
                came = self._at(node, token.scope)
                if not self._is_awaited(node, token.scope, came):
                    self._leave(self._one_of(came.values()), self._choose_all(node))
                    return True
        return False

    def _is_awaited(self, node: Node, scope: int, came: dict[int, Token]) -> bool:
        feeds = self.graph.feeds[node.index]
        missing = [feeds[n] for n, flow in enumerate(node.ins) if flow not in came]
        there = [feeds[n] for n, flow in enumerate(node.ins) if flow in came]
        return any(
            any(other.node in feed for feed in missing)
            and not any(other.node in feed for feed in there)
            for other in self.tokens.values()
            if other.scope == scope and other.node != node.index
        )

    def _check_alive(self) -> None:
        """Refuse a walk that leaves a scope with nothing but tokens that wait for each other."""
        alive = {token.scope for token in self.tokens.values() if token.phase != JOINS}
        for token in self.tokens.values():
            if token.scope not in alive:
                raise Stuck(f"{self.nodes[token.node].id} waits for what never comes")

    # ---- ends and turns

    def _close(self, scope: int) -> None:
        """Leave the subprocess whose last token is gone."""
        if scope != CASE and not any(token.scope == scope for token in self.tokens.values()):
            self._leave(self.tokens[scope])

    def _clear(self, scope: int) -> None:
        """Break off everything that stands in a scope, inside out."""
        for token in [one for one in self.tokens.values() if one.scope == scope]:
            if token.id in self.tokens:
                self._break_off(token)

    def _break_off(self, token: Token) -> None:
        if self.nodes[token.node].kind is Kind.SUBPROCESS:
            self._clear(token.id)
        self._leave(token, (), BROKEN_OFF)

    def _go_round(self, token: Token, boundary: Node) -> None:
        """Leave by a boundary event; the host goes on where the event does not interrupt."""
        scope = token.scope
        if boundary.is_interrupting:
            self._break_off(token)
        self._note(boundary.index, self.at_ms, DONE)
        for flow in boundary.outs:
            self.arrive(flow.target, scope, flow.index)

    def _throw(self, token: Token, caught: Node) -> None:
        """Carry an error outwards from a token to the host of the event that catches it."""
        while token.node != caught.host:
            token = self.tokens[token.scope]
        self._go_round(token, caught)

    def walked(self, before: State) -> Walk:
        state = State(
            tuple(self.tokens.values()), tuple(self.timers), self.next, self.facts, self.taken
        )
        old = {token.id for token in before.tokens if token.phase == WAITS}
        opened = tuple(
            token for token in state.tokens if token.phase == WAITS and token.id not in old
        )
        closed = tuple(token for token in before.tokens if token.phase == WAITS
                       and token.id not in self.tokens)  # fmt: skip
        return Walk(state, tuple(self.path), opened, closed)
