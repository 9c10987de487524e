"""What a merchant's payments do to the books: the purchase, refunds, what it bears of the price."""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.checkout.api import (
    MovementKind,
    Purchase,
    PurchaseState,
    add_movement,
    came_back,
    hold_purchase,
    move,
    movement,
    not_back,
    paid,
)
from tongtu.contracts.api import Agreement, agreement_of_application
from tongtu.evidence.api import Entry, append
from tongtu.journey.case import move_on, step_of
from tongtu.journey.checkout import owed_by_merchant
from tongtu.journey.credit_balance import give_rest_back
from tongtu.journey.payout import hold_commitment
from tongtu.journey.steps import Event, Step
from tongtu.kernel.errors import Broken
from tongtu.kernel.ids import TransferId, id_shard
from tongtu.ledger.api import (
    Account,
    AccountKind,
    Code,
    NotPosted,
    Transfer,
    open_accounts,
    post,
)
from tongtu.origination.api import lower_exposure
from tongtu.payments.api import (
    BreakKind,
    Instruction,
    PaymentKind,
    collect,
    cover,
    open_break,
)
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.api import GoodsBack, LoanStatus, Money, Refunded, record_goods_refund

_Leg = tuple[Account, Account, int, Code]


async def purchase_paid(
    connection: Connection, runtime: Runtime, payment: Instruction, loan: int
) -> None:
    """Note that the merchant has its money, and ask it for what it bears: interest and its fee."""
    held = await hold_purchase(connection, payment.cell, payment.subject)
    if held is None:
        return
    day = await business_date(connection)
    what = day, payment.amount_minor
    moved = movement(held, (payment.id, payment.end_to_end_id), MovementKind.PURCHASE, what)
    await paid(connection, runtime, held, moved, loan)
    borne_minor = held.subsidy_minor + held.fee_minor
    if borne_minor:
        number = runtime.ids.new(id_shard(held.party))
        asked = owed_by_merchant(held, PaymentKind.MERCHANT_CHARGE, (number, borne_minor, day))
        await collect(connection, runtime, asked)


async def merchant_of(connection: Connection, payment: Instruction) -> Purchase | None:
    """Return the purchase a payout pays for, locked; None for a borrower's own money."""
    return await hold_purchase(connection, payment.cell, payment.subject)


