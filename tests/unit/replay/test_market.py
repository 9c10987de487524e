from dataclasses import dataclass, field

from tongtu.replay.market import differing, market
from tongtu.replay.market_rows import market_rows, yuan


@dataclass
class Told:
    """An applicant with the answer it got, as the report reads it."""

    offers: list
    silent: dict
    taken: int = 0
    later_taken: dict | None = None
    answer: dict = field(init=False)

    def __post_init__(self):
        self.answer = {
            "offers": self.offers,
            "not_offered": [
                {"lender": lender, "reason_code": reason} for lender, reason in self.silent.items()
            ],
        }


def offer(n, lender, cost_minor, irr12, effective):
    return {
        "n": n, "lender": {"id": lender}, "amount_minor": 1_000_000, "cost_minor": cost_minor,
        "irr12_percent": irr12, "effective_percent": effective,
    }  # fmt: skip


def three(taken):
    cheap, middle, dear = (
        offer(1, "a", 30_000, "6.00", "6.17"),
        offer(2, "b", 40_000, "8.00", "8.30"),
        offer(3, "c", 70_000, "14.00", "14.93"),
    )
    return Told([cheap, middle, dear], {"d": "lender_policy"}, taken)


def two(taken):
    return Told(
        [offer(1, "a", 30_000, "6.00", "6.17"), offer(2, "c", 50_001, "10.00", "10.47")],
        {"b": "quota_exhausted", "d": "tenor_not_offered"},
        taken,
    )


NOBODY = Told([], {"a": "lender_policy", "b": "lender_policy", "c": "lender_policy", "d": "x"})
UNASKED = Told([], {})


def test_an_offer_taken_is_held_to_the_median_of_its_own_list_in_money_and_points():
    found = market([three(1), two(2), NOBODY, UNASKED], {})

    # 40,000 - 30,000, and 40,000.5 - 50,001.
    assert found["saving"] == {
        "people": 2, "sum_minor": 0, "median_minor": 0, "mean_points": "0.00",
        "median_points": "0.00",
    }  # fmt: skip
    alone = market([three(1)], {})["saving"]
    assert (alone["sum_minor"], alone["mean_points"]) == (10_000, "2.00")
    assert market([three(0)], {})["saving"] == {"people": 0}


def test_lenders_stand_side_by_side_by_the_share_of_those_who_came_as_far_as_them():
    worths = {"lenders": [{"lender": "a", "worth_minor": 77}]}

    found = market([three(1), two(2), NOBODY, UNASKED], worths)
    by_name = {one["lender"]: one for one in found["lenders"]}

    assert (found["asked"], found["with_offers"], found["offers"]) == (3, 2, 5)
    assert found["offers_each"] == {"2": 1, "3": 1}
    assert by_name["a"] | {"refusals": {}} == {
        "lender": "a", "asked": 3, "eligible": 2, "shown": 2, "first": 2, "chosen": 1,
        "eligible_share": 0.6667, "shown_share": 0.6667, "chosen_share": 0.3333,
        "lent_minor": 1_000_000, "worth_minor": 77, "refusals": {},
    }  # fmt: skip
    # Without money left it was eligible, and was not shown.
    assert (by_name["b"]["eligible"], by_name["b"]["shown"]) == (2, 1)
    assert by_name["b"]["worth_minor"] is None
    assert by_name["d"]["refusals"] == {"lender_policy": 1, "tenor_not_offered": 1, "x": 1}
    assert by_name["d"]["eligible_share"] == 0.0


def test_all_in_costs_are_told_by_both_conventions():
    found = market([three(1), two(2)], {})["all_in"]

    assert found["irr12_percent"] == {
        "least": "6.00", "middle": "8.00", "most": "14.00", "middle_taken": "8.00",
    }  # fmt: skip
    assert found["effective_percent"] == {
        "least": "6.17", "middle": "8.30", "most": "14.93", "middle_taken": "8.32",
    }  # fmt: skip


def test_the_report_says_which_lender_said_no_how_often_and_why():
    rows = market_rows(market([three(1), two(1), NOBODY], {}))

    assert ("lenders that said no", "b", "quota_exhausted 1, lender_policy 1") in rows
    assert ("market", "offers in a list", "1 had 2, 1 had 3") in rows
    assert (
        "lenders: % eligible / shown / chosen",
        "a",
        "66.7 / 66.7 / 66.7, first 2 times, lent ¥20,000.00",
    ) in rows
    assert market_rows(market([UNASKED], {})) == []


def test_what_the_platform_says_of_a_lender_is_held_to_what_the_applicant_was_told():
    case = two(1)
    lines = [
        {"lender": "a", "place": 1, "cost_minor": 30_000, "reason_code": None},
        {"lender": "c", "place": 2, "cost_minor": 50_001, "reason_code": None},
        {"lender": "b", "place": None, "cost_minor": None, "reason_code": "quota_exhausted"},
        {"lender": "d", "place": None, "cost_minor": None, "reason_code": "tenor_not_offered"},
    ]

    assert differing(case.answer, {"lenders": lines}) == []
    assert differing(case.answer, {"lenders": lines[1:]}) == ["a"]
    lines[1] = lines[1] | {"cost_minor": 50_000}
    lines[2] = lines[2] | {"reason_code": "lender_policy"}
    assert differing(case.answer, {"lenders": lines}) == ["b", "c"]


def test_a_loss_is_told_with_its_sign():
    assert (yuan(-123), yuan(123_456)) == ("-¥1.23", "¥1,234.56")


def test_an_offer_that_came_after_the_decision_is_chosen_of_its_lender_and_of_no_list():
    late = three(4)
    late.later_taken = offer(4, "remote", 20_000, "4.00", "4.07")

    found = market([late, three(1)], {})

    by_name = {one["lender"]: one for one in found["lenders"]}
    told = by_name["remote"]
    assert (told["asked"], told["chosen"], told["lent_minor"]) == (0, 1, 1_000_000)
    assert sum(one["chosen"] for one in found["lenders"]) == 2
    assert (found["saving"]["people"], found["saving"]["sum_minor"]) == (1, 10_000)
    assert found["all_in"]["irr12_percent"]["middle_taken"] == "5.00"
