"""The page itself, made of a summary and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from tongtu.checkup.page import parts, sections
from tongtu.checkup.page.style import style
from tongtu.checkup.page.words import say

_SIGN = (
    '<svg aria-hidden="true" width="32" height="32" viewBox="0 0 32 32">'
    '<rect x="3" y="4" width="26" height="5" rx="2.5" fill="var(--tt-primary)"/>'
    '<path d="M3 12h4.5A6 6 0 0 1 13.5 18V28H8a5 5 0 0 1-5-5Z" fill="var(--tt-ink)"/>'
    '<path d="M29 12h-4.5a6 6 0 0 0-6 6V28H24a5 5 0 0 0 5-5Z" fill="var(--tt-ink)"/></svg>'
)
# The only script: which of the two languages shows.
_SCRIPT = """
const root=document.documentElement,all=[...document.querySelectorAll('[data-to]')];
function show(t){root.dataset.tongue=t;root.lang=t;
all.forEach(b=>b.setAttribute('aria-pressed',String(b.dataset.to===t)))}
all.forEach(b=>b.addEventListener('click',()=>show(b.dataset.to)));show(root.dataset.tongue);
"""


def document(summary: Mapping[str, Any], tongue: str) -> str:
    """Return the whole page; `tongue` zh or en is what it opens in."""
    book = summary["book"]
    body = "".join(f"<section>{one}</section>" for one in sections.all_of(summary))
    title = f"Tongtu 通途 · {escape(book['name'])}"
    return (
        f'<!doctype html><html lang="{tongue}" data-tongue="{tongue}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{style()}</style></head><body>"
        f'<a class="skip" href="#found">{say("跳到结果", "Skip to the findings")}</a>'
        f"<header>{parts.tongues()}{_SIGN}<h1>{say('贷款账本体检', 'Checkup of a loan book')}</h1>"
        f"<p>{escape(book['name'])} · sha256 <code>{book['sha256'][:16]}</code></p></header>"
        f'<main id="found">{body}</main><script>{_SCRIPT}</script></body></html>\n'
    )
