"""The plainest possible model of the ledger: one transfer after the other, in dicts."""

import random
from datetime import date, timedelta
from typing import NamedTuple

from tongtu.ledger.api import AccountKind, Act

DAY = date(2026, 11, 24)
CLOSED_ON = date(2026, 10, 31)
BALANCE_MAX = 4 * 10**18
# id: kind, floor, ceiling, currency, opening balance. Small, so that they run out often.
ACCOUNTS = {
    1: (AccountKind.LENDER_FUNDS, 0, None, "CNY", 300),
    2: (AccountKind.LENDER_FUNDS, 0, 400, "CNY", 50),
    3: (AccountKind.CLEARING_PAYOUT, 0, None, "CNY", 0),
    4: (AccountKind.BORROWER_CASH, None, None, "CNY", 0),
    5: (AccountKind.LOAN_PRINCIPAL, -40, 90, "CNY", 0),
    6: (AccountKind.PLATFORM_FEE, None, None, "CNY", 0),
    7: (AccountKind.LENDER_FUNDS, 0, None, "USD", 80),
    8: (AccountKind.CAPITAL, None, None, "CNY", -350),
    9: (AccountKind.SUSPENSE, None, None, "CNY", BALANCE_MAX - 60),
    10: (AccountKind.SUSPENSE, None, None, "CNY", 60 - BALANCE_MAX),
    11: (AccountKind.PLATFORM_OWN, 0, None, "CNY", 0),
    12: (AccountKind.MERCHANT_CASH, None, None, "CNY", 0),
}
PLATFORM = (AccountKind.PLATFORM_FEE, AccountKind.PLATFORM_OWN)
PAID_OUT_TO = (AccountKind.BORROWER_CASH, AccountKind.MERCHANT_CASH)
PAID_OUT_FROM = (AccountKind.LENDER_FUNDS, AccountKind.CLEARING_PAYOUT)
COLLECTED_BY = (AccountKind.LENDER_FUNDS, AccountKind.CLEARING_COLLECT)
DISBURSEMENT, COLLECTION = 12, 30


class Asked(NamedTuple):
    """A transfer as post_batch is asked for it."""

    id: int
    debit: int
    credit: int
    amount: int
    code: int = 60
    link: int = 0
    subject: int = 7
    act: int | None = None
    original: int | None = None
    expires_at: object = None
    adjusts: date | None = None

    @property
    def is_movement(self):
        return self.act in (None, Act.POST, Act.REVERSAL)


def is_forbidden(debit, credit, code):
    """The law, as it is told: no client money on the platform's own accounts, and so on."""
    if credit is AccountKind.PLATFORM_FEE and debit is not AccountKind.LENDER_FUNDS:
        return True
    if credit is AccountKind.PLATFORM_OWN and debit is not AccountKind.PLATFORM_FEE:
        return True
    if debit in PLATFORM and credit in (*PAID_OUT_TO, AccountKind.CLEARING_PAYOUT):
        return True
    if code == DISBURSEMENT and (debit in PAID_OUT_FROM) != (credit in PAID_OUT_TO):
        return True
    return code == COLLECTION and debit is AccountKind.BORROWER_CASH and credit not in COLLECTED_BY


