"""Other countries' packs run: their yearly cost, caps, letters, clocks; two laws on one contract."""

import shutil
from datetime import date
from decimal import Decimal

import pytest

from tongtu.kernel.errors import Broken
from tongtu.policy.api import BadPack, Pack, Severity, Shelf, pack_root
from tongtu.terms.api import Flow

TODAY = date(2026, 11, 24)
LATER = date(2026, 12, 1)
ONE_PAYMENT = [Flow(date(2026, 1, 1), Decimal(1000)), Flow(date(2027, 1, 1), Decimal(-1100))]
# 10,000 in twelve equal instalments: the flow on which conventions part.
MONTHLY = [Flow(0, Decimal(10_000)), *(Flow(nr, Decimal("-938.49")) for nr in range(1, 13))]


@pytest.fixture(scope="module")
def packs():
    return {name: Pack.load(name) for name in ("cn/2026.08", "us/2026.01", "eu/2026.11")}


@pytest.fixture
def us(packs):
    return packs["us/2026.01"]


@pytest.fixture
def eu(packs):
    return packs["eu/2026.11"]


def rules_of(findings):
    return [one.rule for one in findings]


def test_packs_of_other_countries_say_that_they_are_illustrative(packs):
    assert {name: pack.is_illustrative for name, pack in packs.items()} == {
        "cn/2026.08": False,
        "us/2026.01": True,
        "eu/2026.11": True,
    }


def test_each_pack_takes_the_yearly_cost_its_own_way_from_the_same_kind_of_flow(packs, us, eu):
    dated = [Flow(date(2026, 1 + nr, 1), flow.amount) for nr, flow in enumerate(MONTHLY[:12])]
    dated.append(Flow(date(2027, 1, 1), MONTHLY[12].amount))

    assert packs["cn/2026.08"].yearly_costs(MONTHLY) == {
        "irr_monthly_x12": Decimal("22.53"),
        "irr_compound": Decimal("25.01"),
    }
    assert us.yearly_costs(dated) == {"us.regz_actuarial": Decimal("22.53")}
    assert eu.yearly_costs(dated) == {"eu.aprc": Decimal("25.0")}
    assert eu.yearly_costs(ONE_PAYMENT) == {"eu.aprc": Decimal("10.0")}


def test_a_pack_whose_method_misses_a_published_cost_is_not_loaded(tmp_path):
    folder = copied("eu/2026.11", tmp_path)
    method = folder / "method.toml"
    method.write_text(method.read_text().replace('"eu.aprc"', '"us.regz_actuarial"'))

    with pytest.raises(BadPack, match=r"98/7/EC B 4.*us\.regz_actuarial"):
        Pack.load(folder)


@pytest.mark.parametrize(
    ("apr_ppm", "state", "found"),
    [
        (160_000, "NY", []),
        (160_001, "NY", ["PRICE-01"]),
        (350_000, "UT", []),
        (360_001, "UT", ["PRICE-01"]),
    ],
)
def test_the_cap_is_that_of_the_borrowers_state(us, apr_ppm, state, found):
    facts = {"apr_ppm": apr_ppm, "state": state, "is_covered_servicemember": False}

    assert rules_of(us.evaluate("offer.build", facts, TODAY)) == found


def creditor(action, **facts):
    return {
        "creditor_action": action,
        "is_credit_of_another_accepted": False,
        "is_counteroffer_accepted": False,
        "is_materially_worse": False,
        "completed_on": TODAY,
        "counteroffer_on": date(2026, 11, 25),
        "decided_on": TODAY,
    } | facts


def test_one_notice_names_every_creditor_that_said_no_within_thirty_days(us):
    senders = [creditor("declined"), creditor("approved"), creditor("declined")]

    (owed,) = us.owed(senders, TODAY)

    assert (owed.letter, owed.senders, owed.due_on) == (
        "adverse_action",
        (0, 2),
        date(2026, 12, 24),
    )
    text = us.letter(
        "adverse_action", "en",
        {"creditors": "First Bank, Third Bank", "reasons": "Length of employment", "agency": "the CFPB"},
    )  # fmt: skip
    assert text.startswith("Notice of action taken on behalf of: First Bank, Third Bank.")


