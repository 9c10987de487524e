import asyncio

import pytest
from tests.unit.replay.test_run import decided, fine, whole

from tongtu.replay.api import Unexpected, is_sound, rows, summarise
from tongtu.replay.clerk import APPROVED_TO_BAND, DeskWork, Staff, decide, find_waiting, says
from tongtu.replay.client import Counters

STAFF = Staff("clerk", "second")


class Wire:
    """A platform that answers what the test says, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked, self.counters = list(answers), [], Counters()

    async def ask(self, method, path, *, body=None, token=None, key=None):
        self.asked.append((method, path, body, token))
        answer = self.answers.pop(0)
        if isinstance(answer, Unexpected):
            self.counters.errors[answer.code] = 1
            raise answer
        return answer


def waiting(row):
    case = decided(row, False, 500, 0)
    case.token = "borrower"
    case.answer |= {"outcome": "review", "application": f"ap_{row}", "step": "review"}
    return case


def row_that(says_so, band):
    return next(row for row in range(1_000) if says(row, band) == says_so)


def run(platform, case, seen):
    work = DeskWork([case])
    asyncio.run(decide(platform, STAFF, (case, seen), work))
    return work


def test_the_clerk_goes_by_the_band_and_slips_in_one_case_of_ten():
    safe = [says(row, APPROVED_TO_BAND) for row in range(2_000)]
    risky = [says(row, APPROVED_TO_BAND + 1) for row in range(2_000)]

    assert 150 < safe.count("decline") < 250
    assert [one == "approve" for one in risky] == [one == "decline" for one in safe]


def test_a_case_is_approved_and_the_borrower_is_told():
    case = waiting(row_that("approve", 2))
    told = {"outcome": "offers", "step": "offers", "offers": [{"n": 1}]}
    platform = Wire({"step": "offers", "approval": None}, told)

    work = run(platform, case, {"band": 2, "reasons": ["income_missing"]})

    assert (work.approved, work.by_two, work.declined) == (1, 0, 0)
    assert (case.answer, case.step) == (told, "offers")
    path = f"/v1/reviews/ap_{case.applicant.row}/ruling"
    body = {"said": "approve", "codes": ["facts_complete"]}
    assert platform.asked[0] == ("POST", path, body, "clerk")


def test_a_second_person_allows_what_needs_one():
    case = waiting(row_that("approve", 2))
    platform = Wire({"approval": "av_1"}, {}, {"outcome": "offers", "step": "offers"})

    work = run(platform, case, {"band": 2, "reasons": []})

    assert (work.approved, work.by_two) == (1, 1)
    assert platform.asked[1][1:] == ("/v1/operations/rulings/av_1/approval", None, "second")


def test_what_the_law_or_every_lender_refuses_is_declined_and_no_error():
    case = waiting(row_that("approve", 2))
    no = Unexpected("no", code="ruling_impossible")
    platform = Wire(no, {}, {"outcome": "declined", "step": "declined"})

    work = run(platform, case, {"band": 2, "reasons": ["income_missing"]})

    assert (work.approved, work.declined, work.impossible) == (0, 1, 1)
    assert platform.asked[1][2] == {"said": "decline", "codes": ["income_missing"]}
    assert platform.counters.errors == {}


def test_a_case_that_is_in_no_queue_is_an_error():
    with pytest.raises(Unexpected, match="no queue"):
        run(Wire(), waiting(1), None)


def test_the_queue_is_read_to_its_end_and_other_replays_cases_are_left_alone():
    cases = [waiting(1), waiting(2)]
    platform = Wire(
        {"items": [{"application": "ap_9"}, {"application": "ap_2"}], "next": "ap_2"},
        {"items": [{"application": "ap_1"}], "next": None},
    )

    found = asyncio.run(find_waiting(platform, STAFF, cases))

    assert {key: one["application"] for key, one in found.items()} == {
        cases[0].key(""): "ap_1", cases[1].key(""): "ap_2",
    }  # fmt: skip
    assert platform.asked[1][1].endswith("&after=ap_2")


def test_straight_through_and_reviewed_cases_stand_in_the_report_and_none_may_wait():
    reviewed, refused = decided(1, True, 600, 2), decided(2, False, 400, 0)
    outcome = whole([reviewed, refused, decided(3, False, 600, 1)])
    outcome.desk = DeskWork([reviewed, refused], approved=1, by_two=1, declined=1, impossible=1)
    outcome.market["by_persons"] = {"decisions": 2}

    summary = summarise(outcome, fine)

    assert summary["desk"] == {
        "straight_through": 1, "left_to_a_person": 2, "approved": 1, "by_two": 1, "declined": 1,
        "impossible": 1, "bad_approved": 1, "waiting": 0,
    }  # fmt: skip
    assert summary["proofs"]["desk"]["verdict"] == "OK"
    told = {name: value for section, name, value in rows(summary) if section == "desk"}
    assert told["straight through"] == "1  (33.3 %)"
    assert is_sound(summary)
    refused.answer["outcome"] = "review"
    assert summarise(outcome, fine)["proofs"]["desk"]["verdict"] == "BROKEN"


def test_what_persons_decided_is_a_market_of_its_own_in_the_report_and_held_to_the_platforms():
    reviewed, straight = decided(1, True, 600, 2), decided(3, False, 600, 1)
    outcome = whole([reviewed, straight])
    outcome.desk = DeskWork([reviewed], approved=1)
    outcome.market["by_persons"] = {"decisions": 1}

    summary = summarise(outcome, fine)

    assert (summary["market"]["asked"], summary["market_by_persons"]["asked"]) == (1, 1)
    sections = {section for section, _, _ in rows(summary) if "market" in section}
    assert sections == {"market", "decided by a person: market"}
    assert summary["proofs"]["lenders"]["verdict"] == "OK"
    assert "and apart 1 of persons" in summary["proofs"]["lenders"]["text"]
    outcome.market["by_persons"] = {"decisions": 0}
    assert summarise(outcome, fine)["proofs"]["lenders"]["verdict"] == "BROKEN"
