"""Printing and sealing of papers in processes of their own, so that the event loop never waits.

The parent keeps the port small: text in, bytes out. A worker that dies is replaced and the page is
printed again: printing has no effect, and a seal counts only once the database has taken it.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol, TypeVar

import noto_cjk_sans_otc
import typst

from tongtu.contracts import seal
from tongtu.contracts.authority import CaProvider
from tongtu.contracts.tsa import TsaProvider
from tongtu.kernel.errors import Broken, DeadlinePassed, Overloaded

T = TypeVar("T")
# A page takes about 10 ms and a seal about 25: this many wait for a second or two at most.
WAITING_MAX = 128
TIMEOUT_S = 30.0
STOP_LOOK_S = 0.05
STOP_LOOKS = 200  # ten seconds
LANGUAGES = ("zh", "en")
# The papers there are, each in every language.
LOAN, LINE, LETTER, STATEMENT = "loan", "line", "letter", "statement"
TEMPLATE = "contract/{}.{}.typ"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs in which field, when, and the randomness of the certificate's number.

    The key is a fresh one, or the signer's own (`key`, DER).
    """

    name: str
    at: datetime
    serial: bytes
    field: str = seal.BORROWER
    key: bytes | None = None


class AwaySigner(Protocol):
    """A house that signs on a machine of its own."""

    @property
    def name(self) -> str: ...

    @property
    def field(self) -> str: ...

    @property
    def public(self) -> bytes:
        """The public half of its key (P-256, DER)."""
        ...

    @property
    def sign(self) -> Callable[[seal.Prepared, bytes, datetime], Awaitable[bytes]]:
        """Returns its CMS over the paper's byte range (DER), given the paper and certificate."""
        ...


class Press:
    """One or two worker processes that print agreements and put seals on them."""

    def __init__(
        self, authority: CaProvider, workers: int = 1, tsa: TsaProvider | None = None
    ) -> None:
        self._authority = authority
        self._tsa = tsa
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._waiting = 0

    @property
    def root(self) -> bytes:
        """The root certificate with which anyone can verify a paper (DER)."""
        return self._authority.root

    def crl(self, at: datetime) -> bytes:
        """Return the list of certificates that were revoked (DER)."""
        return self._authority.crl(at)

    async def start(self) -> None:
        """Start a worker and load its fonts, so that the first person does not wait for it."""
        await self._run(warm)

    async def stop(self) -> None:
        """End the workers after the pages in hand; one that hangs is not waited for."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        inside = _inside(pool)
        pool.shutdown(wait=False, cancel_futures=True)
        for _ in range(STOP_LOOKS):
            if not any(worker.is_alive() for worker in inside.workers):
                return
            await asyncio.sleep(STOP_LOOK_S)
        _end(inside)

    async def print(self, data: Mapping[str, Any], language: str, paper: str = LOAN) -> bytes:
        """Return the agreement as PDF: the same data give the same bytes.

        Raises:
            Overloaded: too many pages wait already.
        """
        if language not in LANGUAGES:
            raise Broken(f"there is no agreement in {language}")
        text = json.dumps(data, ensure_ascii=False, sort_keys=True)
        return await self._run(print_page, text, language, paper)

    async def sign(self, draft: bytes, signers: Sequence[Signer], reason: str) -> bytes:
        """Return the draft with each signer's PAdES signature behind it, at the first one's time.

        Raises:
            Broken: the time stamping authority gives no stamp.
        """
        at, authority = signers[0].at, self._authority
        marks = [
            seal.Mark(one.field, authority.issue(one.name, at, one.serial, one.key), reason)
            for one in signers
        ]
        kept = None
        if self._tsa is not None:
            kept = seal.LongTerm(self._tsa, authority.root, authority.crl(at))
        return await self._run(seal.sign, draft, marks, at, kept)

    async def sign_away(
        self, paper: bytes, house: AwaySigner, mark: tuple[datetime, bytes], reason: str
    ) -> bytes:
        """Return a signed paper with a further signature, made elsewhere; `mark` is (time, serial).

        Raises:
            BadInput: what came back is not that house's signature of this very paper.
            Broken: the time stamping authority gives no stamp.
        """
        (at, serial), authority = mark, self._authority
        certificate = authority.certify(house.name, house.public, at, serial)
        away = seal.Away(house.field, certificate, reason)
        prepared = await self._run(seal.prepare, paper, away, at)
        returned = await house.sign(prepared, certificate, at)
        kept = None
        if self._tsa is not None:
            kept = seal.LongTerm(self._tsa, authority.root, authority.crl(at))
        return await self._run(seal.finish, prepared, returned, away, at, kept)

    async def _run(self, work: Callable[..., T], *given: Any) -> T:
        if self._waiting >= WAITING_MAX:
            raise Overloaded("too many papers are being printed", retry_after_s=2)
        self._waiting += 1
        try:
            for _ in range(2):  # a second try when a worker was killed under the first
                pool = self._open_pool()
                try:
                    loop = asyncio.get_running_loop()
                    return await asyncio.wait_for(
                        loop.run_in_executor(pool, work, *given), TIMEOUT_S
                    )
                except BrokenProcessPool:
                    if self._pool is pool:
                        self._pool = None
                        pool.shutdown(wait=False, cancel_futures=True)
            raise Broken("the printing process dies again and again")
        except TimeoutError:
            # A worker that hangs, or was killed amid an answer, would hold up all behind it.
            hung, self._pool = self._pool, None
            if hung is not None:
                inside = _inside(hung)
                hung.shutdown(wait=False, cancel_futures=True)
                _end(inside)
            raise DeadlinePassed("printing took too long") from None
        finally:
            self._waiting -= 1

    def _open_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, mp_context=context)
        return self._pool


@dataclass(frozen=True, slots=True)
class _Inside:
    """What a pool is made of; it names these nowhere else, and forgets them when it is shut."""

    workers: tuple[BaseProcess, ...]
    pipes: tuple[Connection, ...]


def _inside(pool: ProcessPoolExecutor) -> _Inside:
    found = vars(pool)
    ends = (("_result_queue", "_writer"), ("_call_queue", "_reader"))
    pipes = [getattr(found.get(queue), end, None) for queue, end in ends]
    return _Inside(
        tuple((found.get("_processes") or {}).values()),
        tuple(pipe for pipe in pipes if pipe is not None),
    )


def _end(inside: _Inside) -> None:
    """Kill a pool's workers, and close what its own thread would wait at for ever."""
    for worker in inside.workers:
        worker.kill()
    for pipe in inside.pipes:
        pipe.close()


def warm() -> bool:
    """Load fonts and templates in this process."""
    return _compiler() is not None


def print_page(text: str, language: str, paper: str = LOAN) -> bytes:
    """Return the agreement of one language; `text` is JSON that the template reads as data."""
    page = _compiler().compile(
        input=templates() / TEMPLATE.format(paper, language),
        format="pdf",
        sys_inputs={"data": text},
        pdf_standards="1.7",
    )
    if not isinstance(page, bytes):
        raise Broken("the printer gave no page")
    return page


def templates() -> Path:
    """Return the folder of templates: beside the package when installed, else in the repository."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "shipped" / "templates"
    return shipped if shipped.is_dir() else package.parents[1] / "templates"


@cache
def _compiler() -> typst.Compiler:
    # One object for the life of the process: making it reads the fonts, which costs 80 ms.
    fonts = typst.Fonts(
        include_system_fonts=False, font_paths=[Path(str(noto_cjk_sans_otc.FONT_PATH)).parent]
    )
    return typst.Compiler(root=templates(), font_paths=fonts, ignore_system_fonts=True)
