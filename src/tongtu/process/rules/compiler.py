"""Makes a graph of a file, or says which element on which line it cannot run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from tongtu.process.rules.condition import Test, condition
from tongtu.process.rules.document import Arrow, Document, Element, read_document
from tongtu.process.rules.duration import instant_ms, span_s
from tongtu.process.rules.fault import BadProcess
from tongtu.process.rules.graph import (
    BOUNDARIES,
    ROOT,
    WAITING,
    Flow,
    Graph,
    Kind,
    Node,
    When,
    Work,
)
from tongtu.process.rules.reach import catcher, feeds_of

NODES_MAX = 500
ATTEMPTS_MAX = 20
_TASKS = {
    "task": Kind.PASS,
    "userTask": Kind.USER,
    "serviceTask": Kind.SERVICE,
    "businessRuleTask": Kind.RULE,
    "receiveTask": Kind.MESSAGE,
    "exclusiveGateway": Kind.EXCLUSIVE,
    "parallelGateway": Kind.PARALLEL,
    "inclusiveGateway": Kind.INCLUSIVE,
    "subProcess": Kind.SUBPROCESS,
}
_EVENTS = {
    ("startEvent", ""): Kind.START,
    ("endEvent", ""): Kind.END,
    ("endEvent", "terminateEventDefinition"): Kind.TERMINATE,
    ("endEvent", "errorEventDefinition"): Kind.ERROR_END,
    ("intermediateThrowEvent", ""): Kind.PASS,
    ("intermediateCatchEvent", "timerEventDefinition"): Kind.TIMER,
    ("intermediateCatchEvent", "messageEventDefinition"): Kind.MESSAGE,
    ("boundaryEvent", "timerEventDefinition"): Kind.BOUNDARY_TIMER,
    ("boundaryEvent", "errorEventDefinition"): Kind.BOUNDARY_ERROR,
    ("boundaryEvent", "messageEventDefinition"): Kind.BOUNDARY_MESSAGE,
}
_HOSTS = {Kind.USER, Kind.SERVICE, Kind.RULE, Kind.MESSAGE, Kind.SUBPROCESS}
_FAILING = {Kind.SERVICE, Kind.RULE, Kind.SUBPROCESS}
_GATEWAYS = {Kind.EXCLUSIVE, Kind.PARALLEL, Kind.INCLUSIVE}
_CHOOSING = {Kind.EXCLUSIVE, Kind.INCLUSIVE}
_ENDS = {Kind.END, Kind.TERMINATE, Kind.ERROR_END}


def compile_process(source: bytes) -> Graph:
    """Return the graph of a BPMN file.

    Raises:
        BadProcess: something in it is not supported or not whole; names element and line.
    """
    document = read_document(source)
    if not 0 < len(document.elements) <= NODES_MAX:
        raise BadProcess(f"a process has 1 to {NODES_MAX} elements")
    return _Compiler(document).graph()


class _Compiler:
    """Knows every element by id while the graph is made."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._by_id = {one.id: index for index, one in enumerate(document.elements)}
        self._kinds = [_kind(one) for one in document.elements]
        self._outs: dict[int, list[tuple[int, Arrow]]] = defaultdict(list)
        self._ins: dict[int, list[int]] = defaultdict(list)

    def graph(self) -> Graph:
        for index, arrow in enumerate(self._document.arrows):
            self._join(index, arrow)
        nodes = [self._node(index, one) for index, one in enumerate(self._document.elements)]
        for node in nodes:
            if node.kind in BOUNDARIES:
                host = nodes[node.host]
                nodes[node.host] = replace(host, boundaries=(*host.boundaries, node.index))
        starts = self._starts(nodes)
        for parent, start in starts.items():
            if parent != ROOT:
                nodes[parent] = replace(nodes[parent], start=start)
        whole = tuple(nodes)
        self._check_reached(whole)
        self._check_caught(whole)
        document = self._document
        due = None if document.due is None else _span(document.due, document.elements[0])
        return Graph(
            document.key, document.name or document.key, document.hash, whole, starts[ROOT],
            self._by_id, feeds_of(whole), due,
        )  # fmt: skip

    def _join(self, index: int, arrow: Arrow) -> None:
        ends = self._by_id.get(arrow.source), self._by_id.get(arrow.target)
        elements = self._document.elements
        if ends[0] is None or ends[1] is None:
            raise _bad_flow(arrow, "begins or ends at nothing")
        source, target = ends[0], ends[1]
        if not elements[source].parent == elements[target].parent == arrow.parent:
            raise _bad_flow(arrow, "crosses the border of a subprocess")
        kind = self._kinds[source]
        is_default = elements[source].attributes.get("default") == arrow.id
        if kind in _ENDS or self._kinds[target] in {Kind.START, *BOUNDARIES}:
            raise _bad_flow(arrow, "leaves an end, or enters a start or a boundary event")
        if arrow.condition is not None and (kind not in _CHOOSING or is_default):
            raise _bad_flow(arrow, "a condition stands on a choosing gateway's other flows only")
        self._outs[source].append((index, arrow))
        self._ins[target].append(index)

    def _node(self, index: int, element: Element) -> Node:
        kind, arrows = self._kinds[index], self._outs[index]
        if kind not in _ENDS and not arrows:
            raise _bad(element, "no flow leaves it")
        if kind not in _GATEWAYS and len(arrows) > 1:
            raise _bad(element, "only a gateway has several flows out")
        if kind in {Kind.START, *BOUNDARIES}:
            if element.attributes.get("attachedToRef") and kind is Kind.START:
                raise _bad(element, "a start hangs on nothing")
        elif not self._ins[index]:
            raise _bad(element, "no flow leads to it")
        event = self._event(element, kind)
        return Node(
            index=index,
            id=element.id,
            name=element.name or element.id,
            kind=kind,
            line=element.line,
            parent=self._by_id.get(element.parent, ROOT),
            waits=kind in WAITING,
            outs=self._flows(element, kind, arrows),
            ins=tuple(self._ins[index]),
            default=_default(element, arrows),
            host=self._host(element, kind),
            is_interrupting=element.attributes.get("cancelActivity", "true") == "true",
            message=event[0],
            correlate=element.attributes.get("own:correlate", ""),
            error=event[1],
            when=_when(element) if kind in {Kind.TIMER, Kind.BOUNDARY_TIMER} else None,
            work=_work(element, kind),
        )

    def _flows(
        self, element: Element, kind: Kind, arrows: list[tuple[int, Arrow]]
    ) -> tuple[Flow, ...]:
        chooses = kind in _CHOOSING and len(arrows) > 1
        default = element.attributes.get("default")
        flows: list[Flow] = []
        for index, arrow in arrows:
            test: Test | None = None
            if arrow.condition and not chooses:
                raise _bad_flow(arrow, "a condition where nothing is chosen")
            if chooses and arrow.id != default:
                if not arrow.condition:
                    raise _bad_flow(arrow, f"leaves {element.id} without a condition")
                try:
                    test = condition(arrow.condition)
                except ValueError as fault:
                    raise _bad_flow(arrow, str(fault)) from None
            flows.append(Flow(index, arrow.id, self._by_id[arrow.target], test))
        return tuple(flows)

    def _event(self, element: Element, kind: Kind) -> tuple[str, str]:
        """Return (message name, error code) of what the element waits for or throws."""
        reference = element.event_ref or element.attributes.get("messageRef", "")
        if kind in {Kind.MESSAGE, Kind.BOUNDARY_MESSAGE}:
            name = self._document.messages.get(reference)
            if not name:
                raise _bad(element, "names no message of the file")
            return name, ""
        if kind is Kind.ERROR_END or (kind is Kind.BOUNDARY_ERROR and reference):
            code = self._document.errors.get(reference)
            if not code:
                raise _bad(element, "names no error (with its code) of the file")
            return "", code
        return "", ""

    def _host(self, element: Element, kind: Kind) -> int:
        if kind not in BOUNDARIES:
            return ROOT
        host = self._by_id.get(element.attributes.get("attachedToRef", ""))
        if host is None or self._document.elements[host].parent != element.parent:
            raise _bad(element, "hangs on nothing beside it")
        allowed = _FAILING if kind is Kind.BOUNDARY_ERROR else _HOSTS
        if self._kinds[host] not in allowed:
            raise _bad(element, f"does not hang on a {self._document.elements[host].tag}")
        if kind is Kind.BOUNDARY_ERROR and element.attributes.get("cancelActivity") == "false":
            raise _bad(element, "an error always interrupts")
        return host

    def _starts(self, nodes: list[Node]) -> Mapping[int, int]:
        starts: dict[int, int] = {}
        for node in nodes:
            if node.kind is Kind.START:
                if node.parent in starts:
                    raise _bad(self._document.elements[node.index], "a second start")
                starts[node.parent] = node.index
        for scope in (ROOT, *(one.index for one in nodes if one.kind is Kind.SUBPROCESS)):
            if scope not in starts:
                holder = self._document.elements[max(scope, 0)]
                raise _bad(holder, "the process or subprocess has no start event")
        return starts

    def _check_reached(self, nodes: tuple[Node, ...]) -> None:
        seen: set[int] = set()
        waiting = [node.index for node in nodes if node.kind is Kind.START]
        while waiting:
            index = waiting.pop()
            if index not in seen:
                seen.add(index)
                waiting += [flow.target for flow in nodes[index].outs]
                waiting += nodes[index].boundaries
        for node in nodes:
            if node.index not in seen:
                raise _bad(self._document.elements[node.index], "is never reached")

    def _check_caught(self, nodes: tuple[Node, ...]) -> None:
        """Refuse an error that nobody would catch."""
        for node in nodes:
            if node.kind is Kind.ERROR_END and catcher(nodes, node.parent, node.error) is None:
                raise _bad(self._document.elements[node.index], "throws what nobody catches")