def test_who_accepts_one_creditors_offer_is_owed_no_notice_by_the_others(us):
    accepted = {"is_credit_of_another_accepted": True}

    assert (
        us.owed([creditor("declined", **accepted), creditor("declined", **accepted)], TODAY) == ()
    )


def test_a_counteroffer_that_is_not_taken_is_owed_a_notice_within_ninety_days(us):
    (owed,) = us.owed([creditor("counteroffer")], TODAY)

    assert (owed.letter, owed.due_on) == ("counteroffer", date(2027, 2, 23))
    assert us.owed([creditor("counteroffer", is_counteroffer_accepted=True)], TODAY) == ()


def test_materially_worse_terms_come_with_a_notice_of_their_own(us):
    (owed,) = us.owed([creditor("approved", is_materially_worse=True)], TODAY)

    assert (owed.letter, owed.due_on) == ("risk_based_pricing", TODAY)


def test_a_notice_counts_as_owed_until_the_missing_fact_is_known(us):
    facts = creditor("declined")
    del facts["is_credit_of_another_accepted"]

    owed = {one.letter: one for one in us.owed([facts], TODAY)}

    assert owed["adverse_action"].missing == ("is_credit_of_another_accepted",)
    assert owed["adverse_action"].due_on == date(2026, 12, 24)


def test_a_letter_without_a_field_the_law_asks_for_is_not_written(us):
    with pytest.raises(Broken, match="lacks agency"):
        us.letter("adverse_action", "en", {"creditors": "A", "reasons": "B", "agency": ""})


@pytest.mark.parametrize("code", ["score_low", "internal_standards"])
def test_that_a_score_was_not_reached_is_no_reason(us, code):
    facts = {"outcome": "declined", "reasons": ("debt_high", code)}

    assert rules_of(us.evaluate("decision.final", facts, TODAY)) == ["ADV-01"]


def test_records_of_an_application_are_kept_for_25_months(us):
    assert us.kept_until("application", date(2026, 11, 30)) == date(2028, 12, 30)
    with pytest.raises(Broken):
        us.kept_until("diary", TODAY)


def test_the_union_gives_fourteen_days_to_withdraw_and_china_none(packs, eu):
    cn = packs["cn/2026.08"]

    assert eu.evaluate("contract.withdraw", {"days_since_signing": 14}, TODAY) == ()
    assert rules_of(eu.evaluate("contract.withdraw", {"days_since_signing": 15}, TODAY)) == [
        "COOL-01"
    ]
    granted = {"days_since_signing": 0, "granted_withdrawal_days": 0}
    assert rules_of(cn.evaluate("contract.withdraw", granted, TODAY)) == ["COOL-01"]
    (owed,) = eu.owed([{"is_signed": True, "signed_on": TODAY, "outcome": "offers"}], TODAY)
    assert (owed.letter, owed.due_on) == ("withdrawal_right", date(2026, 12, 8))


def test_a_contract_across_countries_stands_under_both_laws_and_the_stricter_wins(packs):
    law = Shelf(packs.values()).law_of("eu", "us", TODAY)
    facts = {
        "aprc_ppm": 290_000,
        "member_state": "BE",
        "amount_minor": 500_000,
        "apr_ppm": 255_000,
        "state": "NY",
        "is_covered_servicemember": False,
    }

    ruling = law.judge("offer.build", facts, TODAY)

    assert [pack.id for pack in law.packs] == ["eu/2026.11", "us/2026.01"]
    assert [(one.pack, rules_of(one.findings)) for one in ruling.judgements] == [
        ("eu/2026.11", []),
        ("us/2026.01", ["PRICE-01"]),
    ]
    assert ruling.severity is Severity.BLOCK
    (conflict,) = ruling.conflicts
    assert (conflict.pack, conflict.severity) == ("eu/2026.11", None)
    assert (conflict.other, conflict.other_severity) == ("us/2026.01", Severity.BLOCK)


