from __future__ import annotations

import asyncio
import hashlib
import io
import json
import logging
import os
import select
import shutil
import signal
import stat
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.reader import PdfFileReader

from tongtu.contracts import press as module
from tongtu.contracts.authority import LocalCa
from tongtu.contracts.cms import Parts, assemble, token_of
from tongtu.contracts.press import LINE, LOAN, Press, Signer, print_page
from tongtu.contracts.seal import BORROWER, GUARANTOR, LENDER, LongTerm, Mark, sign
from tongtu.contracts.tsa import LocalTsa
from tongtu.contracts.verdict import Level, SealState, Signed, verify_agreement
from tongtu.kernel.errors import Broken, DeadlinePassed

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
PARTY = "pt_0123456789abc"
# Prime strides: thin over the pages, dense over the signature's own structure, its padding included.
STRIDE, STRIDE_OF_SEAL, SEAL_LENGTH = 9_973, 181, 9_000

ENDS_S = 30
SIGNERS = ((BORROWER, PARTY), (LENDER, "云岫银行"), (GUARANTOR, "合作担保公司"))


@pytest.fixture(autouse=True)
def quiet(caplog):
    """The library logs each refusal it finds; here refusals are the point."""
    caplog.set_level(logging.CRITICAL)


@pytest.fixture(scope="module")
def papers(authority, page_data, long_term):
    draft = print_page(json.dumps(page_data), "zh")
    return draft, sign(draft, [borrower(authority)], AT, long_term)


def borrower(authority):
    return Mark(BORROWER, authority.issue(PARTY, AT, bytes(range(2, 21))), "test")


@pytest.fixture(scope="module")
def stamps(authority, tmp_path_factory):
    return LocalTsa.open(tmp_path_factory.mktemp("tsa"), authority, AT, bytes(range(7, 26)))


@pytest.fixture(scope="module")
def long_term(authority, stamps):
    return LongTerm(stamps, authority.root, authority.crl(AT))


@pytest.fixture(scope="module")
def three(authority, papers, long_term):
    """The paper signed by borrower, lender and guarantor, to be checked in years."""
    draft, _ = papers
    marks = [
        Mark(field, authority.issue(name, AT, bytes([n]) * 19), "test")
        for n, (field, name) in enumerate(SIGNERS, start=5)
    ]
    return sign(draft, marks, AT, long_term)


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

    assert len(places) == 61
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
            signed = await press.sign(draft, [Signer(PARTY, AT, bytes(range(1, 20)))], "test")
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


def test_borrower_lender_and_guarantor_sign_one_paper_that_is_checked_in_years(
    authority, papers, three
):
    draft, _ = papers
    verdict = verify_agreement(three, authority.root)

    assert three.startswith(draft)
    assert (verdict.state, verdict.signer, verdict.signed_at) == (SealState.VALID, PARTY, AT)
    assert verdict.draft_sha256 == hashlib.sha256(draft).digest()
    assert verdict.signatures == tuple(
        Signed(field, name, AT, Level.B_LT) for field, name in SIGNERS
    )


def test_no_byte_of_a_paper_of_three_can_be_changed_unseen(authority, papers, three):
    draft, _ = papers
    sparse = range(0, len(three), 49_999)
    seals = [three.index(b"/Contents <", len(draft))]
    while (again := three.find(b"/Contents <", seals[-1] + 1)) > 0:
        seals.append(again)
    last = seals[-1]
    places = sorted({*sparse, *(at + 500 for at in seals), *range(last, last + 9_000, 3_601)})

    unseen = [
        place
        for place in places
        if verify_agreement(_flipped(three, place), authority.root).state is SealState.VALID
    ]

    assert len(seals) == 3
    assert unseen == []


def test_a_paper_without_stamps_is_valid_by_its_signers_word(authority, papers):
    draft, _ = papers
    verdict = verify_agreement(sign(draft, [borrower(authority)], AT), authority.root)

    assert verdict.state is SealState.VALID
    assert verdict.signatures == (Signed(BORROWER, PARTY, AT, Level.B_B),)


def _stripped(paper):
    """The paper with the last signature's stamp taken out of its CMS, and the room filled up."""
    last = PdfFileReader(io.BytesIO(paper)).embedded_signatures[-1]
    data = cms.ContentInfo.load(last.pkcs7_content)["content"]
    signer = data["signer_infos"][0]
    bare = assemble(
        Parts(
            data["certificates"][0].chosen,
            signer["signed_attrs"].untag().dump(),
            signer["signature"].native,
        )
    )
    _, first, second, _ = (int(number) for number in last.byte_range)
    room = second - first - 2
    return paper[: first + 1] + bare.hex().upper().encode().ljust(room, b"0") + paper[second - 1 :]


def test_a_stamp_that_was_taken_away_is_missed(authority, papers, three):
    _, one = papers

    stripped = [_stripped(three), _stripped(one)]

    assert [len(paper) for paper in stripped] == [len(three), len(one)]
    assert token_of_last(stripped[0]) is None
    found = [verify_agreement(paper, authority.root) for paper in stripped]
    assert [one.state for one in found] == [SealState.CHANGED] * 2


def token_of_last(paper):
    last = PdfFileReader(io.BytesIO(paper)).embedded_signatures[-1]
    return token_of(cms.ContentInfo.load(last.pkcs7_content)["content"]["signer_infos"][0])


def test_who_keeps_a_key_is_believed_no_time_without_a_stamp(authority, papers):
    """A lender's lasting key, once stolen, would sign in the past for ever."""
    draft, _ = papers
    lender = Mark(LENDER, authority.issue("云岫银行", AT, bytes([9]) * 19), "test")

    alone, both = sign(draft, [lender], AT), sign(draft, [borrower(authority), lender], AT)

    states = [verify_agreement(paper, authority.root).state for paper in (alone, both)]
    assert states == [SealState.CHANGED] * 2


