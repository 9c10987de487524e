"""Staff sign in by password and second factor; what was wrong is not told, and costs the same."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from tongtu.access.flow.session import end_all_sessions, note_event, note_refusal, open_session
from tongtu.access.model import Method, SignedCaller
from tongtu.access.rules.password import check_password, is_over
from tongtu.access.rules.totp import SECRET_BYTES, set_up_uri, step_that_fits
from tongtu.access.store import passkey as passkeys
from tongtu.access.store import session as sessions
from tongtu.access.store import staff as store
from tongtu.identity.api import (
    Bound,
    Caller,
    Hold,
    Role,
    Staff,
    Token,
    cell_of_bound,
    find_staff,
    find_staff_by_login,
    take_within,
    write_token,
)
from tongtu.kernel.errors import BadInput, NotSignedIn, Overloaded, TooMany
from tongtu.runtime.api import Connection, Runtime, SealedColumn

LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,39}")
STAFF_SESSION_LIFE = timedelta(hours=12)
# From one address ten an hour at one login. All addresses together have many more, so that nobody
# shuts a member of staff out by trying; a code of the app is tried ten times an hour, by whomever.
TRIES_PER_LOGIN = (timedelta(hours=1), 10)
TRIES_AT_LOGIN_IN_ALL = (timedelta(hours=1), 1_000)
TRIES_PER_ADDRESS = (timedelta(hours=1), 60)
# 46 MB and one pass (OWASP's first choice); two at a time, so that a crowd fills no memory.
_HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
_AT_ONCE, _WAITING_MAX = 2, 64
# Nobody's: an unknown login is compared with it, so that it takes as long as a known one.
_NOBODY = _HASHER.hash("nobody signs in by this one", salt=b"tongtu: nobody's")
_NOBODYS_SECRET = bytes(SECRET_BYTES)
NOBODY = 0  # no member of staff has this id
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody signs in by."""

    login: str
    password: str
    code: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a member of staff is handed once: a password to change, and their app's set-up."""

    password: str
    set_up: str


