"""Reads a BPMN 2.0 file: bounded, no entities, nothing fetched; says where what is foreign stands.

The drawing (BPMNDI), names, notes and lanes are kept in the file and not read. Everything else that
is not in the tables below is refused: what an engine leaves out in silence is done by nobody.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from tongtu.process.rules.fault import BadProcess

BYTES_MAX = 1_000_000
DEPTH_MAX = 24
ELEMENTS_MAX = 10_000
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DRAWING = "{http://www.omg.org/spec/BPMN/20100524/DI}"
OWN = "{urn:tongtu:bpmn}"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_OTHER_ENCODING = re.compile(r"^<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)

# Which attributes an element may carry beside id and name; None: any value, else the only one.
_ANY: dict[str, str | None] = {}
_TASK = {"default": None, "isForCompensation": "false", "startQuantity": "1",
         "completionQuantity": "1"}  # fmt: skip
_GATE = {"default": None, "gatewayDirection": None}
NODES: Mapping[str, Mapping[str, str | None]] = {
    "startEvent": {"isInterrupting": "true", "parallelMultiple": "false"},
    "endEvent": _ANY,
    "task": _TASK,
    "userTask": _TASK,
    "serviceTask": _TASK,
    "businessRuleTask": _TASK,
    "receiveTask": {**_TASK, "messageRef": None, "instantiate": "false"},
    "intermediateCatchEvent": {"parallelMultiple": "false"},
    "intermediateThrowEvent": _ANY,
    "boundaryEvent": {"attachedToRef": None, "cancelActivity": None, "parallelMultiple": "false"},
    "exclusiveGateway": _GATE,
    "parallelGateway": _GATE,
    "inclusiveGateway": _GATE,
    "subProcess": {**_TASK, "triggeredByEvent": "false"},
}
_DEFINITIONS: Mapping[str, Mapping[str, str | None]] = {
    "timerEventDefinition": _ANY,
    "messageEventDefinition": {"messageRef": None},
    "errorEventDefinition": {"errorRef": None},
    "terminateEventDefinition": _ANY,
}
_TIMES = {"timeDuration", "timeDate"}
# Drawn or written for people; nothing of it is walked.
_WORDS = {"documentation", "textAnnotation", "association", "group", "laneSet", "incoming",
          "outgoing", "category"}  # fmt: skip
_OWN_ATTRIBUTES: Mapping[str, set[str]] = {
    "process": {"due"},
    "userTask": {"roles", "due"},
    "serviceTask": {"call", "attempts", "backoff", "due"},
    "businessRuleTask": {"call", "due"},
    "receiveTask": {"correlate", "due"},
    "intermediateCatchEvent": {"correlate", "due"},
    "boundaryEvent": {"correlate"},
    "subProcess": {"due"},
}


@dataclass(frozen=True, slots=True)
class Element:
    """A node as written: its tag, attributes, event definition, and the subprocess it stands in."""

    id: str
    name: str
    tag: str
    line: int
    parent: str
    attributes: Mapping[str, str]
    event: str = ""
    event_ref: str = ""
    time: tuple[str, str] | None = None  # (timeDuration | timeDate, text)


@dataclass(frozen=True, slots=True)
class Arrow:
    """A sequence flow as written."""

    id: str
    line: int
    parent: str
    source: str
    target: str
    condition: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read whole."""

    key: str
    name: str
    hash: str
    due: str | None
    elements: tuple[Element, ...]
    arrows: tuple[Arrow, ...]
    messages: Mapping[str, str]
    errors: Mapping[str, str]


def read_document(source: bytes) -> Document:
    """Return what a BPMN file says.

    Raises:
        BadProcess: too large, too deep, not XML, or with something this engine does not run.
    """
    root = _parse(source)
    if root.tag != f"{BPMN}definitions":
        raise _bad(root, "the outermost element is not BPMN's definitions")
    process: etree._Element | None = None
    named: dict[str, dict[str, str]] = {"message": {}, "error": {}}
    for child in _children(root):
        tag = _tag(child)
        if tag == "process":
            if process is not None:
                raise _bad(child, "a file holds one process")
            process = child
        elif tag in named:
            named[tag][child.get("id", "")] = child.get(_NAMED_BY[tag], "")
        elif tag not in _WORDS and child.tag != f"{DRAWING}BPMNDiagram":
            raise _bad(child, "not supported")
    if process is None:
        raise _bad(root, "there is no process in the file")
    _check(process, {"isExecutable": "true", "isClosed": "false", "processType": None})
    if not process.get("id"):
        raise _bad(process, "has no id")
    reading = _Reading([], [], set())
    reading.scope(process, "")
    return Document(
        process.get("id", ""),
        process.get("name", ""),
        _hash(root),
        process.get(f"{OWN}due"),
        tuple(reading.elements),
        tuple(reading.arrows),
        named["message"],
        named["error"],
    )


def _hash(root: etree._Element) -> str:
    """Return 128 bits of the content's SHA-256: it stands in the row of every case."""
    canonical = etree.tostring(root, method="c14n", with_comments=False)
    return hashlib.sha256(canonical).hexdigest()[:32]


_NAMED_BY = {"message": "name", "error": "errorCode"}


