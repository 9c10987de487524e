"""The law is broken on purpose while a loan is signed, paid out and collected: nothing happens."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tongtu.funding.api import load_book
from tongtu.journey.api import (
    SIGNED,
    DebitWorker,
    Signature,
    close_days,
    prepare_agreement,
    sign_agreement,
)
from tongtu.kernel.errors import Refused
from tongtu.policy.api import Laws, read_overlay
from tongtu.tables.api import rules_root

from .test_direct_debit import debits, indebted  # noqa: F401 - a fixture
from .test_life_of_a_loan import _arrive

DAY = date(2026, 11, 24)
LAST_SECOND = datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Shanghai
LPR = """
id = "drill"
base = "cn/2026.08"
languages = ["zh", "en"]
effective_from = 2026-11-24
"""
LPR_RULE = """
[[rule]]
id = "DRILL-LPR"
title_zh = "四倍LPR"
title_en = "Four times the LPR"
severity = "block"
points = ["contract.sign"]
when = "lender_kind == 'microloan'"
test = "irr12_ppm <= 4 * param('lpr_1y_ppm')"
reason = "cost_above_cap"
source = { label = "P", doc_no = "", date = 2026-11-24, article = "", url = "" }
"""
LPR_EXAMPLES = """
[[example]]
rule = "DRILL-LPR"
at = 2026-11-24
expect = "pass"
facts = { lender_kind = "microloan", irr12_ppm = 120000 }

[[example]]
rule = "DRILL-LPR"
at = 2026-11-25
expect = "fail"
facts = { lender_kind = "microloan", irr12_ppm = 72000 }
"""


@pytest.fixture
def listed_until_today(tmp_path):
    """A book in which the first lender's days on the white list end today."""
    root = shutil.copytree(rules_root(), tmp_path / "rules")
    path = root / "lenders.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("listed_to = 2029-12-31", f"listed_to = {DAY}", 1), "utf-8")
    return load_book(root)


def prepared(house):
    made = json.loads(house.run(prepare_agreement(house, house.caller, house.offer, house.key())))
    agreement = house.runtime.public.read("agreement", made["agreement"])
    return Signature(agreement, bytes.fromhex(made["sha256"]))


def nothing_is_signed(house):
    counts = house.fetch(
        "select (select count(*) from contracts.agreement where status = 'signed'),"
        " (select count(*) from contracts.document where kind = 'signed'),"
        " (select count(*) from payments.instruction),"
        f" (select count(*) from runtime.outbox where topic = '{SIGNED}')"
    )
    return tuple(counts[0]) == (0, 0, 0, 0) and house.steps()[-1] == "agreement_ready"


def to_instant(house, at):
    house.runtime.clock.advance(at - house.runtime.clock.now())


def test_a_white_list_that_ended_one_second_before_signing_is_refused(house, listed_until_today):
    house.book = listed_until_today
    house.read_costs()
    wanted = prepared(house)
    to_instant(house, LAST_SECOND + timedelta(seconds=1))

    # The books are still on the day before: it is the signer's clock that counts.
    with pytest.raises(Refused) as refusal:
        house.run(sign_agreement(house, house.caller, wanted, house.key()))

    assert refusal.value.code == "lender_not_listed"
    assert nothing_is_signed(house)


def test_in_the_last_second_of_the_white_list_it_is_signed(house, listed_until_today):
    house.book = listed_until_today
    house.read_costs()
    wanted = prepared(house)
    to_instant(house, LAST_SECOND)

    house.run(sign_agreement(house, house.caller, wanted, house.key()))

    assert house.steps()[-1] == "signed"


def test_the_signature_names_the_law_it_was_made_under(house):
    house.read_costs()
    house.sign()

    [row] = house.fetch(f"select payload from runtime.outbox where topic = '{SIGNED}'")
    assert json.loads(row[0])["pack"] == house.pack.hash


@pytest.fixture
def under_falling_lpr(empty_house, tmp_path):
    """A house whose microloan company keeps to four times an LPR that falls tomorrow."""
    house = empty_house
    for name, text in {
        "overlay.toml": LPR,
        "rules.toml": LPR_RULE,
        "params.csv": "name,key,value,effective_from,effective_to,label,source\n"
        "lpr_1y_ppm,*,17000,2026-11-25,2026-11-25,P,a drill\n",
        "examples/lpr.toml": LPR_EXAMPLES,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    own = house.pack.tightened(read_overlay(tmp_path))
    lender = house.book.lender(house.book.program(501).lender)
    house.laws = Laws(house.pack, {lender.id: own})  # the house itself lends under the pack alone
    house.run(_arrive(house, 501))  # the microloan company, at 7.2 %: below 12 %, above 6.8 %
    house.read_costs()
    return house


def test_an_lpr_that_fell_between_offer_and_contract_counts_at_the_contract(under_falling_lpr):
    house = under_falling_lpr
    prepared(house)
    house.run(close_days(house, DAY))
    to_instant(house, LAST_SECOND + timedelta(hours=2))
    wanted = prepared(house)

    with pytest.raises(Refused) as refusal:
        house.run(sign_agreement(house, house.caller, wanted, house.key()))

    assert refusal.value.code == "cost_above_cap"
    assert nothing_is_signed(house)


def test_the_same_contract_was_lawful_the_day_before(under_falling_lpr):
    house = under_falling_lpr

    house.run(sign_agreement(house, house.caller, prepared(house), house.key()))

    assert house.steps()[-1] == "signed"


def test_overdue_charges_above_the_cap_are_not_signed(house):
    house.read_costs()
    wanted = prepared(house)
    dear = {"overdue_cap_ppm": 100_000}
    rows = tuple(
        replace(row, value=dear[row.name]) if row.name in dear else row
        for row in house.pack.content.parameters
    )
    house.pack = type(house.pack)(replace(house.pack.content, parameters=rows))

    # 7.2 % x 1.5 = 10.8 % overdue.
    with pytest.raises(Refused) as refusal:
        house.run(sign_agreement(house, house.caller, wanted, house.key()))

    assert refusal.value.code == "overdue_above_cap"
    assert nothing_is_signed(house)


def test_at_one_second_past_ten_in_the_evening_nobody_is_asked_for_money(indebted):  # noqa: F811
    house = indebted
    today = house.runtime.clock.now().date()
    before = debits(house)
    to_instant(house, datetime(today.year, today.month, today.day, 14, 0, 1, tzinfo=UTC))
    worker = DebitWorker(house.runtime, house.pack, lambda: None)

    assert house.run(worker.step()) == 0

    assert debits(house) == before
    assert (
        house.fetch("select count(*) from payments.instruction where kind = 'collection'")[0][0]
        == 0
    )
    facts = {
        "second_of_day": 79_201,
        "channel": "debit",
        "is_third_party": False,
        "script_flags": (),
    }
    found = house.pack.evaluate("contact.out", facts, today)
    assert [one.rule for one in found] == ["COLL-01"]
