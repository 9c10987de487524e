"""What a transaction is judged by: windows over its customer and its terminal.

No feature looks at anything after the transaction, nor at a label younger than the delay.
"""

from __future__ import annotations

import numpy as np
from bench.fraud.stream import DAY_S, Floats, Ints, Stream

DELAY_DAYS = 7
WINDOWS_DAYS = (1, 7, 30)
_NIGHT_ENDS_H = 6
_SATURDAY = 5
# A terminal is as bad as all terminals until about so many of its own labels have come.
_PRIOR_ROWS = 20.0
_LARGE = 220.0


class Windows:
    """Sums over (t - delay - width, t - delay] of the rows with the same key."""

    def __init__(self, key: Ints, at_s: Ints) -> None:
        self._span = int(at_s[-1]) + 400 * DAY_S
        self._place = key * self._span
        self._at_s = at_s
        self._order = np.argsort(self._place + at_s, kind="stable")
        self._sorted = (self._place + at_s)[self._order]

    def bounds(self, width_s: int, delay_s: int = 0) -> tuple[Ints, Ints]:
        """Return for each row where its window begins and ends in the sorted rows."""
        ends = self._place + self._at_s - delay_s
        high = np.searchsorted(self._sorted, np.maximum(ends, self._place - 1), side="right")
        starts = np.maximum(ends - width_s, self._place - 1)
        return np.searchsorted(self._sorted, starts, side="right"), high

    def total(self, values: Floats, width_s: int, delay_s: int = 0) -> Floats:
        """Return the sum of `values` in each row's window; with no delay the row counts itself."""
        running = np.concatenate([[0.0], np.cumsum(values[self._order])])
        low, high = self.bounds(width_s, delay_s)
        return running[np.maximum(high, low)] - running[low]


def handbook(stream: Stream) -> Floats:
    """Return the features of the Fraud Detection Handbook, one column each.

    Amount, weekend, night; the customer's count and mean amount over 1, 7 and 30 days; the
    terminal's count and share of frauds over the same, a delay ago.
    """
    ones, fraud = np.ones(len(stream.at_s)), stream.is_fraud.astype(np.float64)
    of_customer = Windows(stream.customer, stream.at_s)
    of_terminal = Windows(stream.terminal, stream.at_s)
    columns = [
        stream.amount,
        ((stream.first_weekday + stream.day) % 7 >= _SATURDAY).astype(np.float64),
        (stream.at_s % DAY_S // 3_600 <= _NIGHT_ENDS_H).astype(np.float64),
    ]
    for days in WINDOWS_DAYS:
        width_s = days * DAY_S
        count = of_customer.total(ones, width_s)
        columns += [count, of_customer.total(stream.amount, width_s) / count]
    for days in WINDOWS_DAYS:
        width_s = days * DAY_S
        count = of_terminal.total(ones, width_s, DELAY_DAYS * DAY_S)
        bad = of_terminal.total(fraud, width_s, DELAY_DAYS * DAY_S)
        columns += [count, bad / np.maximum(count, 1)]
    return np.column_stack(columns)


def ours(stream: Stream) -> Floats:
    """Return the handbook's features with what they leave out.

    How the amount stands to the customer's own earlier ones, how often that was unusual lately, and
    a terminal's frauds that its amounts do not explain, weighed against how few are known.
    """
    at_s, amount = stream.at_s, stream.amount
    ones = np.ones(len(at_s))
    of_customer = Windows(stream.customer, at_s)
    of_terminal = Windows(stream.terminal, at_s)
    month, delay = 30 * DAY_S, DELAY_DAYS * DAY_S
    before = of_customer.total(ones, month) - 1
    sums = of_customer.total(amount, month) - amount
    squares = of_customer.total(amount**2, month) - amount**2
    mean = np.where(before > 0, sums / np.maximum(before, 1), amount)
    deviation = np.sqrt(np.maximum(squares / np.maximum(before, 1) - mean**2, 1.0))
    ratio, score = amount / np.maximum(mean, 1.0), (amount - mean) / deviation
    unusual = (ratio > 2.5).astype(np.float64)
    columns = [ratio, score, before]
    columns += [of_customer.total(unusual, days * DAY_S) for days in (1, 3, 7, 14)]
    # Frauds that a large or unusual amount does not explain tell of the terminal itself.
    plain = stream.is_fraud * (amount <= _LARGE) * (1 - unusual)
    prior = 0.005
    for days in (1, 3, 7, 14, 28):
        known = of_terminal.total(ones, days * DAY_S, delay)
        bad = of_terminal.total(plain, days * DAY_S, delay)
        columns += [bad, (bad + prior * _PRIOR_ROWS) / (known + _PRIOR_ROWS)]
    columns += [of_terminal.total(ones, days * DAY_S) for days in (1, 7)]
    return np.column_stack([handbook(stream), *columns])
