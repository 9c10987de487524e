"""Phones, resident ids, names: what passes, what is refused and with which code."""

from datetime import date

import pytest

from tongtu.identity.rules import (
    check_character,
    mask_name,
    mask_phone,
    parse_name,
    parse_phone,
    parse_resident_id,
)
from tongtu.kernel.errors import BadInput

TODAY = date(2026, 11, 24)


def _with_check(body):
    return body + check_character(body)


@pytest.mark.parametrize("text", ["13912345678", "+8613912345678", "008613912345678"])
def test_a_mainland_mobile_number_has_one_written_form(text):
    assert parse_phone(text) == "+8613912345678"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1391234567",
        "139123456789",
        "12912345678",
        "１３９１２３４５６７８",
        "١٣٩١٢٣٤٥٦٧٨",
        "1391234567８",
        "13912345678\n",
        " 13912345678",
        "139-1234-5678",
        "+8513912345678",
        "1391234567a",
        "13912345678\x00",
    ],
)
def test_anything_else_is_no_phone(text):
    with pytest.raises(BadInput) as refusal:
        parse_phone(text)

    assert refusal.value.code == "bad_phone"


@pytest.mark.parametrize(
    ("text", "born_on"),
    [
        ("11010519491231002X", date(1949, 12, 31)),
        ("11010519491231002x", date(1949, 12, 31)),
        # Codes that libraries with a region table refuse; the sequence 000 is given to nobody.
        (_with_check("33011419900101000"), date(1990, 1, 1)),
        (_with_check("44030920000101000"), date(2000, 1, 1)),
    ],
)
def test_a_resident_id_passes_by_date_and_check_character_whatever_its_region(text, born_on):
    parsed = parse_resident_id(text, TODAY, is_reserved_allowed=False)

    assert (parsed.text, parsed.born_on) == (text.upper(), born_on)


def test_the_check_character_catches_every_single_wrong_digit_and_swap_of_neighbours():
    body = "11010519491231002"
    expected = check_character(body)

    wrong = [
        body[:at] + digit + body[at + 1 :]
        for at in range(17)
        for digit in "0123456789"
        if digit != body[at]
    ]
    swapped = [
        body[:at] + body[at + 1] + body[at] + body[at + 2 :]
        for at in range(16)
        if body[at] != body[at + 1]
    ]

    assert expected == "X"
    assert [text for text in wrong + swapped if check_character(text) == expected] == []


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",
        _with_check("11010519490231002"),
        _with_check("11010518991231002"),
        _with_check("11010520261125002"),
        _with_check("01010519491231002"),
        _with_check("99999919900101001"),
        "1101051949123100X2",
        "11010519491231002",
        "11010519491231002XX",
        "１１０１０５１９４９１２３１００２X",
        "11010519491231002Х",  # Cyrillic
        "",
    ],
)
def test_a_resident_id_that_cannot_be_is_refused(text):
    with pytest.raises(BadInput) as refusal:
        parse_resident_id(text, TODAY, is_reserved_allowed=False)

    assert refusal.value.code == "bad_resident_id"
    assert text == "" or text not in str(refusal.value.fields) + refusal.value.detail


def test_the_reserved_region_serves_demonstrations_only():
    text = _with_check("99999919900101001")

    assert parse_resident_id(text, TODAY, is_reserved_allowed=True).born_on == date(1990, 1, 1)


@pytest.mark.parametrize(
    ("born", "adult_on"),
    [("20081124", date(2026, 11, 24)), ("20080229", date(2026, 3, 1))],
)
def test_a_person_is_adult_from_the_eighteenth_birthday(born, adult_on):
    text = _with_check(f"999999{born}001")

    assert parse_resident_id(text, TODAY, is_reserved_allowed=True).adult_on == adult_on


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王小明", "王小明"),
        (" 王 小明 ", "王 小明"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("Anna-Maria O'Neill", "Anna-Maria O'Neill"),
        ("𠮷野家", "𠮷野家"),
    ],
)
def test_a_name_has_one_written_form(text, name):
    assert parse_name(text) == name


@pytest.mark.parametrize(
    "text", ["", "王", "··", "王2明", "王\x00明", "a" * 51, "<script>", "王\u202e明", "--'"]
)
def test_what_is_no_name_is_refused(text):
    with pytest.raises(BadInput) as refusal:
        parse_name(text)

    assert refusal.value.code == "bad_name"


def test_masks_show_the_ends_only():
    assert mask_phone("+8613912345678") == "139****5678"
    assert mask_name("王小明") == "王**"
    assert mask_name("王明") == "王*"
    assert mask_name("阿卜杜拉·买买提") == "阿***"
