"""What the router recommended stands only while no later offer passes its guard."""

from datetime import UTC, datetime

import pytest

from tongtu.channels.rest.remote_offers import OfferShown, still_recommended
from tongtu.funding.api import STEER_GUARD_PPM, AskState, Request

AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
DECIDED_PPM = 120_000


def shown(n, irr12):
    fields = dict.fromkeys(OfferShown.__struct_fields__, 0)
    return OfferShown(**fields | {"n": n, "irr12_percent": irr12})


def came(irr12_ppm, state=AskState.OFFERED):
    request = Request(
        0, 1, 2, 3, 4, 30, 3001, 3, "consumer_cash", "goods", 100, 12, AT, AT, 1, state, "", b""
    )
    return request, None if irr12_ppm is None else {"irr12_ppm": irr12_ppm}


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ([], 2),
        ([came(DECIDED_PPM - STEER_GUARD_PPM)], 2),
        ([came(DECIDED_PPM - STEER_GUARD_PPM - 1)], None),
        ([came(DECIDED_PPM), came(60_000)], None),
        ([came(60_000, AskState.CONTRADICTED)], 2),
        ([came(None, AskState.ASKED)], 2),
    ],
)
def test_a_later_offer_beyond_the_guard_ends_the_recommendation(remote, expected):
    offers = [shown(1, "11.90"), shown(2, "12.00")]

    assert still_recommended(offers, remote, 2) == expected


def test_where_nothing_was_recommended_nothing_is():
    assert still_recommended([shown(1, "12.00")], [came(60_000)], None) is None
