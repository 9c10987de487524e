"""The steps of a person's way, in order. Whoever brings a further step adds it to STEPS."""

from __future__ import annotations

import base64
import itertools
import time
from collections.abc import Callable
from typing import Any

import httpx

from tongtu.simulators.cards.camera import shot_of, take
from tongtu.simulators.cards.card import draw_back, draw_front
from tongtu.simulators.cards.people import holder
from tongtu.simulators.cards.selfie import follow

PHONE = "14412300001"
LINES_UP_S = 60.0


class Traveller:
    """A person with a telephone, their card and their face; keeps what the last answer said."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.url = str(client.base_url)
        self.kept: dict[str, Any] = {}  # what later steps need of earlier ones
        self._keys = itertools.count(1)
        self.holder = holder(8)
        self.front = take(draw_front(self.holder, self.holder.number), shot_of(8))
        self.back = take(draw_back(self.holder), shot_of(4))
        self.token = ""
        self.case = ""
        self.failed = False

    def ask(self, method: str, path: str, body: Any = None, picture: bytes | None = None) -> Any:
        headers = {"idempotency-key": f"step-{next(self._keys):08d}"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        if picture is None:
            answer = self._client.request(method, path, json=body, headers=headers)
        else:
            headers["content-type"] = "image/jpeg"
            answer = self._client.request(method, path, content=picture, headers=headers)
        if answer.is_error:
            self.failed = True
            return {"failed": answer.text}
        return answer.json()

    def bytes(self, path: str) -> bytes | None:
        """Return a file of the person's own; None while there is none."""
        headers = {"authorization": f"Bearer {self.token}"}
        answer = self._client.get(path, headers=headers)
        return answer.content if answer.is_success else None


def sign_in(who: Traveller) -> str:
    challenge = who.ask("POST", "/v1/sign-in/codes", {"phone": PHONE})["challenge"]
    (message,) = who.ask("GET", f"/v1/demo/inbox?phone={PHONE}")["messages"]
    told = who.ask("POST", "/v1/sign-in", {"challenge": challenge, "code": message["code"]})
    who.token = told["token"]
    return "signed in"


def consent(who: Traveller) -> str:
    version = who.ask("GET", "/v1/consent-texts")["version"]
    grants = [{"scope": one} for one in ("identity_check", "automated_decision", "face")]
    told = who.ask("POST", "/v1/me/consents", {"grants": grants, "version": version})
    return f"{len(told.get('consents', []))} consents, each for itself"


def read_card(who: Traveller) -> str:
    read = who.ask("POST", "/v1/me/card-readings/id_front", picture=who.front)
    is_right = (read.get("name"), read.get("number")) == (who.holder.name, who.holder.number)
    who.failed |= not is_right
    return "name and number as drawn" if is_right else str(read)


def identify(who: Traveller) -> str:
    shown = {"name": who.holder.name, "resident_id": who.holder.number}
    return f"identified: {who.ask('PUT', '/v1/me/identity', shown).get('is_identified')}"


def open_case(who: Traveller) -> str:
    body = {"channel": "web", "is_student": False, "has_source_of_funds": False}
    until = time.monotonic() + LINES_UP_S
    while True:  # the lines to the outside come up beside the start
        told = who.ask("POST", "/v1/verifications", body)
        if who.failed or "face" in told["ways"] or time.monotonic() > until:
            break
        time.sleep(0.2)
    who.case = f"/v1/verifications/{told.get('verification')}"
    return ", ".join(told.get("ways", []))


def show_card(who: Traveller) -> str:
    who.ask("POST", f"{who.case}/cards/id_front", picture=who.front)
    told = who.ask("POST", f"{who.case}/cards/id_back", picture=who.back)
    return f"{len(told.get('done', []))} sides sealed and compared"


def check_register(who: Traveller) -> str:
    who.ask("POST", f"{who.case}/register-checks", {"service": "three_elements"})
    return "three elements compared by the simulated verifier"


def check_phone(who: Traveller) -> str:
    who.ask("POST", f"{who.case}/phone-checks", {"device_token": "device-1"})
    return "number in the device, SIM not fresh (simulated operator)"


def show_face(who: Traveller) -> str:
    drawn = who.ask("POST", f"{who.case}/challenge")
    frames = follow(who.holder.number, drawn["actions"])
    told = [base64.b64encode(frame).decode() for frame in frames]
    who.ask("POST", f"{who.case}/face", {"challenge": drawn["challenge"], "frames": told})
    return " ".join(drawn["actions"])


def conclude(who: Traveller) -> str:
    told = who.ask("POST", f"{who.case}/conclusion")
    # A face that was not seen to follow would leave the person at level 1.
    who.failed |= (told.get("state"), told.get("level")) != ("passed", 2)
    return f"{told.get('state')}, level {told.get('level')}"


STEPS: list[tuple[str, Callable[[Traveller], str]]] = [
    ("sign in", sign_in),
    ("consents", consent),
    ("card read (OCR, model loaded first)", read_card),
    ("name and number stated", identify),
    ("case opened", open_case),
    ("card shown, both sides (OCR)", show_card),
    ("register", check_register),
    ("operator", check_phone),
    ("face: challenge, four frames, card's portrait", show_face),
    ("verdict", conclude),
]
