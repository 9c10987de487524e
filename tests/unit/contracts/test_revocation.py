"""Certificates are listed and revoked: what was signed before stands, what is signed after falls."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tongtu.channels.cli import main
from tongtu.contracts.authority import HOUSE_USE, LocalCa
from tongtu.contracts.press import print_page
from tongtu.contracts.seal import BORROWER, LENDER, LongTerm, Mark, sign
from tongtu.contracts.tsa import LocalTsa
from tongtu.contracts.verdict import SealState, verify_agreement
from tongtu.kernel.errors import BadInput, Conflict

BEFORE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
REVOKED, AFTER = BEFORE + timedelta(hours=2), BEFORE + timedelta(hours=3)
BANK, PARTY = "云岫银行", "pt_0123456789abc"
KEY = ec.generate_private_key(ec.SECP256R1())
PRIVATE = KEY.private_bytes(
    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
PUBLIC = KEY.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)


@pytest.fixture(autouse=True)
def quiet(caplog):
    """The library logs each refusal it finds; here refusals are the point."""
    caplog.set_level(logging.CRITICAL)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def papers(home, page_data):
    """(authority, house's leaf, papers of before and after, the one after by an old list)."""
    authority = LocalCa.open(home, BEFORE, bytes(range(1, 20)))
    stamps = LocalTsa.open(home, authority, BEFORE, bytes(range(7, 26)))
    draft = print_page(json.dumps(page_data), "zh")
    leaf = authority.issue(BANK, BEFORE, bytes(range(3, 22)), PRIVATE)
    old = authority.crl(BEFORE)

    def signed(at, crl):
        marks = [
            Mark(BORROWER, authority.issue(PARTY, at, bytes(range(2, 21))), "test"),
            Mark(LENDER, leaf, "test"),
        ]
        return sign(draft, marks, at, LongTerm(stamps, authority.root, crl))

    before = signed(BEFORE, old)
    authority.revoke(serial_of(leaf), REVOKED)
    return authority, leaf, before, signed(AFTER, authority.crl(AFTER)), signed(AFTER, old)


def serial_of(leaf):
    return x509.load_der_x509_certificate(leaf.certificate).serial_number


def test_a_paper_signed_before_the_revocation_stands_and_one_signed_after_falls(papers):
    authority, leaf, before, after, by_old_list = papers
    newest = authority.crl(AFTER + timedelta(days=30))

    for crl in (None, newest):
        found = verify_agreement(before, authority.root, crl)
        assert (found.state, found.signatures[1].serial) == (SealState.VALID, serial_of(leaf))
    assert verify_agreement(after, authority.root).state is SealState.UNKNOWN_SIGNER
    # Who brings an old list is found out by the newest one alone.
    assert verify_agreement(by_old_list, authority.root).state is SealState.VALID
    late = verify_agreement(by_old_list, authority.root, newest)
    assert (late.state, late.draft_sha256) == (SealState.REVOKED, None)


def test_a_list_of_another_authority_is_no_list(papers, tmp_path):
    authority, _, before, *_ = papers
    stranger = LocalCa.open(tmp_path, BEFORE, bytes(range(5, 24)))

    for crl in (stranger.crl(AFTER), b"", authority.root, authority.crl(AFTER)[:-1]):
        with pytest.raises(BadInput):
            verify_agreement(before, authority.root, crl)


def test_a_revoked_key_gets_no_certificate_any_more(papers):
    authority, *_ = papers

    for ask in (
        lambda: authority.issue(BANK, AFTER, b"\5" * 19, PRIVATE),
        lambda: authority.certify(BANK, PUBLIC, AFTER, b"\6" * 19),
    ):
        with pytest.raises(Conflict) as refusal:
            ask()
        assert refusal.value.code == "certificate_revoked"


def test_a_house_signs_by_one_certificate_a_year(tmp_path):
    authority = LocalCa.open(tmp_path, BEFORE, bytes(range(1, 20)))
    first = authority.certify(BANK, PUBLIC, BEFORE, b"\1" * 19)

    assert authority.issue(BANK, AFTER, b"\2" * 19, PRIVATE).certificate == first
    assert authority.certify(BANK, PUBLIC, BEFORE + HOUSE_USE, b"\3" * 19) != first
    renamed = authority.certify("岫云银行", PUBLIC, BEFORE + HOUSE_USE, b"\4" * 19)
    assert [one.name for one in authority.issued()] == ["岫云银行"]
    assert x509.load_der_x509_certificate(renamed).serial_number == authority.issued()[0].serial
    for public in (b"", PRIVATE, authority.root):
        with pytest.raises(BadInput):
            authority.certify(BANK, public, BEFORE, b"\1" * 19)


def test_the_command_lists_and_revokes_and_renews_the_list(
    papers, home, tmp_path, capsys, monkeypatch
):
    authority, leaf, before, _, by_old_list = papers
    monkeypatch.setenv("TONGTU_HOME", str(home))
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(before)

    assert main(["ca", "list"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert line == f"{serial_of(leaf):x}  {BANK}  since 2026-11-24, REVOKED at {REVOKED}"
    assert main(["ca", "list", "--paper", str(paper)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "the paper is valid"
    assert told[2] == (f"{serial_of(leaf):x}  Lender: {BANK} at {BEFORE}, REVOKED at {REVOKED}")
    borrower = told[1].split()[0]
    assert [main(["ca", "revoke", borrower]) for _ in range(2)] == [0, 1]
    assert f"{borrower} is revoked from " in capsys.readouterr().out
    crl = (home / "ca" / "revoked.crl").read_bytes()
    assert int(borrower, 16) in {one.serial_number for one in x509.load_der_x509_crl(crl)}
    assert verify_agreement(by_old_list, authority.root, crl).state is SealState.REVOKED
    assert main(["ca", "revoke", "no number"]) == 1


def test_without_an_authority_nothing_is_made(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TONGTU_HOME", str(tmp_path / "none"))

    assert main(["ca", "list"]) == 1
    assert "there is no authority" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