def test_one_key_signs_in_one_field_only(authority, papers, long_term):
    draft, _ = papers
    kept = authority.issue("云岫银行", AT, bytes([9]) * 19)
    again = authority.issue("云岫银行", AT, bytes([8]) * 19, kept.key)

    for other in (kept, again):
        marks = [Mark(BORROWER, kept, "test"), Mark(LENDER, other, "test")]
        paper = sign(draft, marks, AT, long_term)
        assert verify_agreement(paper, authority.root).state is SealState.CHANGED


def test_a_signature_left_out_or_a_signed_paper_cut_back_names_who_signed(authority, papers, three):
    """Cut back to the borrower's signature the paper is whole, but the lender has not signed it."""
    ends = [at for at in range(len(three)) if three.startswith(b"%%EOF", at)]
    cut = three[: three.index(b"\n", ends[1]) + 1]

    assert [one.field for one in verify_agreement(cut, authority.root).signatures] == [BORROWER]
    assert verify_agreement(three[: ends[2] - 7], authority.root).state is not SealState.VALID


def test_who_was_revoked_before_they_signed_is_not_believed(papers, tmp_path):
    draft, _ = papers
    own = LocalCa.open(tmp_path, AT, bytes(range(1, 20)))
    stamps = LocalTsa.open(tmp_path, own, AT, bytes(range(7, 26)))
    mark = Mark(BORROWER, own.issue(PARTY, AT, bytes(range(2, 21))), "test")
    before = sign(draft, [mark], AT, LongTerm(stamps, own.root, own.crl(AT)))
    serial = x509.load_der_x509_certificate(mark.leaf.certificate).serial_number
    own.revoke(serial, AT - timedelta(minutes=1))
    own.revoke(serial, AT)
    after = sign(draft, [mark], AT, LongTerm(stamps, own.root, own.crl(AT)))

    assert verify_agreement(before, own.root).state is SealState.VALID
    assert verify_agreement(after, own.root).state is SealState.UNKNOWN_SIGNER
    [revoked] = x509.load_der_x509_crl(own.crl(AT))
    assert revoked.serial_number == serial
    assert len(list(x509.load_der_x509_crl(LocalCa.open(tmp_path, AT, b"x").crl(AT)))) == 1


def test_a_stamped_paper_without_its_list_of_revoked_is_not_believed(authority, papers, long_term):
    draft, _ = papers
    old = LongTerm(long_term.tsa, long_term.root, authority.crl(AT - timedelta(days=30)))
    signed = sign(draft, [borrower(authority)], AT, old)

    assert verify_agreement(signed, authority.root).state is SealState.UNKNOWN_SIGNER


def test_a_stamp_of_another_authority_or_time_is_not_believed(
    authority, papers, long_term, tmp_path
):
    draft, _ = papers
    stranger = LocalCa.open(tmp_path, AT, bytes(range(3, 22)))
    foreign = LocalTsa.open(tmp_path, stranger, AT, bytes(range(7, 26)))
    by_stranger = sign(
        draft, [borrower(authority)], AT, LongTerm(foreign, long_term.root, long_term.crl)
    )

    class Late:
        def stamp(self, digest, at):
            return long_term.tsa.stamp(digest, at + timedelta(hours=1))

    late = sign(draft, [borrower(authority)], AT, LongTerm(Late(), long_term.root, long_term.crl))

    assert verify_agreement(by_stranger, authority.root).state is SealState.UNKNOWN_SIGNER
    assert verify_agreement(late, authority.root).state is SealState.CHANGED


def openssl(folder, *words):
    return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=False)


def test_stride_13_a_reader_that_is_not_ours_agrees_with_every_signature_and_stamp(
    authority, three, tmp_path
):
    """OpenSSL checks the CMS over the byte range, the time stamp inside it, and nothing else."""
    assert shutil.which("openssl"), "the outside reader is a part of this test"
    embedded = PdfFileReader(io.BytesIO(three)).embedded_signatures
    (tmp_path / "root.pem").write_bytes(
        x509.load_der_x509_certificate(authority.root).public_bytes(serialization.Encoding.PEM)
    )
    at = str(int(AT.timestamp()))

    for one in embedded:
        start, first, second, rest = (int(number) for number in one.byte_range)
        told = three[start:first] + three[second : second + rest]
        signer = cms.ContentInfo.load(one.pkcs7_content)["content"]["signer_infos"][0]
        (tmp_path / "told").write_bytes(told)
        (tmp_path / "other").write_bytes(told[:-1] + b"?")
        (tmp_path / "cms").write_bytes(one.pkcs7_content)
        (tmp_path / "token").write_bytes(token_of(signer))
        (tmp_path / "signature").write_bytes(signer["signature"].native)
        trust = ("-CAfile", "root.pem", "-attime", at)
        words = ("cms", "-verify", "-binary", "-inform", "DER", "-in", "cms", *trust)
        good = openssl(tmp_path, *words, "-purpose", "any", "-content", "told", "-out", "out")
        bad = openssl(tmp_path, *words, "-purpose", "any", "-content", "other", "-out", "out")
        stamp = openssl(
            tmp_path, "ts", "-verify", "-token_in", "-in", "token", "-data", "signature", *trust
        )
        assert good.returncode == 0, good.stderr
        assert b"Verification successful" in good.stderr
        assert bad.returncode != 0
        assert stamp.returncode == 0, stamp.stderr
    assert len(embedded) == 3