class PasswordDoor:
    """Compares passwords off the loop, a few at a time; one a process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def sign_in(self, given: Given, address: str, device: str) -> Token:
        """Return a token of the member of staff, for twelve hours.

        Raises:
            NotSignedIn: code `login_refused`: unknown, closed, a wrong password, one that was
                handed out too long ago, a wrong or used code. The cases are not told apart and
                cost the same work.
            TooMany: this login from this address, whether somebody has it or not, or either.
        """
        runtime = self._runtime
        await _count_try(runtime, f"login:{given.login}:{address}", TRIES_PER_LOGIN)
        await _count_try(runtime, f"login:{given.login}", TRIES_AT_LOGIN_IN_ALL)
        if not runtime.settings.demo:
            await _count_try(runtime, f"login-address:{address}", TRIES_PER_ADDRESS)
        async with runtime.database.reading() as connection:
            staff = await find_staff_by_login(connection, given.login)
            login = await store.find_login(connection, staff) if staff else None
        fits = await self._compare(login.password if login else _NOBODY, given.password)
        tried = f"no-code:{given.login}" if login is None or not fits else _codes(login.staff.id)
        fits = await _is_within(runtime, tried) and fits  # counted either way: it costs the same
        secret = _opened(runtime, login) if login else _NOBODYS_SECRET
        step = step_that_fits(secret, given.code, runtime.clock.now())
        if login is None or not fits or step is None or _is_over(runtime, login):
            await self._note_refusal(login, given.login)
            raise _refused()
        async with runtime.database.transaction() as connection:
            found = await find_staff(connection, login.staff.id, Hold.SHARED)
            now = await store.find_login(connection, found) if found else None
            is_same = now is not None and now.password == login.password
            if found and is_same and await store.use_step(connection, found.id, step):
                caller = Caller(found.role, found.id, found.organisation, 0)
                token = await write_token(connection, runtime, caller, STAFF_SESSION_LIFE)
                await open_session(connection, runtime, token, Method.PASSWORD_TOTP, device)
                return token
        raise _refused()

    async def change_password(self, who: SignedCaller, old: str, new: str) -> list[bytes]:
        """Replace the caller's own password; end their other sessions and return which.

        Raises:
            NotSignedIn: code `login_refused`: the old one is another.
            BadInput: code `weak_password`. TooMany: too many tries.
        """
        runtime, caller = self._runtime, who.caller
        await _count_try(runtime, f"change:{caller.subject}", TRIES_PER_LOGIN)
        async with runtime.database.reading() as connection:
            staff = await find_staff(connection, caller.subject)
            login = await store.find_login(connection, staff) if staff else None
        if login is None or not await self._compare(login.password, old):
            raise _refused()
        check_password(new, login.staff.login)
        hashed = await self._hash(new)
        async with runtime.database.transaction() as connection:
            at = runtime.clock.now()
            await find_staff(connection, caller.subject, Hold.ALONE)
            await store.change_password(connection, caller.subject, hashed, at)
            ended = await end_all_sessions(connection, runtime, caller, who.token_hash)
            await note_event(connection, runtime, caller, "password_changed", "")
            return ended

    async def _compare(self, hashed: str, password: str) -> bool:
        return await self._in_turn(_is_password, hashed, password)

    async def _hash(self, password: str) -> str:
        return await self._in_turn(_HASHER.hash, password)

    async def _in_turn(self, work: Callable[..., T], *given: str) -> T:
        if self._waiting >= _WAITING_MAX:
            raise Overloaded("too many sign in at once; try again", retry_after_s=2)
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work, *given)
        finally:
            self._waiting -= 1

    async def _note_refusal(self, login: store.Login | None, told: str) -> None:
        """Write one row either way, so that an unknown login costs the same."""
        subject = login.staff.id if login else NOBODY
        async with self._runtime.database.transaction() as connection:
            caller = Caller(Role.CLERK, subject, 0, 0)
            await note_refusal(connection, self._runtime, caller, ("login_refused", ""), told)


async def step_up_by_totp(runtime: Runtime, who: SignedCaller, code: str) -> None:
    """Make the session of a member of staff fresh by a code of their app.

    Raises:
        NotSignedIn: code `login_refused`: a wrong or used code, or no second factor.
        TooMany: too many tries.
    """
    await _count_try(runtime, _codes(who.caller.subject), TRIES_PER_LOGIN)
    async with runtime.database.transaction() as connection:
        staff = await find_staff(connection, who.caller.subject)
        login = await store.find_login(connection, staff) if staff else None
        if login is not None:
            at = runtime.clock.now()
            step = step_that_fits(_opened(runtime, login), code, at)
            if step is not None and await store.use_step(connection, login.staff.id, step):
                await sessions.freshen(connection, who, at)
                return
    raise _refused()


async def hand_out(connection: Connection, runtime: Runtime, staff: Staff) -> Credentials:
    """Give a member of staff a new password and a new second factor.

    All that they, or whoever took it from them, came in by before is void: sessions and passkeys.
    """
    password, secret = runtime.entropy.token()[:24], runtime.entropy.bytes(SECRET_BYTES)
    sealed = runtime.keys.seal(secret, _bound_to(staff.id))
    at = runtime.clock.now()
    await find_staff(connection, staff.id, Hold.ALONE)  # who signs in by the old ones is waited for
    await store.write_login(connection, staff.id, _HASHER.hash(password), sealed, at)
    caller = Caller(staff.role, staff.id, staff.organisation, 0)
    await passkeys.end_all(connection, 0, staff.id, at)
    await end_all_sessions(connection, runtime, caller)
    await note_event(connection, runtime, caller, "credentials_handed_out", "")
    return Credentials(password, set_up_uri(secret, staff.login))


def check_login(login: str) -> None:
    """Refuse what is no login. Raises BadInput."""
    if LOGIN.fullmatch(login) is None:
        raise BadInput("a login has 3 to 40 of a-z 0-9 . _ - and begins with a letter")


async def _is_within(runtime: Runtime, what: str) -> bool:
    """Count a try; whoever guesses codes beside a right password is not told that it was right."""
    try:
        await _count_try(runtime, what, TRIES_PER_LOGIN)
    except TooMany:
        return False
    return True


def _codes(staff: int) -> str:
    return f"totp:{staff}"


async def _count_try(runtime: Runtime, what: str, most: tuple[timedelta, int]) -> None:
    async with runtime.database.transaction() as connection:
        bound = Bound(what, *most)
        waits_s = await take_within(connection, runtime, cell_of_bound(runtime, what), bound)
    if waits_s is not None:
        raise TooMany("too many tries; please wait", code="too_many_tries", retry_after_s=waits_s)


def _is_password(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _is_over(runtime: Runtime, login: store.Login) -> bool:
    at = runtime.clock.now()
    return is_over(is_handed_out=login.is_handed_out, set_at=login.set_at, at=at)


def _opened(runtime: Runtime, login: store.Login) -> bytes:
    return runtime.keys.open(login.secret, _bound_to(login.staff.id))


def _bound_to(staff: int) -> bytes:
    return f"staff_login:{staff}:secret".encode()


SEALED = (
    SealedColumn("access.staff_login", ("staff",), "secret", lambda row: _bound_to(row["staff"])),
)


def _refused() -> NotSignedIn:
    return NotSignedIn("login, password or code is not right", code="login_refused")
