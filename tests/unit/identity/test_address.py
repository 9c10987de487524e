"""An address is one line of letters, digits and signs; nothing else passes."""

import pytest

from tongtu.identity.rules import parse_address
from tongtu.kernel.errors import BadInput


def test_an_address_is_kept_in_one_written_form():
    assert parse_address("  浙江省杭州市  西湖区1号（3幢） ") == "浙江省杭州市 西湖区1号（3幢）"
    assert parse_address("1 Long St, Flat 2/b") == "1 Long St, Flat 2/b"


@pytest.mark.parametrize(
    "text", ["", "abcd", "x" * 201, "杭州市\x00西湖区", "=cmd|'/c'!A1", "a\u202eb c d"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(BadInput) as refused:
        parse_address(text)
    assert refused.value.code == "bad_address"