def _parse(source: bytes) -> etree._Element:
    if len(source) > BYTES_MAX:
        raise BadProcess(f"a process file has at most {BYTES_MAX} bytes")
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError:
        raise BadProcess("a process file is UTF-8") from None
    if _OTHER_ENCODING.match(text.lstrip("\ufeff")):
        raise BadProcess("a process file is UTF-8")
    for banned in ("<!DOCTYPE", "<!ENTITY"):
        if banned in text:
            line = text[: text.index(banned)].count("\n") + 1
            raise BadProcess(
                "document types and entities are refused", element=banned[2:], line=line
            )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, remove_comments=True, remove_pis=True, recover=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as fault:
        raise BadProcess(f"not XML: {fault.msg}", element="file", line=fault.lineno or 1) from None
    _measure(root)
    return root


def _measure(root: etree._Element) -> None:
    level, seen = [root], 0
    for depth in range(DEPTH_MAX + 1):
        seen += len(level)
        if seen > ELEMENTS_MAX:
            raise BadProcess(f"a process file has at most {ELEMENTS_MAX} elements")
        level = [child for parent in level for child in parent]
        if not level:
            return
        if depth == DEPTH_MAX:
            raise _bad(level[0], f"deeper than {DEPTH_MAX} levels")


@dataclass(slots=True)
class _Reading:
    """What was found so far; ids are unique in a file."""

    elements: list[Element]
    arrows: list[Arrow]
    ids: set[str]

    def scope(self, holder: etree._Element, parent: str) -> None:
        for child in _children(holder):
            tag = _tag(child)
            if tag in _WORDS or tag in _DEFINITIONS:
                continue
            if tag == "sequenceFlow":
                self._note(child)
                self.arrows.append(_arrow(child, parent))
            elif tag in NODES:
                self._note(child)
                self.elements.append(_element(child, tag, parent))
                if tag == "subProcess":
                    self.scope(child, child.get("id", ""))
            else:
                raise _bad(child, "not supported")

    def _note(self, child: etree._Element) -> None:
        identifier = child.get("id", "")
        if not identifier or not re.fullmatch(r"[A-Za-z_][\w.-]{0,79}", identifier, re.ASCII):
            raise _bad(child, "has no id of letters, digits, _ . - (80 at most)")
        if identifier in self.ids:
            raise _bad(child, "its id stands twice")
        self.ids.add(identifier)


def _element(child: etree._Element, tag: str, parent: str) -> Element:
    _check(child, NODES[tag])
    event, reference, time = _event(child, tag)
    return Element(
        child.get("id", ""),
        " ".join(child.get("name", "").split()),
        tag,
        _line(child),
        parent,
        {str(key).replace(OWN, "own:"): str(value) for key, value in child.attrib.items()},
        event,
        reference,
        time,
    )


def _event(child: etree._Element, tag: str) -> tuple[str, str, tuple[str, str] | None]:
    """Return what an event waits for or throws: (kind, reference, time)."""
    found: list[tuple[str, str, tuple[str, str] | None]] = []
    for inner in _children(child):
        name = _tag(inner)
        if name in _DEFINITIONS and tag.endswith("Event"):
            _check(inner, _DEFINITIONS[name])
            reference = inner.get("messageRef") or inner.get("errorRef") or ""
            found.append((name, reference, _time(inner)))
        elif name not in _WORDS and tag != "subProcess":
            raise _bad(inner, f"not supported in {tag}")
    if len(found) > 1:
        raise _bad(child, "an event has one definition")
    return found[0] if found else ("", "", None)


def _time(definition: etree._Element) -> tuple[str, str] | None:
    times: list[tuple[str, str]] = []
    for inner in _children(definition):
        if _tag(inner) not in _TIMES or _tag(definition) != "timerEventDefinition":
            raise _bad(inner, "not supported")
        _check(inner, _ANY)
        times.append((_tag(inner), (inner.text or "").strip()))
    if len(times) > 1:
        raise _bad(definition, "a timer has one time")
    return times[0] if times else None


def _arrow(child: etree._Element, parent: str) -> Arrow:
    _check(child, {"sourceRef": None, "targetRef": None, "isImmediate": "true"})
    condition: str | None = None
    for inner in _children(child):
        if _tag(inner) == "conditionExpression":
            _check(inner, _ANY)
            condition = (inner.text or "").strip()
        elif _tag(inner) not in _WORDS:
            raise _bad(inner, "not supported")
    return Arrow(
        child.get("id", ""),
        _line(child),
        parent,
        child.get("sourceRef", ""),
        child.get("targetRef", ""),
        condition,
    )


def _check(element: etree._Element, allowed: Mapping[str, str | None]) -> None:
    """Refuse an attribute that would be left out in silence."""
    own = _OWN_ATTRIBUTES.get(_tag(element), set())
    for key, value in element.attrib.items():
        name = str(key)
        if name in {"id", "name", _TYPE} or (name.startswith(OWN) and name[len(OWN) :] in own):
            continue
        if name not in allowed or allowed[name] not in {None, value}:
            raise _bad(element, f"{name}={str(value)[:40]!r} is not supported")


def _children(element: etree._Element) -> Iterator[etree._Element]:
    for child in element:
        if isinstance(child.tag, str):
            yield child


def _tag(element: etree._Element) -> str:
    """Return the name of a BPMN element; the whole name of any other."""
    return str(element.tag).removeprefix(BPMN)


def _line(element: etree._Element) -> int:
    line: Any = element.sourceline
    return int(line or 0)


def _bad(element: etree._Element, why: str) -> BadProcess:
    named = _tag(element).rpartition("}")[2]
    identifier = element.get("id")
    return BadProcess(
        why, element=f"{named} {identifier}" if identifier else named, line=_line(element) or 1
    )
