"""Reads the file of merchants that a product owner edits. Pure but for the reading."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tongtu.checkout.model import MERCHANT_NUMBER_MAX, BadMerchants, Merchant, MerchantTerms
from tongtu.kernel.errors import NotFound

BPS_MAX = 10_000
# A merchant's fee above this is a slip of the hand.
FEE_BPS_MAX = 1_000
TENOR_MAX = 120
ACCOUNT_LENGTH_MAX = 34
MCC_DIGITS = 4


class Merchants:
    """The merchants that may ask to be paid, by number."""

    def __init__(self, merchants: Iterable[Merchant] = ()) -> None:
        self._merchants: dict[int, Merchant] = {}
        for one in merchants:
            if one.number in self._merchants or one.id in {m.id for m in self.all()}:
                raise BadMerchants(f"merchant {one.id} stands there twice")
            self._merchants[one.number] = one

    def all(self) -> tuple[Merchant, ...]:
        """Return every merchant, in the order of the file."""
        return tuple(self._merchants.values())

    def find(self, number: int) -> Merchant:
        """Return a merchant. Raises NotFound."""
        found = self._merchants.get(number)
        if found is None:
            raise NotFound("there is no such merchant")
        return found

    def named(self, name: str) -> Merchant:
        """Return a merchant by its id, such as "haoyu". Raises NotFound."""
        found = next((one for one in self._merchants.values() if one.id == name), None)
        if found is None:
            raise NotFound("there is no such merchant")
        return found


def read_merchants(path: Path) -> Merchants:
    """Return the merchants of a file. Raises BadMerchants."""
    try:
        file = tomllib.loads(path.read_text(encoding="utf-8"))
        return Merchants([_merchant(row) for row in file["merchant"]])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadMerchants(f"the file of merchants cannot be read: {error!r}") from error


def _merchant(row: Mapping[str, Any]) -> Merchant:
    paid = {int(months): bps for months, bps in row.get("paid_bps", {}).items()}
    account, mcc = row["account"], row["mcc"]
    is_sound = (
        type(row["number"]) is int
        and 1 <= row["number"] <= MERCHANT_NUMBER_MAX
        and type(row["fee_bps"]) is int
        and 0 <= row["fee_bps"] <= FEE_BPS_MAX
        and all(type(bps) is int and 0 < bps <= BPS_MAX for bps in paid.values())
        and all(1 <= months <= TENOR_MAX for months in paid)
        and 1 <= len(account) <= ACCOUNT_LENGTH_MAX
        and account.replace("-", "").isalnum()
        and len(mcc) == MCC_DIGITS
        and mcc.isdigit()
    )
    if not is_sound:
        raise BadMerchants(
            f"merchant {row.get('id')} has a number, a fee or an account that is off"
        )
    terms = MerchantTerms(row["zh"], row["en"], account, row["fee_bps"], MappingProxyType(paid))
    return Merchant(row["number"], row["id"], mcc, terms)
