from datetime import UTC, date, datetime

import pytest

from tongtu.kernel.errors import BadInput
from tongtu.kernel.ids import AccountId, TransferId, id_shard
from tongtu.ledger.model import (
    Account,
    AccountKind,
    Act,
    Code,
    PostingResult,
    Standing,
    Transfer,
    TrialBalance,
    TrialLine,
)
from tongtu.ledger.rules import (
    chunks,
    end_by_expiring,
    end_by_posting,
    end_by_voiding,
    pending,
    reversal,
)


def transfer(number: int, link: int = 0) -> Transfer:
    return Transfer(TransferId(number), AccountId(1), AccountId(2), 100, Code.CORRECTION, link)


MOVED = Transfer(
    TransferId((5 << 22) | (77 << 10) | 3), AccountId(1), AccountId(2), 100, Code.PAYOUT_HOLD, 9, 7
)
EXPIRES = datetime(2026, 11, 25, tzinfo=UTC)


def test_a_pending_transfer_is_the_transfer_that_waits_until_its_time():
    waiting = pending(MOVED, EXPIRES)

    assert waiting == MOVED._replace(act=Act.PENDING, expires_at=EXPIRES)


def test_a_pending_transfer_is_posted_whole_or_in_part_and_names_what_it_ends():
    waiting = pending(MOVED, EXPIRES)

    whole, part = end_by_posting(waiting, TransferId(8)), end_by_posting(waiting, TransferId(9), 40)

    assert whole == MOVED._replace(id=8, link=0, act=Act.POST, original=MOVED.id)
    assert part == whole._replace(id=9, amount_minor=40)


def test_a_void_frees_the_whole_amount():
    voided = end_by_voiding(pending(MOVED, EXPIRES), TransferId(8))

    assert voided == MOVED._replace(id=8, link=0, act=Act.VOID, original=MOVED.id)


def test_an_expiry_has_an_id_of_its_own_that_never_changes_and_keeps_the_shard():
    first, again = (end_by_expiring(pending(MOVED, EXPIRES)) for _ in range(2))
    other = end_by_expiring(pending(MOVED._replace(id=TransferId(MOVED.id + 1)), EXPIRES))

    assert first == again
    assert first == MOVED._replace(id=first.id, link=0, act=Act.EXPIRE, original=MOVED.id)
    assert id_shard(first.id) == id_shard(MOVED.id) == 77
    assert len({first.id, other.id, MOVED.id}) == 3


def test_a_reversal_goes_the_way_back_and_names_what_it_reverses():
    back = reversal(MOVED, TransferId(8))

    assert (back.debit, back.credit, back.amount_minor) == (2, 1, 100)
    assert (back.code, back.act, back.original) == (Code.REVERSAL, Act.REVERSAL, MOVED.id)


def test_what_is_available_is_the_balance_without_what_is_held():
    assert Standing(100, 30, 500, 0, None).available_minor == 70


def test_a_trial_balance_sums_per_currency():
    lines = [(AccountKind.CAPITAL, "CNY", -5), (AccountKind.SUSPENSE, "CNY", 5)]
    lines.append((AccountKind.SUSPENSE, "USD", 1))
    balance = TrialBalance(date(2026, 11, 24), tuple(TrialLine(*line) for line in lines))

    assert balance.sums_minor == {"CNY": 0, "USD": 1}


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
