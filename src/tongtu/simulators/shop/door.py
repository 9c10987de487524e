"""The shop's pages: goods with the widget on them, orders, a return; under a strict policy."""

from __future__ import annotations

import html
import json
from pathlib import Path
from string import Template
from typing import Any

import httpx

from tongtu.simulators.http import Asked, Said
from tongtu.simulators.shop.counter import (
    MERCHANT,
    RETURNABLE,
    SHELF,
    Counter,
    Goods,
    Order,
    ShopFault,
)
from tongtu.simulators.shop.words import STATES, WORDS

PAGES = Path(__file__).parent / "pages"
FILES = {"/shop.css": "text/css", "/laptop.svg": "image/svg+xml"}
LANGUAGES = ("zh", "en")
_FEN = 100


class Door:
    """Answers a browser; `platform` is where the widget and the application are."""

    def __init__(self, platform: str, counter: Counter) -> None:
        self._platform = platform
        self._counter = counter
        self._frame = Template((PAGES / "frame.html").read_text(encoding="utf-8"))
        self._goods = Template((PAGES / "goods.html").read_text(encoding="utf-8"))
        self._files = {name: (PAGES / name[1:]).read_bytes() for name in FILES}
        policy = (
            f"default-src 'none'; script-src {platform}; connect-src 'self' {platform}; "
            "style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        )
        self._headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }

    async def answer(self, asked: Asked) -> Said:
        """Answer one request."""
        path = asked.path.partition("?")[0]
        try:
            if asked.method == "GET":
                return await self._show(path)
            if asked.method == "POST":
                return await self._do(path, asked)
        except ShopFault as fault:
            return self._text(fault.status, str(fault))
        except (httpx.HTTPError, ValueError, KeyError) as fault:
            return self._text(502, type(fault).__name__)
        return self._text(405, "only GET and POST")

    async def _show(self, path: str) -> Said:
        if path in self._files:
            return Said(200, self._files[path], self._headers | {"Content-Type": FILES[path]})
        language, _, rest = path.removeprefix("/").partition("/")
        if path == "/":
            language = "zh"
        if language not in LANGUAGES:
            return self._text(404, "no such page")
        if rest == "":
            return self._page(language, self._goods_page(SHELF[0], language), "")
        if rest == "orders":
            return self._page(language, self._orders_page(language), "orders")
        if rest.startswith("orders/"):
            order = self._counter.order(rest.removeprefix("orders/"))
            standing = await self._counter.standing(order)
            return self._page(language, _order_page(order, standing, language), rest)
        return self._text(404, "no such page")

    async def _do(self, path: str, asked: Asked) -> Said:
        if asked.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise ShopFault(403, "from this shop's own pages only")
        if path == "/tongtu/checkout":
            order = await self._counter.take(str(json.loads(asked.body)["sku"]))
            content = json.dumps({"session": order.session, "order": order.reference}).encode()
            return Said(200, content, self._headers)
        language, _, rest = path.removeprefix("/").partition("/")
        reference = rest.removeprefix("orders/").removesuffix("/return")
        if language in LANGUAGES and rest == f"orders/{reference}/return":
            await self._counter.take_back(self._counter.order(reference))
            return Said(303, b"", self._headers | {"Location": f"/{language}/orders/{reference}"})
        raise ShopFault(404, "no such page")

    def _goods_page(self, goods: Goods, language: str) -> str:
        w = WORDS[language]
        return self._goods.substitute(
            w,
            sku=goods.sku,
            merchant=MERCHANT,
            amount=goods.price_minor,
            name=html.escape(getattr(goods, f"name_{language}")),
            about=html.escape(getattr(goods, f"about_{language}")),
            price=money(goods.price_minor),
        )

    def _orders_page(self, language: str) -> str:
        w = WORDS[language]
        rows = "".join(
            f'<li><a href="/{language}/orders/{one.reference}">{one.reference}</a> '
            f"{html.escape(getattr(one.goods, f'name_{language}'))} "
            f"{money(one.goods.price_minor)}</li>"
            for one in self._counter.orders()
        )
        body = f'<ul class="orders">{rows}</ul>' if rows else f"<p>{w['no_orders']}</p>"
        return f'<main class="plain"><h1>{w["orders"]}</h1>{body}</main>'

    def _page(self, language: str, body: str, rest: str) -> Said:
        other = "en" if language == "zh" else "zh"
        content = self._frame.substitute(
            WORDS[language],
            lang="zh-CN" if language == "zh" else "en",
            own=language,
            other=other,
            rest=rest,
            platform=self._platform,
            body=body,
        )
        headers = self._headers | {"Content-Type": "text/html; charset=utf-8"}
        return Said(200, content.encode(), headers)

    def _text(self, status: int, words: str) -> Said:
        return Said(status, words.encode(), self._headers | {"Content-Type": "text/plain"})


def _order_page(order: Order, standing: dict[str, Any], language: str) -> str:
    w = WORDS[language]
    back = [one for one in standing["returns"] if one["state"] != "failed"]
    state = STATES[language].get(str(standing["state"]), str(standing["state"]))
    action = ""
    if standing["state"] == RETURNABLE and not back:
        action = (
            f'<form method="post" action="/{language}/orders/{order.reference}/return">'
            f"<p>{w['return_note']}</p><button>{w['return']}</button></form>"
        )
    elif back:
        action = f'<p role="status">{w["returning"]} {money(int(back[0]["amount_minor"]))}</p>'
    return (
        f'<main class="plain"><h1>{w["order"]} {order.reference}</h1>'
        f"<dl><dt>{w['goods']}</dt><dd>{html.escape(getattr(order.goods, f'name_{language}'))}</dd>"
        f"<dt>{w['price']}</dt><dd>{money(order.goods.price_minor)}</dd>"
        f"<dt>{w['state']}</dt><dd>{html.escape(state)}</dd></dl>{action}</main>"
    )


def money(minor: int) -> str:
    """Return fen as yuan: 468000 is ¥4,680.00."""
    return f"¥{minor // _FEN:,}.{minor % _FEN:02}"
