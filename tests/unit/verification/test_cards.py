"""Cards are read by where their lines lie. The lines are those that the reader gave for drawn cards."""

import math
from datetime import date

import pytest

from tongtu.simulators.cards.people import bank_number, holder
from tongtu.verification.api import read_back, read_bank_card, read_front, upright
from tongtu.verification.rules.card import doubts_of
from tongtu.verification.vision.protocol import Text

FRONT = [
    ("姓名 王小明", (113, 130, 334, 178)),
    ("性别男", (114, 211, 250, 256)),
    ("民族汉", (322, 210, 455, 256)),
    ("出生", (116, 289, 194, 329)),
    ("1990年1月1日", (214, 287, 557, 329)),
    ("住址", (117, 369, 197, 409)),
    ("北京市朝阳区望京西路样", (203, 368, 586, 408)),
    ("本小区五号楼三单元12", (206, 416, 558, 458)),
    ("01室", (202, 464, 290, 511)),
    ("样本SPECIMEN", (790, 486, 941, 515)),
    ("公民身份号码", (118, 600, 301, 637)),
    ("999999199001010016", (397, 599, 841, 642)),
]


def laid(lines, degrees=0.0):
    """Return the lines as corners, the whole turned."""
    turn = math.radians(degrees)

    def at(x, y):
        return x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)

    return [
        Text((at(left, top), at(right, top), at(right, low), at(left, low)), text, 0.99)
        for text, (left, top, right, low) in lines
    ]


@pytest.mark.parametrize("degrees", [0, -6, 6, 15])
def test_a_front_is_read_however_the_card_lies(degrees):
    front = read_front(upright(laid(FRONT, degrees)))

    assert (front.name, front.number, front.sex, front.nation) == (
        "王小明", "999999199001010016", "男", "汉",
    )  # fmt: skip
    assert front.born_on == date(1990, 1, 1)
    assert front.address == "北京市朝阳区望京西路样本小区五号楼三单元1201室"


def test_lines_in_any_order_say_the_same():
    assert read_front(upright(laid(FRONT[::-1]))) == read_front(upright(laid(FRONT)))


def test_a_card_that_stands_on_its_side_is_to_be_taken_again():
    assert upright(laid(FRONT, 80)) == []


@pytest.mark.parametrize(
    ("read", "number"),
    [
        ("99999919900101OO16", "999999199001010016"),  # letters where only digits stand
        ("999999 19900101 0016", "999999199001010016"),
        ("999999199001010015", None),  # the check character does not fit: never a guess
        ("99999919900101001", None),
    ],
)
def test_a_number_counts_with_its_check_character_only(read, number):
    lines = [*FRONT[:-1], (read, FRONT[-1][1])]

    assert read_front(upright(laid(lines))).number == number


def test_a_name_and_its_label_in_two_boxes_are_one():
    lines = [("姓名", (113, 130, 190, 178)), ("阿依古丽·买买提", (210, 130, 434, 178)), *FRONT[1:]]

    assert read_front(upright(laid(lines))).name == "阿依古丽·买买提"


@pytest.mark.parametrize(
    ("term", "ends"),
    [
        ("有效期限 2020.01.01-2040.01.01", (date(2020, 1, 1), date(2040, 1, 1), False)),
        ("有效期限2020.01.01-长期", (date(2020, 1, 1), None, True)),
        ("有效期限 2020.01.01", (None, None, False)),
        ("有效期限 2020.13.01-2040.01.01", (None, None, False)),
    ],
)
def test_a_back_says_its_term_or_nothing(term, ends):
    lines = [("签发机关样本市公安局", (237, 493, 616, 533)), (term, (237, 584, 773, 624))]

    back = read_back(upright(laid(lines)))

    assert back.issuer == "样本市公安局"
    assert (back.valid_from, back.valid_to, back.is_long_term) == ends


@pytest.mark.parametrize(
    "lines",
    [
        [("6222 0212 3456 7894", (111, 354, 532, 402))],
        [("6222", (111, 354, 200, 402)), ("0212", (230, 354, 320, 402)),
         ("34567894", (350, 355, 532, 403))],
    ],
)  # fmt: skip
def test_a_bank_cards_number_is_one_line_or_groups_in_a_row(lines):
    others = [("VALID THRU 08/31", (115, 426, 300, 455)), ("WANG XIAOMING", (119, 483, 338, 514))]

    assert read_bank_card(upright(laid([*lines, *others]))) == "6222021234567894"


def test_a_bank_card_whose_last_digit_does_not_fit_is_not_read():
    assert read_bank_card(upright(laid([("6222 0212 3456 7895", (111, 354, 532, 402))]))) is None


def test_a_card_that_contradicts_itself_raises_doubts():
    front = read_front(upright(laid([*FRONT[:1], ("性别女", (114, 211, 250, 256)), *FRONT[2:]])))

    assert doubts_of(front) == ("card_sex",)


def test_a_thousand_holders_have_numbers_of_the_reserved_region_and_no_two_are_one():
    numbers = {holder(n).number for n in range(1_000)}

    assert len(numbers) == 1_000
    assert {one[:6] for one in numbers} == {"999999"}
    assert len({bank_number(n) for n in range(1_000)}) == 1_000
