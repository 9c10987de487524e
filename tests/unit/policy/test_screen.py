"""A screen clears a case only when the point's own function finds nothing in it."""

import random
from datetime import date

import numpy as np
import pytest

from tongtu.policy.api import Pack

DAY = date(2026, 11, 24)
KINDS = ("bank", "consumer_finance", "microloan", "trust", "nobody")
PACKS = ("cn/2026.08", "us/2026.01", "eu/2026.11")


def known(kind, to=date(2029, 1, 1), payees=("guarantor",)):
    return {
        "lender_kind": kind, "listed_from": date(2025, 1, 1), "listed_to": to, "fee_payees": payees
    }  # fmt: skip


def drawn(source, count):
    def pick(*edges):
        return np.array(
            [source.choice([*edges, source.randint(0, edges[-1])]) for _ in range(count)], np.int64
        )

    return {
        "tenor_months": pick(0, 1, 36, 60, 61, 84),
        "amount_minor": pick(0, 1, 5_000_000, 20_000_000, 20_000_001),
        "exposure_minor": pick(0, 1, 19_999_999, 20_000_000),
        "irr12_ppm": pick(0, 119_999, 120_000, 140_000, 239_999, 240_000, 240_001, 400_000),
    }


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_screen_clears_has_no_finding(pack, kind):
    pack, source, count = Pack.load(pack), random.Random(kind), 400
    columns = drawn(source, count)
    screen = pack.screen_for("offer.build", DAY, known(kind))
    check = pack.compile_for("offer.build", DAY, known(kind))

    unseen = screen(columns, count)

    rows = [
        dict(zip(columns, row, strict=True))
        for row in zip(*map(list, columns.values()), strict=True)
    ]
    found = [bool(check({name: int(one) for name, one in row.items()})) for row in rows]
    assert not any(
        is_found and not is_unseen for is_found, is_unseen in zip(found, unseen, strict=True)
    )
    if pack.id == "cn/2026.08" and kind != "nobody":
        assert unseen.tolist() == found  # here it sees all there is to see


def test_a_screen_that_lacks_a_fact_or_gets_another_type_or_too_large_a_number_clears_nobody():
    pack = Pack.load("cn/2026.08")
    good = {
        "tenor_months": np.array([12]), "amount_minor": np.array([1_000_000]),
        "exposure_minor": np.array([0]), "irr12_ppm": np.array([100_000]),
    }  # fmt: skip
    screen = pack.screen_for("offer.build", DAY, known("bank"))
    assert not screen(good, 1).any()

    for name in good:
        assert screen({one: good[one] for one in good if one != name}, 1).all()
        assert screen({**good, name: good[name].astype(np.float64)}, 1).all()
    assert screen({**good, "exposure_minor": np.array([2**62])}, 1).all()


def test_a_program_that_no_longer_stands_on_the_list_is_never_cleared():
    pack = Pack.load("cn/2026.08")

    screen = pack.screen_for("offer.build", DAY, known("bank", to=date(2026, 11, 23)))

    assert screen({}, 3).tolist() == [True] * 3


def test_programs_the_law_reads_alike_share_a_screen():
    pack = Pack.load("cn/2026.08")
    one, same, other = (
        pack.screen_for("offer.build", DAY, known(kind, payees=payees))
        for kind, payees in (("bank", ()), ("bank", ("guarantor",)), ("trust", ()))
    )

    assert one is same
    assert other is not one
