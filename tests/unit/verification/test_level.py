import pytest

from tongtu.kernel.errors import Broken
from tongtu.tables.api import rules_root
from tongtu.verification.api import Element, Event, Found, Level, Way, judge, load_rulebook
from tongtu.verification.rules.level import level_of, read_diligence

BOOK = load_rulebook(rules_root())


def found(way, outcome=Found.YES, **more):
    return Element(way, outcome, "test", **more)


REGISTER, FACE, BRANCH = found(Way.AUTHORITY), found(Way.FACE), found(Way.BRANCH)
CARD, SEEN = found(Way.DOCUMENT), found(Way.FACE, is_certified=True)


@pytest.mark.parametrize(
    ("elements", "level"),
    [
        ([], Level.NONE),
        ([FACE], Level.NONE),  # a face alone says that a card and a person fit, not who it is
        ([BRANCH], Level.NONE),
        ([REGISTER], Level.CHECKED),
        ([REGISTER, CARD, FACE], Level.LIKENESS),
        ([REGISTER, CARD, SEEN], Level.ASSURED),
        # A face is like a picture: without the card's own words that picture is of anybody.
        ([REGISTER, FACE], Level.CHECKED),
        ([REGISTER, SEEN], Level.CHECKED),
        ([REGISTER, found(Way.DOCUMENT, Found.UNKNOWN), SEEN], Level.CHECKED),
        ([REGISTER, CARD, found(Way.DOCUMENT, Found.UNKNOWN), FACE], Level.LIKENESS),
        ([REGISTER, CARD, found(Way.DOCUMENT, Found.NO), FACE], Level.CHECKED),
        ([REGISTER, found(Way.VIDEO, is_certified=True)], Level.ASSURED),
        # A video of a service that nobody certified is its own word: it raises nothing.
        ([REGISTER, found(Way.VIDEO)], Level.CHECKED),
        ([REGISTER, found(Way.VIDEO, is_certified=True), found(Way.VIDEO)], Level.CHECKED),
        ([REGISTER, BRANCH], Level.ASSURED),
        ([found(Way.BANK_CARD), found(Way.PHONE)], Level.LIKENESS),
        ([REGISTER, found(Way.FACE, Found.PERSON)], Level.CHECKED),
        ([REGISTER, found(Way.AUTHORITY, Found.UNKNOWN)], Level.CHECKED),
        ([REGISTER, found(Way.AUTHORITY, Found.NO)], Level.NONE),
    ],
)
def test_what_was_found_amounts_to_a_level(elements, level):
    assert level_of(elements) is level


@pytest.mark.parametrize(
    ("elements", "reasons"),
    [
        ([found(Way.AUTHORITY, Found.NO)], ("authority_no",)),
        ([REGISTER, found(Way.FACE, Found.NO)], ("face_no",)),
        ([REGISTER, found(Way.FACE, Found.PERSON)], ("face_person",)),
        ([REGISTER, *[found(Way.FACE, Found.UNKNOWN)] * 3], ("face_tries",)),
    ],
)
def test_a_denial_a_doubt_or_a_third_failed_face_is_a_persons_to_look_at(elements, reasons):
    verdict = judge(elements, BOOK.diligence, ())

    assert (verdict.event, verdict.reasons) == (Event.HOLD, reasons)


def test_a_doubt_that_nobody_decided_is_one_in_the_next_case_too():
    verdict = judge([REGISTER], BOOK.diligence, (), ("face_no", "AML-01"))

    assert (verdict.event, verdict.reasons) == (Event.HOLD, ("face_no", "AML-01"))


def test_two_failed_faces_and_a_register_still_pass_as_checked():
    verdict = judge([REGISTER, *[found(Way.FACE, Found.UNKNOWN)] * 2], BOOK.diligence, ())

    assert (verdict.event, verdict.level) == (Event.PASS, Level.CHECKED)


def test_a_fresh_sim_or_a_near_name_makes_the_risk_high():
    swapped = found(Way.PHONE, detail=("sim_swapped",))

    risks = [
        judge([REGISTER, *more], BOOK.diligence, words).risk_level
        for more, words in (((), ()), ((swapped,), ()), ((), ("near_name",)), ((), ("student",)))
    ]

    assert risks == [1, 3, 3, 2]


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"cdd_of_level": [0, 2, 1, 3], "risk_base": 1, "risk_of": {}},
        {"cdd_of_level": [0, 2, 2, 3], "risk_base": 0, "risk_of": {}},
        {"cdd_of_level": [0, 2, 2, 3], "risk_base": 1, "risk_of": {"student": 4}},
    ],
)
def test_a_scale_of_diligence_that_cannot_be_is_refused(table):
    with pytest.raises(Broken):
        read_diligence(table)
