"""Process files as tests write them: nodes and flows, and the XML around them."""

from itertools import count, pairwise
from xml.sax.saxutils import escape, quoteattr

_numbers = count(1)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:tongtu="urn:tongtu:bpmn" targetNamespace="urn:test">\n'
)


class Draft:
    """A process that grows line by line; the first element stands on line 4."""

    def __init__(self, key="p", top=""):
        self.key, self.top, self.lines = key, top, []

    def node(self, tag, identifier, inner="", **attributes):
        named = {key.replace("own_", "tongtu:"): value for key, value in attributes.items()}
        text = "".join(f" {key}={quoteattr(str(value))}" for key, value in named.items())
        self.lines.append(f'<{tag} id="{identifier}"{text}>{inner}</{tag}>')
        return identifier

    def user(self, identifier, **more):
        return self.node("userTask", identifier, own_roles="clerk", **more)

    def service(self, identifier, **more):
        return self.node("serviceTask", identifier, **{"own_call": identifier, **more})

    def flow(self, source, target, condition=None, identifier=None):
        identifier = identifier or f"f{next(_numbers)}"
        inner = "" if condition is None else (
            f"<conditionExpression>{escape(condition)}</conditionExpression>"
        )  # fmt: skip
        self.lines.append(
            f'<sequenceFlow id="{identifier}" sourceRef="{source}" targetRef="{target}">'
            f"{inner}</sequenceFlow>"
        )
        return identifier

    def chain(self, *ids):
        for source, target in pairwise(ids):
            self.flow(source, target)

    def timer(self, identifier, host=None, after="PT1H", interrupts=True):
        time = f"<timerEventDefinition><timeDuration>{after}</timeDuration></timerEventDefinition>"
        if host is None:
            return self.node("intermediateCatchEvent", identifier, time)
        cancel = "true" if interrupts else "false"
        return self.node(
            "boundaryEvent", identifier, time, attachedToRef=host, cancelActivity=cancel
        )

    def sub(self, identifier, inside):
        lines = "\n".join(inside.lines)
        self.lines.append(f'<subProcess id="{identifier}">\n{lines}\n</subProcess>')
        return identifier

    def xml(self):
        body = "\n".join(self.lines)
        top = f"{self.top}\n"
        return (
            f'{HEAD}{top}<process id="{self.key}" isExecutable="true">\n{body}\n'
            "</process>\n</definitions>\n"
        ).encode()


def straight(*tasks, key="p"):
    """A start, user tasks one after another, an end."""
    draft = Draft(key)
    draft.node("startEvent", "start")
    for task in tasks:
        draft.user(task)
    draft.node("endEvent", "end")
    draft.chain("start", *tasks, "end")
    return draft
