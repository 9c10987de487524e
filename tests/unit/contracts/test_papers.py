from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import select
import signal
import stat
from datetime import UTC, datetime

import pytest

from tongtu.contracts import press as module
from tongtu.contracts.authority import LocalCa
from tongtu.contracts.press import LINE, LOAN, Press, Signer, print_page
from tongtu.contracts.seal import SealState, sign, verify_agreement
from tongtu.kernel.errors import Broken, DeadlinePassed

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
PARTY = "pt_0123456789abc"
# Prime strides: thin over the pages, dense over the signature's own structure, its padding included.
STRIDE, STRIDE_OF_SEAL, SEAL_LENGTH = 2_999, 13, 2_000

ENDS_S = 30


@pytest.fixture(autouse=True)
def quiet(caplog):
    """The library logs each refusal it finds; here refusals are the point."""
    caplog.set_level(logging.CRITICAL)


@pytest.fixture(scope="module")
def papers(authority, page_data):
    draft = print_page(json.dumps(page_data), "zh")
    return draft, sign(draft, authority.issue(PARTY, AT, bytes(range(2, 21))), AT, "test")


def test_the_same_data_print_the_same_bytes_with_the_font_inside(page_data):
    first = print_page(json.dumps(page_data), "zh")
    other = print_page(json.dumps(page_data | {"borrower": "李小红"}), "zh")

    assert first == print_page(json.dumps(page_data), "zh")
    assert first != other
    assert b"NotoSansCJK" in first
    assert b"NotoSansCJK" in print_page(json.dumps(page_data), "en")


def test_a_credit_line_has_a_paper_of_its_own_in_both_languages(page_data):
    pages = [
        print_page(json.dumps(page_data), language, paper)
        for paper in (LOAN, LINE)
        for language in ("zh", "en")
    ]

    assert len(set(pages)) == 4
    assert all(b"NotoSansCJK" in page for page in pages)


def test_a_signed_paper_begins_with_the_draft_and_names_signer_time_and_draft(authority, papers):
    draft, signed = papers

    verdict = verify_agreement(signed, authority.root)

    assert signed.startswith(draft)
    assert (verdict.state, verdict.signer, verdict.signed_at) == (SealState.VALID, PARTY, AT)
    assert verdict.draft_sha256 == hashlib.sha256(draft).digest()


def test_no_byte_of_a_signed_paper_can_be_changed_unseen(authority, papers):
    draft, signed = papers
    seal_at = signed.index(b"/Contents <", len(draft))
    dense = range(seal_at, seal_at + SEAL_LENGTH, STRIDE_OF_SEAL)
    places = {*range(0, len(signed), STRIDE), *dense}

    unseen = [
        place
        for place in sorted(places)
        if verify_agreement(_flipped(signed, place), authority.root).state is SealState.VALID
    ]

    assert len(places) == 190
    assert unseen == []


def test_unsigned_foreign_cut_and_lengthened_papers_are_not_valid(authority, papers, tmp_path):
    draft, signed = papers
    stranger = LocalCa.open(tmp_path, AT, bytes(range(3, 22)))

    assert verify_agreement(draft, authority.root).state is SealState.UNSIGNED
    assert verify_agreement(signed, stranger.root).state is SealState.UNKNOWN_SIGNER
    assert verify_agreement(signed + b"\n", authority.root).state is SealState.CHANGED
    for broken in (b"", b"no pdf", signed[:-100], signed[: len(draft) // 2]):
        found = verify_agreement(broken, authority.root).state
        assert found in {SealState.UNREADABLE, SealState.CHANGED}


def test_the_authority_keeps_its_key_to_itself_and_stays_the_same(tmp_path):
    first = LocalCa.open(tmp_path, AT, bytes(range(1, 20)))
    again = LocalCa.open(tmp_path, AT, bytes(range(9, 28)))
    key = tmp_path / "ca" / "root.key"

    assert first.root == again.root
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o644)
    with pytest.raises(Broken, match="chmod 600"):
        LocalCa.open(tmp_path, AT, b"\1")


def test_the_press_prints_and_seals_in_a_process_of_its_own_and_replaces_a_dead_one(
    authority, page_data
):
    async def work():
        press = Press(authority)
        try:
            draft = await press.print(page_data, "zh")
            (worker,) = press._pool._processes.values()
            worker.kill()
            worker.join()
            again = await press.print(page_data, "zh")
            signed = await press.sign(draft, Signer(PARTY, AT, bytes(range(1, 20))), "test")
            return draft, again, verify_agreement(signed, press.root)
        finally:
            await press.stop()

    draft, again, verdict = asyncio.run(work())

    assert draft == again
    assert (verdict.state, verdict.signer) == (SealState.VALID, PARTY)


def test_a_printer_that_hangs_is_replaced_and_never_waited_for(authority, page_data, monkeypatch):
    async def work():
        press = Press(authority)
        draft = await press.print(page_data, "zh")
        first = _halted(press)
        with monkeypatch.context() as patch, pytest.raises(DeadlinePassed):
            patch.setattr(module, "TIMEOUT_S", 0.2)
            await press.print(page_data, "zh")
        again = await press.print(page_data, "zh")
        second = _halted(press)
        monkeypatch.setattr(module, "STOP_LOOKS", 2)
        await press.stop()
        return draft, again, [first, second]

    draft, again, halted = asyncio.run(work())

    assert draft == again
    # A descriptor of a process is readable once it has ended, whoever else waits for it.
    assert all(select.select([one], [], [], ENDS_S)[0] for one in halted)
    for one in halted:
        os.close(one)


def _halted(press):
    """Halt the only worker of a press, and return a descriptor of its process."""
    (worker,) = press._pool._processes.values()
    os.kill(worker.pid, signal.SIGSTOP)
    return os.pidfd_open(worker.pid)


def _flipped(paper, place):
    changed = bytearray(paper)
    changed[place] ^= 1
    return bytes(changed)
