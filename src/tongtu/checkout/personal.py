"""What checkout holds of a person: the goods of a session end with it, the money stays."""

from __future__ import annotations

from tongtu.runtime.api import End, Holding

_MONEY = ("transaction", "credit_agreement", "contract")

HELD = (
    Holding(
        "checkout.session",
        "t.cell = :cell and t.party = :party",
        "买的东西",
        "The goods you bought",
        duties=_MONEY,
        end=End.BLANK,
        blank="items = '[]'::jsonb, party = null",
    ),
    Holding(
        "checkout.purchase",
        "t.cell = :cell and t.party = :party",
        "分期购买",
        "Purchases by instalments",
        duties=_MONEY,
        end=End.NUMBER,
    ),
    Holding(
        "checkout.goods_return",
        "t.cell = :cell and t.application = any(:applications)",
        "退货",
        "Goods you gave back",
        duties=_MONEY,
        end=End.NUMBER,
    ),
)
NUMBERED = {
    "checkout.merchant": "merchants",
    "checkout.movement": "movements of a merchant, by numbers of cases",
}
