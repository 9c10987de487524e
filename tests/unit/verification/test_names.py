"""STRIDE 9: names that look like others are stored as given, compared in one form, flagged."""

import pytest

from tongtu.identity.api import parse_name
from tongtu.kernel.errors import BadInput
from tongtu.verification.rules.name import check_letters, is_same_name, script_words


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("王小明", "王小明", True),
        ("ＡＮＮＡ Smith", "anna smith", True),  # full width, case, gap
        ("阿依古丽·买买提", "阿依古丽•买买提", True),  # two dots of a transliterated name
        ("é́ric"[:1] + "ric", "éric", True),  # composed and decomposed
        ("⽟小明", "玉小明", True),  # a radical for the character
        ("王小明", "王晓明", False),
        ("Аnna", "Anna", False),  # a Cyrillic letter is another name
        ("𠮷田", "吉田", False),  # a rare form is another character
    ],
)
def test_stride_9_names_are_compared_in_one_form(one, other, is_same):
    assert is_same_name(one, other) is is_same


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("王小明", ()),
        ("阿依古丽·买买提", ()),
        ("Anna Smith", ()),
        ("Аnna", ("mixed_script",)),  # Cyrillic A
        ("王Xiaoming", ("mixed_script",)),
        ("Ωmega", ("mixed_script",)),
        ("𠮷田", ("rare_character",)),  # 生僻字
        ("王㐀", ("rare_character",)),
    ],
)
def test_stride_9_mixed_scripts_and_rare_characters_are_flagged(name, words):
    assert script_words(name) == words


@pytest.mark.parametrize(
    "name",
    [
        "王\u200b小明",  # zero width
        "王\u202e明小",  # reorders what is shown
        "王\u2066小明",
        "王\ufeff小",
        "王\x00小",
        "王\ue000",  # private use
    ],
)
def test_stride_9_hidden_and_reordering_marks_are_refused_where_a_name_comes_in(name):
    with pytest.raises(BadInput) as ours:
        check_letters(name)
    with pytest.raises(BadInput) as theirs:
        parse_name(name)

    assert (ours.value.code, theirs.value.code) == ("bad_name", "bad_name")


def test_stride_9_a_name_is_kept_as_it_was_given():
    assert [parse_name(one) for one in ("𠮷田", "Anna  Smith", "é"[:1] + "ric")] == [
        "𠮷田", "Anna Smith", "éric",
    ]  # fmt: skip
