"""Processes over HTTP: published by two persons, worked by those whose task it is, held and moved."""

from datetime import timedelta

import pytest
from tests.drafts import Draft, straight

from tongtu.identity.api import Role
from tongtu.journey.api import ProcessClock, seed_processes

from .conftest import new_key


@pytest.fixture
def desk(api, staff):
    """Say what staff do; return the answer's status and body."""

    class Desk:
        def __init__(self):
            self.tokens = {}

        def token(self, name):
            if name not in self.tokens:
                self.tokens[name] = staff(Role(name))
            return self.tokens[name]

        def get(self, who, path):
            return api.get(path, self.token(who)).json()

        def post(self, who, path, body=None, key=None, status=201):
            answer = api.send("POST", path, token=self.token(who), body=body, key=key or new_key())
            assert answer.status_code == status, answer.text
            return answer.json()

        def publish(self, draft):
            saved = self.post("analyst", "/v1/processes", {"source": draft.xml().decode()})
            path = f"/v1/processes/{saved['hash']}/publication"
            proposed = self.post("analyst", path)
            allowing = f"/v1/operations/process-publications/{proposed['approval']}/approval"
            assert self.post("analyst", allowing, status=403)["code"] == "own_work"
            return self.post("operator", allowing)["hash"]

        def tick(self, **span):
            api.parts.runtime.clock.advance(timedelta(**span))
            return api.run(ProcessClock(api.parts.processes).step())

    api.run(seed_processes(api.parts.runtime))
    return Desk()


def test_a_complaint_is_worked_from_its_receipt_to_its_answer_within_the_law(desk):
    body = {"process": "complaint", "facts": {"clock": "review", "complaint": "c1"}}
    key = new_key()
    case = desk.post("clerk", "/v1/process-cases", body, key)
    assert (case["step"], [one["node"] for one in case["opened"]]) == ("sort", ["sort"])
    assert desk.post("clerk", "/v1/process-cases", body, key) == case

    (task,) = desk.get("clerk", "/v1/process-tasks")["items"]
    assert (task["case"], task["node"], task["is_overdue"]) == (case["case"], "sort", False)
    done = f"/v1/process-cases/{case['case']}/tasks/{{}}/completion"
    topic = {"facts": {"topic": "money"}}
    assert desk.post("analyst", done.format(task["token"]), topic, status=403)
    stands = desk.post("clerk", done.format(task["token"]), topic)
    assert stands["step"] == "money"
    assert (
        desk.post("clerk", done.format(task["token"]), topic, status=409)["code"] == "not_waiting"
    )

    stands = desk.post("operator", done.format(stands["opened"][0]["token"]), {"facts": {}})
    assert stands["step"] == "reply"
    assert desk.tick(days=6) == 1  # the law's day is near
    shown = desk.get("operator", f"/v1/process-cases/{case['case']}")
    assert sorted(one["node"] for one in shown["tasks"]) == ["reply", "warn"]
    reply = next(one for one in shown["tasks"] if one["node"] == "reply")
    assert reply["is_overdue"]
    desk.post("clerk", done.format(reply["token"]), {"facts": {}})

    history = desk.get("analyst", f"/v1/process-cases/{case['case']}/history")["items"]
    assert [one["node"] for one in history] == [
        "start", "clock", "receipt", "sort", "about", "money", "reply_warn", "reply", "send",
    ]  # fmt: skip
    measured = desk.get("regulator", "/v1/process-measures/complaint")
    assert (measured["running"], measured["costliest"]) == (1, "reply")


def test_two_persons_publish_and_a_running_case_moves_when_an_operator_says_so(desk):
    first = desk.publish(straight("a", "b", key="own"))
    case = desk.post("clerk", "/v1/process-cases", {"process": "own", "facts": {}})
    second = desk.publish(straight("a", "c", key="own"))
    path = f"/v1/process-cases/{case['case']}"
    assert desk.get("clerk", path)["version"] == first

    moving = {"version": second, "nodes": {}}
    assert desk.post("clerk", f"{path}/migration", moving, status=403)
    desk.post("operator", f"{path}/suspension")
    done = f"{path}/tasks/{case['opened'][0]['token']}/completion"
    assert desk.post("clerk", done, {"facts": {}}, status=409)["code"] == "case_suspended"
    desk.post("operator", f"{path}/migration", moving)
    desk.post("operator", f"{path}/resumption")

    assert desk.post("clerk", done, {"facts": {}})["step"] == "c"
    listed = {
        one["hash"]: one["is_in_force"] for one in desk.get("clerk", "/v1/processes")["items"]
    }
    assert (listed[first], listed[second]) == (False, True)
    assert desk.get("clerk", f"/v1/processes/{second}/file")["source"].startswith("<?xml")


def test_a_file_that_cannot_be_run_is_refused_by_element_and_line(desk):
    draft = straight("a")
    draft.node("scriptTask", "odd")
    odd = {"source": draft.xml().decode()}
    unbound = Draft()
    unbound.node("startEvent", "s")
    unbound.service("launch_rockets")
    unbound.node("endEvent", "e")
    unbound.chain("s", "launch_rockets", "e")

    told = desk.post("analyst", "/v1/processes", odd, status=422)
    assert (told["code"], told["fields"]) == (
        "bad_process",
        {"element": "scriptTask odd", "line": "10"},
    )
    told = desk.post("analyst", "/v1/processes", {"source": unbound.xml().decode()}, status=422)
    assert told["fields"]["element"] == "service launch_rockets"
    lane = {"process": "origination", "facts": {}}
    assert desk.post("clerk", "/v1/process-cases", lane, status=409)["code"] == "case_of_lane"
    nobody = {"message": "document_in", "about": "ap_1", "facts": {}}
    assert desk.post("clerk", "/v1/process-messages", nobody, status=404)["code"] == "not_found"