class Model:
    """Sequential semantics of the ledger, written for reading."""

    def __init__(self, accounts=ACCOUNTS, closed_on=CLOSED_ON):
        self.kinds = {account: facts[0] for account, facts in accounts.items()}
        self.limits = {account: facts[1:3] for account, facts in accounts.items()}
        self.currencies = {account: facts[3] for account, facts in accounts.items()}
        self.balances = {account: facts[4] for account, facts in accounts.items()}
        self.leaving = dict.fromkeys(accounts, 0)
        self.coming = dict.fromkeys(accounts, 0)
        self.posted = {}
        self.ended = set()
        self.closed_on = closed_on

    def waiting(self):
        """Return the pending transfers that have not ended."""
        return [
            one for one in self.posted.values()
            if one.act is Act.PENDING and one.id not in self.ended
        ]  # fmt: skip

    def post(self, batch, day, at):
        """Return a code for each transfer asked for."""
        results = [None] * len(batch)
        for n, asked in enumerate(batch):
            if results[n] is None:
                link = asked.link
                group = [m for m, t in enumerate(batch) if m == n or (link and t.link == link)]
                self._post_group(batch, group, results, (day, at))
        return results

    def _post_group(self, batch, group, results, when):
        kept = [dict(self.balances), dict(self.leaving), dict(self.coming)]
        posted, ended = dict(self.posted), set(self.ended)
        guilty = None
        for n in group:
            results[n] = self._post_one(batch[n], *when)
            if results[n] > 1:
                guilty = n
                break
        if guilty is None:
            return
        self.balances, self.leaving, self.coming = kept
        self.posted, self.ended = posted, ended
        for n in group:
            if n != guilty:
                results[n] = 1 if posted.get(batch[n].id) == batch[n] else 5

    def _post_one(self, asked, day, at):  # noqa: C901, PLR0911, PLR0912 - a line a rule
        if asked.id in self.posted:
            return 1 if self.posted[asked.id] == asked else 3
        if day <= self.closed_on or asked.adjusts not in (None, self.closed_on):
            return 11
        debit, credit, amount = asked.debit, asked.credit, asked.amount
        if not 1 <= amount <= 10**15 or debit == credit:
            return 6
        if debit not in self.kinds or credit not in self.kinds:
            return 4
        if self.currencies[debit] != self.currencies[credit]:
            return 6
        if is_forbidden(self.kinds[debit], self.kinds[credit], asked.code):
            return 7
        original = self.posted.get(asked.original)
        if asked.act is Act.PENDING:
            if asked.expires_at <= at:
                return 10
        elif asked.act is Act.REVERSAL:
            if original is None or original.act not in (None, Act.POST):
                return 8
            if (debit, credit, amount) != (original.credit, original.debit, original.amount):
                return 8
        elif asked.act is not None:
            return self._end(asked, original, at)
        if asked.act is Act.REVERSAL and asked.original in self.ended:
            return 9
        return self._move(asked)

    def _end(self, asked, original, at):
        if original is None or original.act is not Act.PENDING:
            return 8
        if (asked.debit, asked.credit) != (original.debit, original.credit):
            return 8
        least = 1 if asked.act is Act.POST else original.amount
        if not least <= asked.amount <= original.amount:
            return 8
        if original.id in self.ended:
            return 9
        is_over = original.expires_at <= at
        if (asked.act, is_over) in ((Act.POST, True), (Act.EXPIRE, False)):
            return 10
        self.leaving[asked.debit] -= original.amount
        self.coming[asked.credit] -= original.amount
        if asked.act is Act.POST:
            self.balances[asked.debit] -= asked.amount
            self.balances[asked.credit] += asked.amount
        self.ended.add(original.id)
        self.posted[asked.id] = asked
        return 0

    def _move(self, asked):
        debit, credit, amount = asked.debit, asked.credit, asked.amount
        floor, ceiling = self.limits[debit][0], self.limits[credit][1]
        least = self.balances[debit] - self.leaving[debit] - amount
        most = self.balances[credit] + self.coming[credit] + amount
        if floor is not None and least < floor:
            return 2
        if ceiling is not None and most > ceiling:
            return 12
        if least < -BALANCE_MAX or most > BALANCE_MAX:
            return 6
        if asked.act is Act.PENDING:
            self.leaving[debit] += amount
            self.coming[credit] += amount
        else:
            self.balances[debit] -= amount
            self.balances[credit] += amount
            if asked.act is Act.REVERSAL:
                self.ended.add(asked.original)
        self.posted[asked.id] = asked
        return 0


class Generator:
    """Random batches: calm ones for the fast way, wild ones with everything that can go wrong."""

    def __init__(self, seed, model):
        self.random = random.Random(seed)
        self.model = model  # so that most of what it ends is really waiting
        self.next = 1
        self.seen = []

    def batch(self, at):
        is_wild = self.random.random() < 0.7
        size = self.random.choice((1, 2, 3, 5, 8, 13, 30))
        return [self._asked(at, is_wild) for _ in range(size)]

    def _asked(self, at, is_wild):
        pick = self.random.random
        if is_wild and self.seen and pick() < 0.15:
            again = self.random.choice(self.seen[-40:])
            if pick() < 0.3:
                field = self.random.choice(("debit", "credit", "amount", "code", "link", "subject"))
                again = again._replace(**{field: getattr(again, field) + 1})
            return again
        asked = self._about(at) if is_wild and self.seen and pick() < 0.5 else self._new(is_wild)
        if is_wild and asked.act is None and pick() < 0.3:
            wait = timedelta(seconds=self.random.choice((0, 1, 1, 2, 40)))
            asked = asked._replace(act=Act.PENDING, expires_at=at + wait)
        if is_wild and pick() < 0.08:
            asked = asked._replace(adjusts=self.random.choice((CLOSED_ON, CLOSED_ON, DAY)))
        self.next += self.random.choice((1, 1, 3))
        self.seen.append(asked)
        return asked

    def _new(self, is_wild):
        accounts = [*ACCOUNTS, 99] if is_wild else [1, 2, 3, 4, 8]
        debit = self.random.choice(accounts)
        credit = self.random.choice([a for a in accounts if is_wild or a != debit])
        amount = self.random.choice(
            (1, 7, 25, 60, 0, -5, 10**15, 10**15 + 1, 2**63 - 2)
            if is_wild and self.random.random() < 0.15
            else (1, 2, 7, 25, 400)
        )
        code = self.random.choice((60, 40, DISBURSEMENT, COLLECTION))
        return Asked(self.next, debit, credit, amount, code, self.random.choice((0, 0, 501, 502)))

    def _about(self, at):
        """An end or a reversal of something asked for before, mostly as it should be."""
        recent = self.seen[-60:]
        waiting = [one for one in recent if one.act is Act.PENDING]
        if self.random.random() < 0.7:
            waiting = self.model.waiting() or waiting
        is_end = waiting and self.random.random() < 0.6
        about = self.random.choice(waiting if is_end else recent)
        is_over = is_end and about.expires_at <= at
        others = (Act.EXPIRE,) * 3 if is_over else (Act.POST, Act.POST)
        act = self.random.choice((Act.POST, Act.VOID, Act.EXPIRE, *others))
        made = about._replace(
            id=self.next, act=act, original=about.id, expires_at=None, adjusts=None,
            link=self.random.choice((0, 0, 501, 502)),
        )  # fmt: skip
        if not is_end:
            made = made._replace(act=Act.REVERSAL, debit=about.credit, credit=about.debit, code=61)
        if self.random.random() < 0.2:
            made = made._replace(amount=max(1, made.amount - 1))
        return made
