"""An application's values come to the lane each under its own name."""

from types import SimpleNamespace

from tongtu.channels.rest.apply import APPLICATION, FactsStated, begin
from tongtu.identity.api import Caller, CommandKey, Role
from tongtu.kernel.clock import FixedClock
from tongtu.kernel.ids import IdSource
from tongtu.origination.api import Declared
from tongtu.runtime.api import Keys, SystemEntropy

BODY = b"""{"product":"consumer_cash","amount_minor":101,"tenor_months":12,"purpose":"goods",
"device":"device-1","facts":{"income_minor":1,"expenses_minor":2,"assets_minor":3,"debt_minor":4,
"price_minor":5,"seniority_years":6,"home":"owner","job":"fixed","records":true}}"""
SUBJECT = 7 << 22


class Lane:
    """Gives back what it is handed."""

    def enqueue(self, request):
        return request


def test_what_a_person_states_stands_in_the_order_of_what_is_declared():
    assert FactsStated.__struct_fields__ == Declared._fields


def test_every_value_of_an_application_reaches_the_lane_under_its_name():
    entropy, clock = SystemEntropy(), FixedClock()
    keys = Keys(b"k" * 32, entropy)
    runtime = SimpleNamespace(
        keys=keys, clock=clock, entropy=entropy,
        ids=IdSource(lambda: int(clock.now().timestamp() * 1000)),
    )  # fmt: skip
    parts = SimpleNamespace(runtime=runtime, decisions=Lane(), bureau=None, informants={})

    asked = begin(
        parts, Caller(Role.BORROWER, SUBJECT, 0, 0), CommandKey("key-1", b"h" * 32),
        APPLICATION.read(BODY), "8.8.8.8",
    )  # fmt: skip

    assert asked.declared == Declared(
        income_minor=1, expenses_minor=2, assets_minor=3, debt_minor=4, price_minor=5,
        seniority_years=6, home="owner", job="fixed", records=True,
    )  # fmt: skip
    assert (asked.caller, asked.party, asked.key, asked.body_hash) == (
        SUBJECT, SUBJECT, "key-1", b"h" * 32,
    )  # fmt: skip
    assert (asked.product, asked.amount_minor, asked.tenor_months, asked.purpose) == (
        "consumer_cash", 101, 12, "goods",
    )  # fmt: skip
    assert asked.device_hash == keys.hash64("device", "device-1")
    assert asked.ip_hash == keys.hash64("ip", "8.8.8.8")
    assert 0 < asked.application < asked.decision
    assert len(asked.salt) == 16
    assert (asked.submitted_at, asked.received_s) == (clock.now(), clock.monotonic_s())
