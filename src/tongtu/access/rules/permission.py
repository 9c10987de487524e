"""The table of permissions: one file a noun, one entry a route. What has no entry is shut."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tongtu.identity.api import Role
from tongtu.kernel.errors import Broken

ANYBODY, SIGNED_IN = "anybody", "signed_in"
FRESH_MINUTES_MAX = 60
_ROUTE = re.compile(r"(?P<method>GET|POST|PUT|DELETE) (?P<path>/[A-Za-z0-9/_{}.-]*)")
_WORD = re.compile(r"[a-z][a-z_]{1,39}")
_OPERATION_KEYS = frozenset({"who", "about", "shows", "branch", "fresh_minutes", "second_person"})
_FILE_KEYS = frozenset({"noun", "owner", "why", "operations"})


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may call one route, and what holds then.

    `who` None is anybody, signed in or not. `about` names the id in the address behind which a
    person stands; `shows` is the class of their data that the answer holds, and `why` the purpose
    each role has. `is_for_branches` lets in clerks of a branch that serves this person,
    `is_by_code` those of any branch: there the command asks for the person's own code;
    `is_of_house` all of them, as no person stands behind it. Without any no clerk of a branch
    passes. `fresh_within` asks for a proof no older than that.
    """

    noun: str
    owner: str
    who: frozenset[Role] | None
    about: str | None = None
    shows: str = ""
    why: Mapping[Role, str] | None = None
    is_for_branches: bool = False
    is_by_code: bool = False
    is_of_house: bool = False
    fresh_within: timedelta | None = None
    is_second_person: bool = False


def read_permissions(files: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Permission]:
    """Return the permission of each (method, path) out of files by name, as TOML reads them.

    Raises:
        Broken: code `bad_permissions`: an unknown key, role or form, or a route that stands twice.
    """
    found: dict[tuple[str, str], Permission] = {}
    for name, content in files.items():
        _check_keys(name, content, _FILE_KEYS)
        noun, owner = _word(name, content.get("noun")), _word(name, content.get("owner"))
        if noun != name:
            raise _bad(name, f"the noun is {noun}")
        why = {
            _role(name, role): _word(name, text) for role, text in content.get("why", {}).items()
        }
        for route, entry in content.get("operations", {}).items():
            parsed = _ROUTE.fullmatch(route)
            if parsed is None:
                raise _bad(name, f"{route} is no route")
            address = parsed["method"], parsed["path"]
            if address in found:
                raise _bad(name, f"{route} stands twice")
            found[address] = _permission(f"{name}: {route}", (noun, owner), entry, why)
    return found


def _permission(
    at: str, noun: tuple[str, str], entry: Mapping[str, Any], why: Mapping[Role, str]
) -> Permission:
    _check_keys(at, entry, _OPERATION_KEYS)
    who = _who(at, entry.get("who"))
    about, shows = entry.get("about"), entry.get("shows", "")
    fresh, branch = entry.get("fresh_minutes"), entry.get("branch")
    if (about is None) != (not shows):
        raise _bad(at, "about and shows stand together")
    if about is not None and f"{{{_word(at, about)}}}" not in at:
        raise _bad(at, f"{about} is not in the address")
    if about is not None and (who is None or who - {Role.BORROWER} - why.keys()):
        raise _bad(at, "each role that looks at a person's data needs a why")
    known = branch in (None, "own", "code", "any")
    if not known or (branch and (who is None or Role.CLERK not in who)):
        raise _bad(at, 'branch is "own", "code" or "any", where clerks may pass')
    if branch == "any" and about is not None:
        raise _bad(at, "where a person stands behind the id, a branch sees its own people")
    if branch == "own" and about is None:
        raise _bad(at, "a branch is asked for where a person stands behind the id")
    if fresh is not None and not (type(fresh) is int and 1 <= fresh <= FRESH_MINUTES_MAX):
        raise _bad(at, f"fresh_minutes lies between 1 and {FRESH_MINUTES_MAX}")
    if who is None and entry.keys() != {"who"}:
        raise _bad(at, "what anybody may call says nothing more")
    return Permission(
        *noun,
        who=who,
        about=about,
        shows=_word(at, shows) if shows else "",
        why=dict(why) if about else None,
        is_for_branches=branch == "own",
        is_by_code=branch == "code",
        is_of_house=branch == "any",
        fresh_within=timedelta(minutes=fresh) if fresh else None,
        is_second_person=entry.get("second_person", False) is True,
    )


def _who(at: str, said: object) -> frozenset[Role] | None:
    if said == ANYBODY:
        return None
    if said == SIGNED_IN:
        return frozenset(Role)
    if not isinstance(said, list) or not said:
        raise _bad(at, f'who is "{ANYBODY}", "{SIGNED_IN}" or a list of roles')
    roles = [_role(at, one) for one in said]
    if len(set(roles)) != len(roles):
        raise _bad(at, "a role stands twice")
    return frozenset(roles)


def _role(at: str, text: object) -> Role:
    try:
        return Role(text)  # type: ignore[arg-type]  # whatever the file holds; refused below
    except ValueError:
        raise _bad(at, f"there is no role {text!r}") from None


def _word(at: str, text: object) -> str:
    if not isinstance(text, str) or _WORD.fullmatch(text) is None:
        raise _bad(at, f"{text!r} is no word of a-z and _")
    return text


def _check_keys(at: str, content: Mapping[str, Any], known: frozenset[str]) -> None:
    if unknown := content.keys() - known:
        raise _bad(at, f"nobody knows {', '.join(sorted(unknown))}")


def _bad(at: str, why: str) -> Broken:
    return Broken(f"rules/permissions/{at}: {why}", code="bad_permissions")
