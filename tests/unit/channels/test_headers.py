"""Headers both doors read: one value each, in one form."""

import pytest

from tongtu.channels.rest.headers import (
    UnsupportedMediaType,
    bearer_token,
    check_content_type,
    idempotency_key,
)
from tongtu.kernel.errors import BadInput, NotSignedIn


@pytest.mark.parametrize("key", [b"a" * 8, b"Az09_-zz", b"a" * 64])
def test_a_key_has_8_to_64_plain_characters(key):
    assert idempotency_key([(b"idempotency-key", key)]) == key.decode()


@pytest.mark.parametrize(
    "key",
    [b"", b"a" * 7, b"a" * 65, b"with space", b"semi;colon", "ключключ".encode(), b"a\x00aaaaaa"],
)
def test_any_other_key_is_refused(key):
    with pytest.raises(BadInput) as refusal:
        idempotency_key([(b"idempotency-key", key)])

    assert refusal.value.code == "bad_key"


def test_a_missing_key_is_refused():
    with pytest.raises(BadInput, match="Idempotency-Key"):
        idempotency_key([])


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (idempotency_key, b"idempotency-key"),
        (bearer_token, b"authorization"),
        (check_content_type, b"content-type"),
    ],
)
def test_a_header_that_stands_twice_is_refused(read, name):
    with pytest.raises(BadInput) as refusal:
        read([(name, b"aaaaaaaa"), (name, b"aaaaaaaa")])

    assert refusal.value.code == "duplicate_header"


def test_the_token_stands_after_bearer_in_any_case():
    assert bearer_token([(b"authorization", b"bEaReR  abc ")]) == "abc"


@pytest.mark.parametrize("value", [b"", b"Bearer", b"Basic YTpi", b"abc", b"Token abc"])
def test_anything_but_bearer_is_nobody(value):
    with pytest.raises(NotSignedIn):
        bearer_token([(b"authorization", value)])


@pytest.mark.parametrize(
    "value",
    [b"application/json", b"Application/JSON", b"application/json; charset=utf-8",
     b'application/json;charset="UTF-8"'],
)  # fmt: skip
def test_json_in_utf8_is_taken(value):
    check_content_type([(b"content-type", value)])


@pytest.mark.parametrize(
    "value",
    [b"", b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=a",
     b"application/json; charset=gbk", b"application/jsonp", b"application/msgpack"],
)  # fmt: skip
def test_every_other_content_type_is_refused(value):
    with pytest.raises(UnsupportedMediaType):
        check_content_type([(b"content-type", value)])