def _kind(element: Element) -> Kind:
    kind = _TASKS.get(element.tag) or _EVENTS.get((element.tag, element.event))
    if kind is None:
        raise _bad(element, f"{element.tag} with {element.event or 'no definition'}: not supported")
    return kind


def _default(element: Element, arrows: list[tuple[int, Arrow]]) -> int | None:
    wanted = element.attributes.get("default")
    if wanted is None:
        return None
    for position, (_, arrow) in enumerate(arrows):
        if arrow.id == wanted:
            return position
    raise _bad(element, "its default is none of its flows")


def _when(element: Element) -> When:
    if element.time is None:
        raise _bad(element, "a timer without a time")
    tag, text = element.time
    if text.startswith("="):
        if not text[1:].isidentifier():
            raise _bad(element, "= is followed by the name of a fact")
        return When(fact=text[1:])
    try:
        return When(after_s=span_s(text)) if tag == "timeDuration" else When(at_ms=instant_ms(text))
    except ValueError as fault:
        raise _bad(element, str(fault)) from None


def _work(element: Element, kind: Kind) -> Work:
    given = element.attributes
    roles = tuple(given.get("own:roles", "").split())
    call = given.get("own:call", "")
    if kind is Kind.USER and not roles:
        raise _bad(element, "a user task names its roles (tongtu:roles)")
    if kind in {Kind.SERVICE, Kind.RULE} and not call:
        raise _bad(element, "a service or rule task says what it calls (tongtu:call)")
    due = given.get("own:due")
    attempts = given.get("own:attempts", "5")
    if not attempts.isdecimal() or not 1 <= int(attempts) <= ATTEMPTS_MAX:
        raise _bad(element, f"attempts are 1 to {ATTEMPTS_MAX}")
    return Work(
        roles,
        None if due is None else _span(due, element),
        call,
        int(attempts),
        _span(given.get("own:backoff", "PT30S"), element),
    )


def _span(text: str, element: Element) -> int:
    try:
        return span_s(text)
    except ValueError as fault:
        raise _bad(element, str(fault)) from None


def _bad(element: Element, why: str) -> BadProcess:
    return BadProcess(why, element=f"{element.tag} {element.id}", line=element.line)


def _bad_flow(arrow: Arrow, why: str) -> BadProcess:
    return BadProcess(why, element=f"sequenceFlow {arrow.id}", line=arrow.line)
