"""The shop's own books: what it sells, what was ordered, what the platform says became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

PATH = "/v1/checkout/sessions"
MERCHANT = "haoyu"
ORDERS_MAX = 200
# Where goods can come back: they are paid for.
RETURNABLE = "paid"


@dataclass(frozen=True, slots=True)
class Goods:
    """What stands on a shelf; `price_minor` in fen."""

    sku: str
    name_zh: str
    name_en: str
    about_zh: str
    about_en: str
    price_minor: int


SHELF = (
    Goods(
        "YS-14",
        "远山 14 英寸笔记本电脑",
        "Yuanshan 14-inch laptop",
        "16 GB 内存，512 GB 固态硬盘，1.2 千克",
        "16 GB memory, 512 GB drive, 1.2 kg",
        468_000,
    ),
)


class ShopFault(Exception):
    """The platform did not do what the shop asked; `status` is what the buyer's browser is told."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True, slots=True)
class Order:
    """Goods that somebody went to pay for by instalments."""

    reference: str
    goods: Goods
    session: str


class Counter:
    """Takes orders by the merchant's own log-in; the price is the shelf's, never the browser's."""

    def __init__(self, platform: httpx.AsyncClient, draw: Callable[[], str]) -> None:
        self._platform = platform
        self._draw = draw
        self._orders: dict[str, Order] = {}

    def goods(self, sku: str) -> Goods:
        """Return what is sold under a number; raises ShopFault (404)."""
        for one in SHELF:
            if one.sku == sku:
                return one
        raise ShopFault(404, "no such goods")

    async def take(self, sku: str) -> Order:
        """Ask to be paid for one piece; return the order with its session."""
        goods = self.goods(sku)
        reference = f"hy-{self._draw()[:16]}"
        item = {"name": goods.name_zh, "quantity": 1, "unit_minor": goods.price_minor}
        body = {"reference": reference, "items": [item], "price_minor": goods.price_minor}
        opened = await self._post(PATH, body)
        if len(self._orders) >= ORDERS_MAX:
            self._orders.pop(next(iter(self._orders)))
        order = self._orders[reference] = Order(reference, goods, str(opened["session"]))
        return order

    def orders(self) -> list[Order]:
        """Return the orders, newest first."""
        return list(reversed(self._orders.values()))

    def order(self, reference: str) -> Order:
        """Return one order; raises ShopFault (404)."""
        if reference not in self._orders:
            raise ShopFault(404, "no such order")
        return self._orders[reference]

    async def standing(self, order: Order) -> dict[str, Any]:
        """Return the session as the platform shows it to its merchant."""
        answer = await self._platform.get(f"{PATH}/{order.session}")
        return self._read(answer)

    async def take_back(self, order: Order) -> None:
        """Give the whole price back: the platform lowers or unwinds the loan when it has come."""
        standing = await self.standing(order)
        left = int(standing["price_minor"]) - int(standing["returned_minor"])
        if standing["state"] != RETURNABLE or left <= 0 or standing["returns"]:
            raise ShopFault(409, "this order cannot be returned now")
        await self._post(f"{PATH}/{order.session}/returns", {"amount_minor": left})

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        key = {"idempotency-key": self._draw()}
        return self._read(await self._platform.post(path, json=body, headers=key))

    @staticmethod
    def _read(answer: httpx.Response) -> dict[str, Any]:
        if not answer.is_success:
            raise ShopFault(502, f"the platform answered {answer.status_code}")
        content: dict[str, Any] = answer.json()
        return content
