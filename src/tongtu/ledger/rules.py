"""Which kinds of accounts never meet, and where a long list of transfers may be cut. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tongtu.kernel.errors import BadInput
from tongtu.ledger.model import BATCH_MAX, AccountKind, Transfer

# Above 500 transfers a call grows in latency, not in throughput.
CHUNK = 512
# The only payers of the platform's fee. The SQL function ledger.is_forbidden says the same.
PAYERS_OF_PLATFORM_FEE = frozenset({AccountKind.LENDER_FUNDS})


def is_forbidden(debit: AccountKind, credit: AccountKind) -> bool:
    """Tell whether the books refuse this pair: no fee flows from a borrower to the platform."""
    return credit is AccountKind.PLATFORM_FEE and debit not in PAYERS_OF_PLATFORM_FEE


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
