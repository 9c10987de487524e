import pytest
from tests.drafts import Draft, straight

from tongtu.process.rules.compiler import compile_process
from tongtu.process.rules.condition import BadFactOfCase, condition
from tongtu.process.rules.duration import span_s
from tongtu.process.rules.fault import BadProcess


def refused(source):
    with pytest.raises(BadProcess) as caught:
        compile_process(source if isinstance(source, bytes) else source.xml())
    return caught.value.line, caught.value.element


def with_line(tag, inner="", **attributes):
    """A process whose third element (line 7) is the one in question."""
    draft = Draft()
    draft.node("startEvent", "s")
    draft.node("endEvent", "e")
    draft.node(tag, "odd", inner, **attributes)
    draft.chain("s", "odd", "e")
    return draft


LOOP = "<multiInstanceLoopCharacteristics/>"
TIMER = "<timerEventDefinition>{}</timerEventDefinition>"


@pytest.mark.parametrize(
    ("draft", "element"),
    [
        (with_line("scriptTask", "<script>1</script>"), "scriptTask odd"),
        (with_line("complexGateway"), "complexGateway odd"),
        (with_line("callActivity", calledElement="x"), "callActivity odd"),
        (with_line("userTask", LOOP, own_roles="clerk"), "multiInstanceLoopCharacteristics"),
        (with_line("userTask", own_roles="clerk", isForCompensation="true"), "userTask odd"),
        (with_line("userTask", own_rolls="clerk"), "userTask odd"),
        (with_line("userTask"), "userTask odd"),
        (with_line("serviceTask"), "serviceTask odd"),
        (with_line("serviceTask", own_call="a", own_attempts="0"), "serviceTask odd"),
        (with_line("userTask", own_roles="clerk", own_due="P1M"), "userTask odd"),
        (with_line("subProcess", triggeredByEvent="true"), "subProcess odd"),
        (with_line("receiveTask", messageRef="none"), "receiveTask odd"),
        (with_line("intermediateCatchEvent", "<signalEventDefinition/>"), "signalEventDefinition"),
        (with_line("intermediateCatchEvent", TIMER.format("<timeCycle>R3/PT1H</timeCycle>")),
         "timeCycle"),
        (with_line("intermediateCatchEvent", TIMER.format("<timeDuration>1h</timeDuration>")),
         "intermediateCatchEvent odd"),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_refused_by_element_and_line(draft, element):
    assert refused(draft) == (7, element)


@pytest.mark.parametrize(
    "text",
    ["open('x')", "x.y > 1", "a if b else c", "[1][0] == 1", "x > y > z", "f'{x}' == 'a'", "x",
     "1 == 1 or (lambda: 1)", "x is 1", "x ** 9 > 1", "x == None", "x in [y]", "(" * 200, ""],
)  # fmt: skip
def test_a_condition_can_call_and_reach_nothing(text):
    if text == "x":  # a bare fact is a condition: of whether it is true
        assert condition(text)({"x": True}) is True
        with pytest.raises(BadFactOfCase):
            condition(text)({"x": 1})
        return
    draft = straight("a", "b")
    draft.node("exclusiveGateway", "g", default="d")
    draft.flow("g", "a", text)
    with pytest.raises(BadProcess, match=r"line \d+: sequenceFlow|has only|no flow"):
        compile_process(draft.xml())
    with pytest.raises(ValueError):
        condition(text)


@pytest.mark.parametrize(
    ("text", "facts", "answer"),
    [
        ('channel in ["web", "app"] and not late', {"channel": "app", "late": False}, True),
        ("amount_minor + 5 * 2 >= 110", {"amount_minor": 100}, True),
        ("amount_minor - 1 > 100 or vip == true", {"amount_minor": 100, "vip": False}, False),
        ('channel not in ["web"]', {"channel": "web"}, False),
        ("score < -1.5", {"score": -2}, True),
    ],
)
def test_a_condition_answers(text, facts, answer):
    assert condition(text)(facts) is answer


BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE d [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&b;</definitions>"""
DEEP = b"<definitions>" + b"<a>" * 200 + b"</a>" * 200 + b"</definitions>"
WIDE = (
    b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">'
    + b"<a/>" * 10_001
    + b"</definitions>"
)


@pytest.mark.parametrize(
    "source",
    [BOMB, DEEP, WIDE, b" " * 1_000_001, b"\xff\xfe<", b"<a", b"", b"<definitions/>",
     b'<?xml version="1.0" encoding="UTF-16"?><a/>'],
)  # fmt: skip
def test_a_hostile_file_is_refused_before_anything_is_made_of_it(source):
    with pytest.raises(BadProcess):
        compile_process(source)


def test_the_version_is_the_content_and_not_the_comments_in_it():
    source = straight("a").xml()

    same = compile_process(source.replace(b"<userTask", b"<!-- a note --><userTask"))
    other = compile_process(source.replace(b"clerk", b"operator"))

    assert same.hash == compile_process(source).hash != other.hash


def test_a_flow_that_crosses_a_border_and_an_error_that_nobody_catches_are_refused():
    crossing = straight("a")
    inside = straight("in")
    crossing.sub("sub", Draft())
    crossing.lines[-1] = '<subProcess id="sub">\n' + "\n".join(
        line.replace('id="', 'id="i_').replace('Ref="', 'Ref="i_') for line in inside.lines
    ) + "\n</subProcess>"  # fmt: skip
    crossing.flow("a", "i_in", identifier="wrong")
    assert refused(crossing)[1] == "sequenceFlow wrong"

    thrown = Draft(top='<error id="x" errorCode="X"/>')
    thrown.node("startEvent", "s")
    thrown.node("endEvent", "e", '<errorEventDefinition errorRef="x"/>')
    thrown.chain("s", "e")
    assert refused(thrown) == (6, "endEvent e")


def test_spans_have_days_hours_minutes_and_seconds():
    assert [span_s(text) for text in ("P1D", "PT1H30M", "P2DT5S")] == [86_400, 5_400, 172_805]
    for wrong in ("P", "PT", "P1Y", "1H", "-PT1H", "P1W"):
        with pytest.raises(ValueError):
            span_s(wrong)
