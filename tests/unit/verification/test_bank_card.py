import pytest

from tongtu.kernel.errors import BadInput
from tongtu.verification.api import parse_card_number, region_words


@pytest.mark.parametrize(
    "text",
    # 4111111111111111, 5555555555554444 and 378282246310005 are the networks' published test numbers.
    ["6222021234567894", "6222 0212 3456 7894", "4111-1111-1111-1111", "378282246310005"],
)
def test_a_number_whose_last_digit_fits_is_a_card(text):
    assert parse_card_number(text) == text.replace(" ", "").replace("-", "")


@pytest.mark.parametrize(
    "text",
    [
        "6222021234567895",
        "0000000000000000",
        "41111111111",
        "4" * 20,
        "６２２２021234567894",
        "",
        "a" * 99,
    ],
)
def test_what_is_no_card_is_refused_without_being_repeated(text):
    with pytest.raises(BadInput) as refused:
        parse_card_number(text)

    assert refused.value.code == "bad_card"
    assert not text or text not in str(vars(refused.value))


def test_every_changed_digit_is_seen():
    good = "6222021234567894"

    wrong = [
        good[:n] + str((int(good[n]) + step) % 10) + good[n + 1 :]
        for n in range(len(good))
        for step in range(1, 10)
    ]

    assert sum(_is_card(one) for one in wrong) == 0


def _is_card(text):
    try:
        parse_card_number(text)
    except BadInput:
        return False
    return True


@pytest.mark.parametrize(
    ("resident_id", "words"),
    [
        ("330114199001010015", ()),  # a code of 2021, unknown to older tables
        ("350203196001010012", ()),  # assigned long after the birth
        ("999999199001010015", ()),  # synthetic
        ("160101199001010015", ("region_unknown",)),
    ],
)
def test_a_region_no_province_has_is_a_soft_word(resident_id, words):
    assert region_words(resident_id) == words
