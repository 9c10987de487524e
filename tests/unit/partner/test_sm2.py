"""What goes to partners is signed by SM2 too where the platform has such a key."""

import asyncio
import hashlib
from base64 import b64decode
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongtu.funding.api import HttpLine
from tongtu.kernel import gm
from tongtu.partner.rules import sign
from tongtu.simulators.http import Said, listen

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KEY = gm.generate()


def test_a_delivery_carries_a_signature_marked_sm2_over_the_same_bytes():
    plain = sign([b"s" * 32], "ev_1", AT, b"{}")
    both = sign([b"s" * 32], "ev_1", AT, b"{}", KEY)

    assert "sm2," not in plain["webhook-signature"]
    first, second = both["webhook-signature"].split(" ")
    assert first == plain["webhook-signature"]
    text = f"ev_1.{int(AT.timestamp())}.".encode() + b"{}"
    assert second.startswith("sm2,")
    assert gm.is_sm2_signed(KEY.public, text, b64decode(second.removeprefix("sm2,")))


def test_a_question_to_a_lender_carries_it_in_a_header_of_its_own():
    heard = []

    async def answer(asked):
        heard.append(asked)
        return Said(200, b"{}")

    async def ask(key):
        server = await listen("lender", 0, answer)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        line = HttpLine(url, Ed25519PrivateKey.from_private_bytes(bytes(32)), sm2=key)
        await line.ask("rq_1", b'{"request":"rq_1"}', AT)
        await line.close()
        server.close()

    for key in (None, KEY):
        asyncio.run(ask(key))
    assert "x-tongtu-sm2" not in heard[0].headers
    name, time = heard[1].headers["x-tongtu-key"], heard[1].headers["x-tongtu-time"]
    text = _text(name, time, heard[1].body)
    assert gm.is_sm2_signed(KEY.public, text, b64decode(heard[1].headers["x-tongtu-sm2"]))


def _text(name, time, body):
    digest = hashlib.sha256(body).hexdigest()
    return f"tongtu-lender-v1\nask\n{name}\n{time}\nrq_1\n{digest}\n".encode()
