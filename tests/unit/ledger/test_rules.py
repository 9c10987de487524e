from itertools import product

import pytest

from tongtu.kernel.errors import BadInput
from tongtu.kernel.ids import AccountId, TransferId, id_shard
from tongtu.ledger.model import Account, AccountKind, Code, PostingResult, Transfer
from tongtu.ledger.rules import chunks, is_forbidden


def transfer(number: int, link: int = 0) -> Transfer:
    return Transfer(TransferId(number), AccountId(1), AccountId(2), 100, Code.CORRECTION, link)


def test_only_a_lender_may_pay_the_platform():
    allowed = {
        (debit, credit)
        for debit, credit in product(AccountKind, AccountKind)
        if credit is AccountKind.PLATFORM_FEE and not is_forbidden(debit, credit)
    }

    assert allowed == {(AccountKind.LENDER_FUNDS, AccountKind.PLATFORM_FEE)}


def test_nothing_else_is_forbidden():
    others = [kind for kind in AccountKind if kind is not AccountKind.PLATFORM_FEE]

    assert not any(is_forbidden(debit, credit) for debit, credit in product(AccountKind, others))


def test_a_personal_account_carries_its_partys_shard_and_keeps_its_id_in_another_cell():
    party = (1234 << 22) | (77 << 10) | 5

    here = Account(0, AccountKind.BORROWER_CASH, party).id

    assert id_shard(here) == 77
    assert Account(9, AccountKind.BORROWER_CASH, party).id == here
    assert 0 < here < 2**63


def test_a_lenders_accounts_differ_by_cell_kind_owner_product_and_currency():
    ids = {
        Account(cell, kind, owner, name, currency).id
        for cell in (0, 1)
        for kind in (AccountKind.LENDER_FUNDS, AccountKind.LOAN_PRINCIPAL)
        for owner in (1, 2)
        for name in (None, "consumer_cash")
        for currency in ("CNY", "USD")
    }

    assert len(ids) == 32


def test_an_account_id_never_changes_between_releases():
    funds = Account(0, AccountKind.LENDER_FUNDS, 1)

    assert funds.id == 303578052149903765
    assert funds.floor_minor == 0
    assert Account(0, AccountKind.CAPITAL).floor_minor is None


def test_a_result_has_effect_when_posted_now_or_before():
    effective = [result for result in PostingResult if result.has_effect]

    assert effective == [PostingResult.POSTED, PostingResult.ALREADY_POSTED]


def test_a_long_list_is_cut_every_512_transfers():
    parts = list(chunks([transfer(n) for n in range(1, 1026)]))

    assert [len(part) for part in parts] == [512, 512, 1]
    assert [one.id for part in parts for one in part] == list(range(1, 1026))


def test_an_empty_list_has_no_chunks():
    assert list(chunks([])) == []


def test_a_cut_never_goes_through_a_linked_group():
    group = [transfer(n, link=510) for n in range(510, 530)]
    rest = [transfer(n) for n in range(530, 1100)]

    parts = list(chunks([transfer(n) for n in range(1, 510)] + group + rest))

    assert [len(part) for part in parts] == [529, 512, 58]


def test_a_group_spread_over_the_list_stays_in_one_chunk():
    spread = [transfer(n, link=7 if n in (100, 900) else 0) for n in range(1, 1001)]

    assert [len(part) for part in chunks(spread)] == [900, 100]


@pytest.mark.parametrize(("length", "parts"), [(4096, [4096]), (4095, [4095])])
def test_a_group_may_fill_a_whole_batch(length, parts):
    assert [len(part) for part in chunks([transfer(n, link=1) for n in range(length)])] == parts


def test_a_group_longer_than_a_batch_is_refused():
    with pytest.raises(BadInput) as refused:
        list(chunks([transfer(n, link=1) for n in range(4097)]))

    assert refused.value.code == "group_too_long"
