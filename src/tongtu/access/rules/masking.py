"""Which role sees what of who a person is, by one table; and how a value looks masked. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tongtu.identity.api import Role, VaultKind, mask_name, mask_phone
from tongtu.kernel.errors import Broken

_KEYS = frozenset({"version", "masked", "whole"})
_SEEN_OF_ADDRESS = 6
# Who looks into the vault in the course of work; a table cannot name more (identity/flow/vault).
READERS = frozenset({Role.CLERK, Role.OPERATOR})
Kinds = tuple[VaultKind, ...]


@dataclass(frozen=True, slots=True)
class Masking:
    """What each role sees masked, and what it may ask for whole."""

    masked: Mapping[Role, Kinds]
    whole: Mapping[Role, Kinds]


def read_masking(content: Mapping[str, Any]) -> Masking:
    """Return the table as TOML reads it.

    Raises:
        Broken: code `bad_masking`: an unknown key, role or kind, or one twice.
    """
    if unknown := content.keys() - _KEYS:
        raise _bad(f"nobody knows {', '.join(sorted(unknown))}")
    return Masking(_kinds(content, "masked"), _kinds(content, "whole"))


def masked(kind: VaultKind, text: str) -> str:
    """Return what a glance needs of a value: enough to tell two apart, too little to use."""
    return _MASKS[kind](text)


def _kinds(content: Mapping[str, Any], part: str) -> dict[Role, Kinds]:
    found: dict[Role, Kinds] = {}
    for name, words in content.get(part, {}).items():
        try:
            role, kinds = Role(name), tuple(VaultKind(word) for word in words)
        except ValueError as fault:
            raise _bad(f"{part}: {fault}") from None
        if role not in READERS:
            raise _bad(f"{part}: {name} does not look at persons")
        if len(set(kinds)) != len(kinds):
            raise _bad(f"{part}: {name} names something twice")
        found[role] = kinds
    return found


def _ends(text: str, first: int, last: int) -> str:
    return f"{text[:first]}{'*' * max(len(text) - first - last, 3)}{text[len(text) - last :]}"


_MASKS: Mapping[VaultKind, Callable[[str], str]] = {
    VaultKind.PHONE: mask_phone,
    VaultKind.NAME: mask_name,
    VaultKind.RESIDENT_ID: lambda text: _ends(text, 3, 4),
    VaultKind.CARD: lambda text: _ends(text, 0, 4),
    VaultKind.ADDRESS: lambda text: f"{text[:_SEEN_OF_ADDRESS]}****",
}


def _bad(why: str) -> Broken:
    return Broken(f"rules/masking.toml: {why}", code="bad_masking")
