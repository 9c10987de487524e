"""Strict bodies: what is read, what is refused, and that a refusal never repeats a value."""

from typing import Annotated

import msgspec
import pytest

from tongtu.channels.rest.body import Shape
from tongtu.kernel.errors import BadInput


class Inner(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    amount_minor: Annotated[int, msgspec.Meta(ge=0, le=10**10)]
    word: Annotated[str, msgspec.Meta(pattern="^[a-z:]{1,8}$")]


class Fixed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    inner: Inner
    count: int | None


class Loose(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    items: Annotated[list[Inner], msgspec.Meta(max_length=3)]
    note: str | None = None


FIXED, LOOSE = Shape(Fixed), Shape(Loose)


def _fixed(amount=b"1", word=b'"a"', count=b"null"):
    return b'{"inner":{"amount_minor":%s,"word":%s},"count":%s}' % (amount, word, count)


def test_a_body_of_the_right_form_is_read():
    assert FIXED.read(_fixed(b"250", b'"abc"', b"7")) == Fixed(Inner(250, "abc"), 7)


def test_a_colon_inside_a_text_is_no_second_field():
    assert FIXED.read(_fixed(word=b'"a:b:c"')).inner.word == "a:b:c"


def test_optional_fields_may_be_left_out():
    assert LOOSE.read(b'{"items":[]}') == Loose([])


@pytest.mark.parametrize(
    "amount",
    [
        b"-1", b"1.0", b"1e2", b"0.001", b'"1"', b"true", b"null", b"10000000001",
        b"9" * 400, b"[1]", b"{}",
    ],
)  # fmt: skip
def test_an_amount_is_a_whole_number_within_its_bound(amount):
    with pytest.raises(BadInput) as refusal:
        FIXED.read(_fixed(amount))

    assert refusal.value.code == "bad_input"
    assert list(refusal.value.fields) == ["inner.amount_minor"]


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"nul", b"NaN", _fixed(b"NaN"), _fixed(b"Infinity"), _fixed(b"0x10"),
        _fixed(b"01"), _fixed("３".encode()), _fixed("٣".encode()), _fixed(word=b'"\xff"'),
        _fixed(word=b'"\\ud800"'), _fixed(word=b'"\\udc00"'), b"\xef\xbb\xbf" + _fixed(),
        _fixed() + b"{}", _fixed().replace(b"{", b"{,", 1), "{}".encode("utf-16"), b"\x00",
    ],
)  # fmt: skip
def test_what_is_not_json_in_utf8_is_refused(raw):
    with pytest.raises(BadInput) as refusal:
        FIXED.read(raw)

    assert refusal.value.code == "bad_json"


@pytest.mark.parametrize(
    ("shape", "raw"),
    [
        (FIXED, b'{"inner":{"amount_minor":1,"amount_minor":2,"word":"a"},"count":null}'),
        (FIXED, b'{"count":1,"inner":{"amount_minor":1,"word":"a"},"count":2}'),
        (FIXED, b'{"c\\u006funt":1,"inner":{"amount_minor":1,"word":"a"},"count":2}'),
        (LOOSE, b'{"items":[{"amount_minor":1,"word":"a","word":"a"}]}'),
        (LOOSE, b'{"items":[],"note":"x","note":"x"}'),
    ],
)
def test_a_field_stands_once(shape, raw):
    with pytest.raises(BadInput) as refusal:
        shape.read(raw)

    assert refusal.value.code == "duplicate_field"


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b"{}", {"inner": "is missing"}),
        (b'{"inner":{"word":"a"},"count":1}', {"inner.amount_minor": "is missing"}),
        (b'{"inner":{"amount_minor":1,"word":"a"},"count":1,"x":1}', {"x": "is not known"}),
        (b'{"__proto__":1}', {"__proto__": "is not known"}),
        (b"[]", {}),
        (b"1", {}),
        (b'{"inner":' + b"[" * 60_000, {"inner": "Expected `object`, got `array`"}),
        (b'{"deep":' + b'{"a":' * 12_000, {"deep": "is not known"}),
    ],
)
def test_a_body_of_another_form_names_its_field(raw, fields):
    with pytest.raises(BadInput) as refusal:
        FIXED.read(raw)

    assert refusal.value.fields == fields


def test_a_refusal_does_not_repeat_what_was_sent():
    with pytest.raises(BadInput) as refusal:
        FIXED.read(_fixed(word='"王小明"'.encode()))

    assert "王小明" not in refusal.value.detail + str(refusal.value.fields)
