"""A merchant's day as a file. Pure; amounts signed as the merchant sees them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

from tongtu.checkout.model import MerchantSettlement, Movement
from tongtu.kernel.errors import Broken
from tongtu.kernel.money import MINOR_PER_MAJOR

COLUMNS = ("line", "payment", "amount")


def make(
    merchant: int, day: date, lines: Sequence[Movement], ledger_minor: int
) -> MerchantSettlement:
    """Return the settlement of a day.

    Raises:
        Broken: code `settlement_differs`: the lines are not what the ledger moved.
    """
    total_minor = sum(one.amount_minor for one in lines)
    if total_minor != ledger_minor:
        raise Broken(
            f"merchant {merchant} on {day}: payments come to {total_minor}, the ledger to "
            f"{ledger_minor}",
            code="settlement_differs",
        )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerow(("day", f"merchant-{merchant}", day.isoformat()))
    for one in lines:
        writer.writerow((one.kind.value, one.end_to_end_id, _yuan(one.amount_minor)))
    writer.writerow(("total", str(len(lines)), _yuan(total_minor)))
    return MerchantSettlement(merchant, day, total_minor, len(lines), text.getvalue().encode())


def _yuan(minor: int) -> str:
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{minor // MINOR_PER_MAJOR}.{minor % MINOR_PER_MAJOR:02}"
