"""Which role sees what of who a person is: one table, understood whole or not at all."""

import pytest

from tongtu.access.api import masked, read_masking, shipped_masking
from tongtu.identity.api import Role, VaultKind
from tongtu.kernel.errors import Broken


@pytest.mark.parametrize(("kind", "text", "seen"), [
    ("phone", "+8613800001234", "138****1234"),
    ("name", "欧阳明明", "欧***"),
    ("name", "王明", "王*"),
    ("resident_id", "110101199001011234", "110***********1234"),
    ("card", "6222020200112233445", "***************3445"),
    ("address", "浙江省杭州市西湖区文三路一号", "浙江省杭州市****"),
])  # fmt: skip
def test_a_glance_tells_two_apart_and_gives_nobody_away(kind, text, seen):
    assert masked(VaultKind(kind), text) == seen
    assert set(VaultKind) == {
        VaultKind(each) for each in ("phone", "name", "resident_id", "card", "address")
    }


def test_the_shipped_table_shows_a_clerk_no_number_and_nobody_else_anything():
    table = shipped_masking()

    assert table.masked[Role.CLERK] == (VaultKind.PHONE, VaultKind.NAME)
    assert VaultKind.RESIDENT_ID not in table.whole[Role.CLERK]
    assert table.masked.keys() | table.whole.keys() == {Role.CLERK, Role.OPERATOR}


@pytest.mark.parametrize("content", [
    {"masks": {}}, {"masked": {"boss": ["phone"]}}, {"masked": {"clerk": ["shoe_size"]}},
    {"whole": {"analyst": ["phone"]}}, {"whole": {"lender": ["name"]}}, {"masked": {"clerk": ["name", "name"]}},
    {"masked": {"borrower": ["name"]}},
])  # fmt: skip
def test_a_table_that_is_not_understood_whole_is_refused(content):
    with pytest.raises(Broken) as refused:
        read_masking(content)

    assert refused.value.code == "bad_masking"