async def charged(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    """Enter what a merchant paid its lender for: interest it bears, its own fee."""
    held = await _purchase(connection, payment)
    merchant, collecting, funds = _accounts(held)
    amount = payment.amount_minor
    # What its refusal had left to a person came after all.
    at, kind = runtime.clock.now(), BreakKind.RETURNED_COLLECTION
    await cover(connection, payment, kind, at, "the merchant's money came after all")
    await _post(
        connection,
        runtime,
        payment,
        [
            (merchant, collecting, amount, Code.MERCHANT_CHARGE),
            (collecting, funds, amount, Code.REPAYMENT_SETTLE),
        ],
    )
    what = await business_date(connection), -amount
    named = payment.id, payment.end_to_end_id
    await add_movement(connection, movement(held, named, MovementKind.CHARGE, what))
    return amount


async def refunded(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    """Enter goods that came back: the loan is lowered or unwound, the rebate given.

    Where the bank had refused it and the goods were asked back anew, the merchant has paid twice:
    its money waits in suspense, and a break says whose it is.
    """
    held = await _purchase(connection, payment)
    back = await came_back(connection, runtime, held, payment.id)
    if back is None:
        await take_owed(connection, runtime, held, payment, payment.id)
        await open_break(connection, runtime, payment, BreakKind.OWED_TO_MERCHANT)
        return 0
    done = await _lower(connection, runtime, held, payment, (back.amount_minor, back.is_whole))
    day, named = await business_date(connection), (payment.id, payment.end_to_end_id)
    refund = movement(held, named, MovementKind.REFUND, (day, -back.amount_minor))
    await add_movement(connection, refund)
    if back.rebate_minor:
        merchant, _, funds = _accounts(held)
        legs = [(funds, merchant, back.rebate_minor, Code.MERCHANT_REBATE)]
        await _post(connection, runtime, payment, legs)
        rebate = movement(held, named, MovementKind.REBATE, (day, back.rebate_minor))
        await add_movement(connection, rebate)
    if done.state.settled_on is not None and done.loan.status is LoanStatus.LIVE:
        await move_on(connection, runtime, held.application, Event.LOAN_SETTLED)
    await give_rest_back(connection, runtime, done.loan, done.state)
    return done.settled_minor - back.rebate_minor


async def refund_refused(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    """The merchant's bank refused: nothing came back."""
    held = await _purchase(connection, payment)
    await not_back(connection, runtime, held, payment.id)
    return 0


async def refund_came_back(connection: Connection, runtime: Runtime, payment: Instruction) -> int:
    """The bank gave a merchant its refund back: what was owed to it is no more.

    One that the loan was lowered by is a person's to put right.
    """
    at, why = runtime.clock.now(), "the bank gave it back to the merchant"
    if not await cover(connection, payment, BreakKind.OWED_TO_MERCHANT, at, why):
        await open_break(connection, runtime, payment, BreakKind.RETURNED_COLLECTION)
        return 0
    held = await _purchase(connection, payment)
    # An id of its own: the payment's stands for the money that came.
    await give_owed(connection, runtime, held, payment, runtime.ids.new(id_shard(held.party)))
    return 0


async def give_owed(
    connection: Connection, runtime: Runtime, held: Purchase, payment: Instruction, number: int
) -> None:
    """Enter that a merchant has again what it paid twice; `number` names the line in its file."""
    amount, (merchant, collecting, _) = payment.amount_minor, _accounts(held)
    suspense = Account(held.cell, AccountKind.SUSPENSE)
    legs = [
        (suspense, collecting, amount, Code.REPAYMENT_SURPLUS),
        (collecting, merchant, amount, Code.REPAYMENT_REFUND),
    ]
    await _post(connection, runtime, payment, legs)
    what, named = (await business_date(connection), amount), (number, payment.end_to_end_id)
    await add_movement(connection, movement(held, named, MovementKind.REFUND, what))


async def take_owed(
    connection: Connection, runtime: Runtime, held: Purchase, payment: Instruction, number: int
) -> None:
    """Keep in suspense what a merchant paid twice, until it has it again."""
    amount, (merchant, collecting, _) = payment.amount_minor, _accounts(held)
    suspense = Account(held.cell, AccountKind.SUSPENSE)
    legs = [
        (merchant, collecting, amount, Code.MERCHANT_REFUND),
        (collecting, suspense, amount, Code.REPAYMENT_SURPLUS),
    ]
    await _post(connection, runtime, payment, legs)
    what, named = (await business_date(connection), -amount), (number, payment.end_to_end_id)
    await add_movement(connection, movement(held, named, MovementKind.REFUND, what))


async def payout_came_back(
    connection: Connection, runtime: Runtime, held: Purchase, payment: Instruction
) -> int:
    """The payout to a merchant came back: the loan is undone as if it had never been."""
    # An id of its own: the payout's stands for the disbursement.
    number = runtime.ids.new(id_shard(payment.party))
    back = Money(number, payment.amount_minor, payment.value_date)
    place = payment.cell, _loan(held)
    done = await record_goods_refund(connection, runtime, place, back, GoodsBack(is_whole=True))
    day = await business_date(connection)
    what = day, -payment.amount_minor
    named = number, payment.end_to_end_id
    await add_movement(connection, movement(held, named, MovementKind.REFUND, what))
    await move(connection, runtime, held, PurchaseState.FAILED)
    agreement = await _agreement(connection, runtime, held)
    await lower_exposure(connection, held.cell, agreement.offer, 0)
    if await step_of(connection, runtime, held.application) is Step.FUNDED:
        await move_on(connection, runtime, held.application, Event.PAYOUT_RETURNED)
    await give_rest_back(connection, runtime, done.loan, done.state)
    return done.settled_minor


async def _lower(
    connection: Connection,
    runtime: Runtime,
    held: Purchase,
    payment: Instruction,
    what: tuple[int, bool],
) -> Refunded:
    amount_minor, is_whole = what
    money = Money(payment.id, amount_minor, payment.value_date)
    place, back = (held.cell, _loan(held)), GoodsBack(is_whole)
    done = await record_goods_refund(connection, runtime, place, money, back)
    agreement = await _agreement(connection, runtime, held)
    owed_minor = done.state.outstanding_minor
    await lower_exposure(connection, held.cell, agreement.offer, owed_minor)
    return done


def _accounts(held: Purchase) -> tuple[Account, Account, Account]:
    assert held.lender is not None, "a purchase that was signed has a lender"
    return (
        Account(held.cell, AccountKind.MERCHANT_CASH, held.merchant),
        Account(held.cell, AccountKind.CLEARING_COLLECT),
        Account(held.cell, AccountKind.LENDER_FUNDS, held.lender),
    )


async def _post(
    connection: Connection, runtime: Runtime, payment: Instruction, legs: Sequence[_Leg]
) -> None:
    """Post linked legs and their leaf. Raises NotPosted."""
    cell, at, day = payment.cell, runtime.clock.now(), await business_date(connection)
    await open_accounts(connection, [one for leg in legs for one in leg[:2]])
    numbers = [TransferId(runtime.ids.new(id_shard(payment.party))) for _ in legs]
    transfers = [
        Transfer(number, debit.id, credit.id, amount, code, numbers[0], payment.subject)
        for number, (debit, credit, amount, code) in zip(numbers, legs, strict=True)
    ]
    answers = await post(connection, cell, transfers, day, at)
    if refused := sorted({one.name for one in answers if not one.has_effect}):
        raise NotPosted(f"a merchant's money was not posted: {', '.join(refused)}")
    leaf = Entry("movement", payment.id, hold_commitment(runtime, payment.id, transfers))
    await append(connection, cell, numbers[0], [leaf], at)


async def _purchase(connection: Connection, payment: Instruction) -> Purchase:
    found = await hold_purchase(connection, payment.cell, payment.subject)
    if found is None:
        raise Broken(f"payment {payment.id} belongs to no purchase")
    return found


async def _agreement(connection: Connection, runtime: Runtime, held: Purchase) -> Agreement:
    found = await agreement_of_application(connection, runtime, held.application, held.party)
    if found is None:
        raise Broken(f"purchase {held.application} has no agreement")
    return found


def _loan(held: Purchase) -> int:
    if held.loan is None:
        raise Broken(f"purchase {held.application} has no loan yet")
    return held.loan
