"""The bank's book: accounts and payments, kept in an append-only file that outlives a kill."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

ACCOUNTS_MAX = 1_000_000
INSUFFICIENT, CLOSED = "AM04", "AC04"


class Status(StrEnum):
    """What the bank made of a payment (ISO 20022 transaction status)."""

    SETTLED = "ACSC"
    PENDING = "PDNG"
    REJECTED = "RJCT"


@dataclass(frozen=True, slots=True)
class Order:
    """A payment as it was asked for."""

    end_to_end_id: str
    debtor: str
    creditor: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A payment as it stands."""

    order: Order
    status: Status
    reason: str | None = None


class Book:
    """Balances follow from the entries; an end-to-end id has one effect for ever."""

    def __init__(self, path: Path | None, opening_minor: int) -> None:
        self._opening_minor = opening_minor
        self._balances: dict[str, int] = {}
        self._entries: dict[str, Entry] = {}
        self._file = None if path is None else self._open(path)

    def find(self, end_to_end_id: str) -> Entry | None:
        """Return the payment, or None when the bank has never heard of it."""
        return self._entries.get(end_to_end_id)

    def settle(self, order: Order) -> Entry:
        """Move the money if the debtor has it."""
        if self.balance_minor(order.debtor) < order.amount_minor:
            return self._write(Entry(order, Status.REJECTED, INSUFFICIENT))
        return self._write(Entry(order, Status.SETTLED))

    def hold(self, order: Order) -> Entry:
        """Take the order; it is settled later."""
        return self._write(Entry(order, Status.PENDING))

    def refuse(self, order: Order, reason: str) -> Entry:
        """Say no for good."""
        return self._write(Entry(order, Status.REJECTED, reason))

    def pending(self) -> list[Order]:
        """Return the orders that wait to be settled."""
        return [e.order for e in self._entries.values() if e.status is Status.PENDING]

    def balance_minor(self, account: str) -> int:
        """Return what stands on an account; each opens with the same amount."""
        return self._balances.get(account, self._opening_minor)

    def totals(self) -> dict[str, int]:
        """Return counts, and the sum of all movements, which is 0 or the bank is wrong."""
        moved = sum(self._balances.values()) - len(self._balances) * self._opening_minor
        settled = [e for e in self._entries.values() if e.status is Status.SETTLED]
        return {
            "payments": len(self._entries),
            "settled": len(settled),
            "refused": sum(e.status is Status.REJECTED for e in self._entries.values()),
            "settled_minor": sum(entry.order.amount_minor for entry in settled),
            "accounts": len(self._balances),
            "sum_minor": moved,
        }

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _write(self, entry: Entry) -> Entry:
        if self._file is not None:
            body = {**asdict(entry.order), "status": entry.status, "reason": entry.reason}
            self._file.write(json.dumps(body).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        self._take(entry)
        return entry

    def _take(self, entry: Entry) -> None:
        order, before = entry.order, self._entries.get(entry.order.end_to_end_id)
        if before is not None and before.status is not Status.PENDING:
            raise ValueError(f"{order.end_to_end_id} is final")
        if len(self._balances) >= ACCOUNTS_MAX:
            raise ValueError("the simulated bank is full")
        self._entries[order.end_to_end_id] = entry
        if entry.status is Status.SETTLED:
            for account, sign in ((order.debtor, -1), (order.creditor, 1)):
                self._balances[account] = self.balance_minor(account) + sign * order.amount_minor

    def _open(self, path: Path) -> Any:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
        file.seek(0)
        whole = 0
        for line in file.read().splitlines(keepends=True):
            if not line.endswith(b"\n"):
                break  # a kill in the middle of a line: that payment was never answered
            whole += len(line)
            body = json.loads(line)
            status, reason = Status(body.pop("status")), body.pop("reason")
            self._take(Entry(Order(**body), status, reason))
        file.truncate(whole)
        return file
