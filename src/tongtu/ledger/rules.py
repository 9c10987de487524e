"""How a transfer is ended or reversed, and where a long list may be cut. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from tongtu.kernel.errors import BadInput
from tongtu.kernel.ids import SEQUENCE_BITS, SHARD_BITS, TransferId
from tongtu.ledger.model import BATCH_MAX, Act, Code, Transfer

# Above 500 transfers a call grows in latency, not in throughput.
CHUNK = 512


def pending(transfer: Transfer, expires_at: datetime) -> Transfer:
    """Return the transfer as one that waits: it holds its amount until it is ended."""
    return transfer._replace(act=Act.PENDING, expires_at=expires_at)


def end_by_posting(
    waiting: Transfer, number: TransferId, amount_minor: int | None = None
) -> Transfer:
    """Return the transfer that moves a pending one, or a part of it; the rest comes free."""
    amount_minor = waiting.amount_minor if amount_minor is None else amount_minor
    return _about(waiting, number)._replace(act=Act.POST, amount_minor=amount_minor)


def end_by_voiding(waiting: Transfer, number: TransferId) -> Transfer:
    """Return the transfer that frees a pending one."""
    return _about(waiting, number)._replace(act=Act.VOID)


def end_by_expiring(waiting: Transfer) -> Transfer:
    """Return the transfer that frees a pending one whose time is over.

    Its id follows from the pending one's, so a sweep that is repeated finds it posted.
    """
    digest = hashlib.blake2b(f"expire|{waiting.id}".encode(), digest_size=8).digest()
    shard_mask = ((1 << SHARD_BITS) - 1) << SEQUENCE_BITS
    number = int.from_bytes(digest, "big") >> 1 & ~shard_mask | waiting.id & shard_mask
    return _about(waiting, TransferId(number))._replace(act=Act.EXPIRE)


def reversal(moved: Transfer, number: TransferId) -> Transfer:
    """Return the transfer that moves `moved` back the way it came; nothing is deleted."""
    return _about(moved, number)._replace(
        debit=moved.credit, credit=moved.debit, act=Act.REVERSAL, code=Code.REVERSAL
    )


def _about(original: Transfer, number: TransferId) -> Transfer:
    return original._replace(id=number, original=original.id, expires_at=None, adjusts=None, link=0)


def chunks(transfers: Sequence[Transfer]) -> Iterator[Sequence[Transfer]]:
    """Yield runs of about CHUNK transfers, never cutting through a linked group.

    Raises:
        BadInput: a linked group (or several, interleaved) is longer than one batch may be.
    """
    if len(transfers) <= CHUNK:
        if transfers:
            yield transfers
        return
    ends = {transfer.link: place for place, transfer in enumerate(transfers) if transfer.link}
    start, open_until = 0, -1
    for place, transfer in enumerate(transfers):
        if place - start >= BATCH_MAX:
            raise BadInput("a linked group has too many transfers", code="group_too_long")
        open_until = max(open_until, ends.get(transfer.link, place))
        if open_until == place and (place + 1 - start >= CHUNK or place + 1 == len(transfers)):
            yield transfers[start : place + 1]
            start = place + 1
