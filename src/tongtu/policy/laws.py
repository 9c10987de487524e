"""The law each lender lends under: the country's pack, tightened by the lender's own overlay.

An overlay is a folder named like its lender. It is read once, at load; what would loosen the pack,
or would never be asked of one lender alone, is refused by name and nothing is offered at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

from tongtu.policy.model import BadPack, Overlay
from tongtu.policy.pack import Pack
from tongtu.policy.store import read_overlay

# The points at which one lender's offer, program or contract is judged by itself.
LENDER_POINTS = frozenset({"offer.build", "contract.sign", "product.publish", "facility.change"})
# Each is a whole pack that is proved at load; a market has fewer lenders.
OVERLAYS_MAX = 200


class Laws:
    """The base pack, and by lender the pack with its overlay on it."""

    def __init__(self, base: Pack, own: Mapping[str, Pack] | None = None) -> None:
        self.base = base
        self.own = dict(own or {})

    @property
    def hash(self) -> str:
        """The base's own hash where there is no overlay, else one over all of them."""
        return _hash(self.base, self.own)

    @property
    def reason_codes(self) -> frozenset[str]:
        """The codes that an answer to an application may carry, whoever gives it."""
        own = (pack.reason_codes for pack in self.own.values())
        return self.base.reason_codes.union(*own)

    def of(self, lender: str) -> Pack:
        """Return the pack a lender's offers are judged by."""
        return self.own.get(lender, self.base)

    def reason(self, code: str, lang: str) -> str:
        """Return the text of a code of the base or of an overlay. An unknown code raises Broken."""
        for pack in self.own.values():
            if code in pack.reason_codes and code not in self.base.reason_codes:
                return pack.reason(code, lang)
        return self.base.reason(code, lang)


def load_laws(base: Pack, folder: Path, lenders: Collection[str]) -> Laws:
    """Return the laws of these lenders; no folder is no overlay.

    Raises:
        Loosens: an overlay would allow what the base does not; the rule or figure is named.
        BadPack: it cannot be read, is of no lender, or says what nobody asks of one lender.
    """
    if not folder.is_dir():
        return Laws(base)
    found = sorted(path for path in folder.iterdir() if path.is_dir())
    if len(found) > OVERLAYS_MAX:
        raise BadPack(f"there are more than {OVERLAYS_MAX} overlays")
    own: dict[str, Pack] = {}
    for path in found:
        if path.name not in lenders:
            raise BadPack(f"overlay {path.name}: there is no lender of this name")
        overlay = read_overlay(path)
        if idle := sorted(_idle(base, overlay)):
            raise BadPack(f"overlay {overlay.id}: never asked of one lender: {', '.join(idle)}")
        own[path.name] = base.tightened(overlay)
    return Laws(base, own)


def _idle(base: Pack, overlay: Overlay) -> set[str]:
    """Return what of an overlay no point that asks a lender alone would ever read."""
    points = {rule.id: set(rule.points) for rule in (*base.content.rules, *overlay.rules)}
    changed = {*overlay.severities, *(rule.id for rule in overlay.rules)}
    # What the base has not at all is told by `tightened`.
    found = {rule for rule in changed & set(points) if not points[rule] & LENDER_POINTS}
    names = {row.name for row in overlay.parameters} | {*overlay.sets_add, *overlay.sets_remove}
    read = base.readers()
    for name in names:
        readers = read.get(name, frozenset())
        if readers and not any(points[rule] & LENDER_POINTS for rule in readers):
            found.add(name)
    return found


def _hash(base: Pack, own: Mapping[str, Pack]) -> str:
    """Return the base's own hash where there is no overlay, else one over all of them."""
    if not own:
        return base.hash
    named = [base.hash, *(f"{lender} {pack.hash}" for lender, pack in sorted(own.items()))]
    return hashlib.sha256("\n".join(named).encode()).hexdigest()
