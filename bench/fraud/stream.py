"""A stream of card transactions: read from a file, or made small for the tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

DAY_S = 86_400
COLUMNS = ("ts", "customer_id", "terminal_id", "amount", "y")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stream:
    """Transactions in time order. `at_s` counts from the first midnight; `is_fraud` is 0 or 1."""

    at_s: Ints
    customer: Ints
    terminal: Ints
    amount: Floats
    is_fraud: Ints
    first_weekday: int  # of day 0, Monday = 0

    @property
    def day(self) -> Ints:
        """The number of each transaction's day, from 0."""
        return self.at_s // DAY_S

    @property
    def days(self) -> int:
        """How many days it spans."""
        return int(self.day[-1]) + 1


def read(path: Path) -> Stream:
    """Return a parquet or csv file with ts, customer_id, terminal_id, amount, y as a stream.

    Every other column is left alone: `scenario` tells how a fraud was made.
    """
    frame = (
        pl.read_csv(path, try_parse_dates=True) if path.suffix == ".csv" else pl.read_parquet(path)
    )
    frame = frame.select(COLUMNS).sort("ts", maintain_order=True)
    first = frame["ts"][0].replace(hour=0, minute=0, second=0, microsecond=0)
    at_s = ((frame["ts"] - first).dt.total_seconds()).to_numpy().astype(np.int64)
    return Stream(
        at_s=at_s,
        customer=frame["customer_id"].to_numpy().astype(np.int64),
        terminal=frame["terminal_id"].to_numpy().astype(np.int64),
        amount=frame["amount"].to_numpy().astype(np.float64),
        is_fraud=frame["y"].to_numpy().astype(np.int64),
        first_weekday=first.weekday(),
    )


def generate(seed: int, *, days: int = 28, customers: int = 400, terminals: int = 300) -> Stream:
    """Return a small stream of our own with the three ways of cheating.

    Amounts above 220; terminals taken over for weeks; cards whose spending grows fivefold.
    """
    random = np.random.default_rng(seed)
    mean = random.uniform(5, 100, customers)
    usual = random.integers(0, terminals, (customers, 12))
    per_day = random.uniform(0.5, 4, customers)
    rows = []
    for day in range(days):
        for customer, n in enumerate(random.poisson(per_day)):
            at_s = np.sort(random.integers(0, DAY_S, n))
            amount = np.abs(random.normal(mean[customer], mean[customer] / 2, n)) + 0.01
            terminal = usual[customer, random.integers(0, usual.shape[1], n)]
            rows.append(
                np.column_stack([day * DAY_S + at_s, np.full(n, customer), terminal, amount])
            )
    table = np.concatenate(rows)
    table = table[np.argsort(table[:, 0], kind="stable")]
    at_s, customer, terminal = (table[:, n].astype(np.int64) for n in range(3))
    amount, day = table[:, 3].copy(), at_s // DAY_S
    fraud = np.zeros(len(at_s), np.int64)
    for start in range(0, days, 2):
        taken = random.integers(0, terminals)
        fraud[(terminal == taken) & (day >= start) & (day < start + 28)] = 1
        for stolen in random.integers(0, customers, 2):
            rows_of = np.flatnonzero((customer == stolen) & (day >= start) & (day < start + 14))
            hit = rows_of[random.random(len(rows_of)) < 1 / 3]
            amount[hit] *= 5
            fraud[hit] = 1
    fraud[amount > 220] = 1
    return Stream(at_s, customer, terminal, amount, fraud, first_weekday=2)