def test_a_contract_within_one_country_stands_under_one_law(packs):
    law = Shelf(packs.values()).law_of("cn", "cn", TODAY)

    assert [pack.id for pack in law.packs] == ["cn/2026.08"]


@pytest.mark.parametrize(
    ("licence", "residence", "at"),
    [("cn", "fr", TODAY), ("eu", "eu", date(2026, 11, 19)), ("cn", "cn", date(2025, 9, 30))],
)
def test_nobody_lends_where_no_pack_is_in_force(packs, licence, residence, at):
    with pytest.raises(Broken, match="no pack of"):
        Shelf(packs.values()).law_of(licence, residence, at)


def test_the_newest_release_in_force_is_taken_and_the_older_on_its_own_days(packs, tmp_path):
    folder = copied("eu/2026.11", tmp_path)
    head = folder / "pack.toml"
    head.write_text(
        head.read_text()
        .replace("eu/2026.11", "eu/2027.01")
        .replace("effective_from = 2026-11-20", "effective_from = 2027-01-01")
    )
    shelf = Shelf([*packs.values(), Pack.load(folder)])

    assert shelf.law_of("eu", "eu", date(2026, 12, 31)).packs[0].id == "eu/2026.11"
    assert shelf.law_of("eu", "eu", date(2027, 1, 1)).packs[0].id == "eu/2027.01"


def test_an_answer_is_due_after_working_days_by_the_countrys_own_days_off(packs):
    cn = packs["cn/2026.08"]

    assert cn.working_days_after(date(2026, 11, 27), 3) == date(2026, 12, 2)
    # The National Day week is off, and the Saturday after it is worked.
    assert cn.working_days_after(date(2026, 9, 30), 3) == date(2026, 10, 10)


def test_an_erasure_keeps_what_the_law_keeps_and_nothing_else(packs):
    cn = packs["cn/2026.08"]
    asked = {
        "request_kind": "erase",
        "kinds_kept": ("kyc", "transaction"),
        "kinds_told": ("kyc", "transaction"),
    }

    assert cn.evaluate("privacy.request", asked, TODAY) == ()
    found = cn.evaluate("privacy.request", asked | {"kinds_kept": ("kyc", "browsing")}, TODAY)
    assert rules_of(found) == ["PRIV-04", "PRIV-04.told"]
    assert cn.kept_until("kyc", date(2026, 2, 28)) == date(2036, 2, 28)


def test_a_judgement_can_be_repeated_years_later_and_tells_what_it_rested_on(packs):
    cn, again = packs["cn/2026.08"], Pack.load("cn/2026.08")
    signing = {"is_cost_confirmed": False, "reading_seconds": 0}

    before = cn.judgement("contract.sign", signing, date(2026, 7, 31))
    after = cn.judgement("contract.sign", signing, date(2026, 8, 1))

    assert "DISC-01" not in rules_of(before.findings)
    assert "DISC-01" in rules_of(after.findings)
    assert again.judgement("contract.sign", signing, date(2026, 7, 31)) == before
    other = cn.judgement("contract.sign", signing | {"reading_seconds": 1}, date(2026, 8, 1))
    assert (before.pack_hash, len(before.facts_sha256)) == (cn.hash, 64)
    assert other.facts_sha256 != after.facts_sha256
    unread = cn.judgement("contract.sign", signing | {"weather": "fine"}, date(2026, 7, 31))
    assert unread.facts_sha256 == before.facts_sha256


def copied(name, tmp_path):
    return shutil.copytree(pack_root() / name, tmp_path / "pack")
