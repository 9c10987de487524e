"""What is held of a person is declared once, and each duty of each pack has its day and its rows."""

from dataclasses import replace
from datetime import date

import pytest

from tongtu.journey.holdings import COUNTED, HOLDINGS, NUMBERED, Standing, kept_by
from tongtu.kernel.errors import Broken
from tongtu.policy.api import Pack, Retention
from tongtu.runtime.api import End, Holding, Person

PACKS = ("cn/2026.08", "us/2026.01", "eu/2026.11")
TODAY = date(2026, 11, 29)
PERSON = Person(0, 1)


@pytest.fixture(scope="module")
def packs():
    return {name: Pack.load(name) for name in PACKS}


def standing(**counted):
    return Standing(PERSON, (), counted)


def holding(*duties):
    return Holding("a.b", "true", "某物", "something", duties=duties)


def test_a_table_is_declared_once_and_in_words_of_both_languages():
    tables = [one.table for one in HOLDINGS]

    assert len(set(tables)) == len(tables)
    assert not set(tables) & NUMBERED.keys()
    assert [one.table for one in HOLDINGS if not (one.zh and one.en)] == []
    assert [one.table for one in HOLDINGS if (one.end is End.BLANK) != bool(one.blank)] == []


def test_the_account_ends_first_and_what_others_are_found_by_ends_after_them():
    tables = [one.table for one in HOLDINGS]

    assert tables[0] == "identity.party"
    assert tables[-1] == "identity.vault"
    for last, found_by_it in (
        ("origination.application", "origination.decision"),
        ("contracts.agreement", "contracts.document"),
        ("verification.identity_case", "verification.frame"),
        ("origination.application", "notice.letter"),
    ):
        assert tables.index(found_by_it) < tables.index(last)


@pytest.mark.parametrize("name", PACKS)
def test_each_duty_of_a_pack_keeps_something_and_counts_from_a_day_that_is_known(packs, name):
    kinds = {duty for one in HOLDINGS for duty in one.duties}

    duties = [rule for rule in packs[name].retentions if rule.is_duty]
    assert [rule.kind for rule in duties if rule.kind not in kinds] == []
    assert [rule.kind for rule in duties if rule.counted_from not in COUNTED] == []
    assert all(rule.why["en"] for rule in duties)


def test_the_duty_that_lasts_longest_keeps_the_rows(packs):
    pack, papers = packs["cn/2026.08"], holding("transaction", "signature", "contract")
    ended = standing(
        transaction=date(2026, 1, 31), certificate_expiry=date(2032, 1, 1),
        relationship_end=date(2026, 1, 31),
    )  # fmt: skip

    kept = kept_by(pack, papers, ended, TODAY)

    assert (kept.rule.kind, kept.until) == ("signature", date(2037, 1, 1))
    assert kept_by(pack, papers, ended, date(2037, 1, 1)) == kept
    assert kept_by(pack, papers, ended, date(2037, 1, 2)) is None


def test_while_a_contract_runs_what_it_needs_has_no_last_day(packs):
    runs = standing(relationship_end=None, transaction=None)

    for pack in packs.values():
        kept = kept_by(pack, holding("contract"), runs, TODAY)
        assert (kept.rule.kind, kept.until) == ("contract", None)
        ended = standing(relationship_end=TODAY, transaction=TODAY)
        assert kept_by(pack, holding("contract"), ended, TODAY) is None
    kyc = kept_by(packs["cn/2026.08"], holding("contract", "kyc"), runs, TODAY)
    assert (kyc.rule.kind, kyc.until) == ("kyc", None)


def test_what_has_no_duty_or_nothing_to_count_from_is_kept_by_nothing(packs):
    pack = packs["cn/2026.08"]

    assert kept_by(pack, holding(), standing(decision=TODAY), TODAY) is None
    assert kept_by(pack, holding("kyc", "contract"), standing(decision=TODAY), TODAY) is None
    # The term of an upload says when it ends at the latest, and keeps nothing from an erasure.
    document = holding("applicant_document")
    assert kept_by(pack, document, standing(upload=TODAY), TODAY) is None


def test_a_pack_that_counts_from_something_unknown_is_no_law_to_erase_by(packs):
    pack = packs["cn/2026.08"]
    odd = Retention("kyc", 1, "full_moon", "P", "none", {"zh": "x", "en": "x"})
    content = replace(pack.content, retentions=(odd,))

    with pytest.raises(Broken, match="full_moon"):
        kept_by(Pack(content), holding("kyc"), standing(decision=TODAY), TODAY)
