"""A signature made on another machine stands in the paper like any other, or the paper is refused."""

import io
import json
import logging
import shutil
import subprocess
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.reader import PdfFileReader

from tongtu.contracts.press import print_page
from tongtu.contracts.seal import BORROWER, LENDER, Away, LongTerm, Mark, finish, prepare, sign
from tongtu.contracts.tsa import LocalTsa
from tongtu.contracts.verdict import Level, SealState, verify_agreement
from tongtu.kernel.errors import BadInput
from tongtu.simulators.lender.paper import is_promised, key_of_papers, public_of, sign_paper

AT = datetime(2026, 11, 24, 1, 0, 0, 250_000, tzinfo=UTC)
BANK, PARTY = "清河消费金融", "pt_0123456789abc"
KEY, OTHER = key_of_papers(b"lender"), key_of_papers(b"another")


@pytest.fixture(autouse=True)
def quiet(caplog):
    """The library logs each refusal it finds; here refusals are the point."""
    caplog.set_level(logging.CRITICAL)


@pytest.fixture(scope="module")
def long_term(authority, tmp_path_factory):
    stamps = LocalTsa.open(tmp_path_factory.mktemp("tsa"), authority, AT, bytes(range(7, 26)))
    return LongTerm(stamps, authority.root, authority.crl(AT))


@pytest.fixture(scope="module")
def away(authority):
    return Away(LENDER, authority.certify(BANK, public_of(KEY), AT, b"\5" * 19), "test")


@pytest.fixture(scope="module")
def prepared(authority, page_data, long_term, away):
    """The paper the borrower signed, with room for the lender."""
    borrower = Mark(BORROWER, authority.issue(PARTY, AT, bytes(range(2, 21))), "test")
    paper = sign(print_page(json.dumps(page_data), "zh"), [borrower], AT, long_term)
    return prepare(paper, away, AT)


def asked(prepared, away, **changes):
    return {
        "paper": b64encode(prepared.paper).decode(),
        "certificate": b64encode(away.certificate).decode(),
        "byte_range": prepared.byte_range,
        "at": AT.isoformat(),
    } | changes


def test_a_lender_signs_on_its_machine_and_both_signatures_hold(
    authority, prepared, away, long_term
):
    paper = finish(prepared, sign_paper(asked(prepared, away), KEY), away, AT, long_term)

    found = verify_agreement(paper, authority.root)
    assert found.state is SealState.VALID
    assert [(one.field, one.signer, one.level) for one in found.signatures] == [
        (BORROWER, PARTY, Level.B_LT), (LENDER, BANK, Level.B_LT),
    ]  # fmt: skip
    assert found.signatures[1].at == AT
    place = paper.index(b"/Contents <", prepared.start - 12) + 900
    spoilt = paper[:place] + bytes([paper[place] ^ 1]) + paper[place + 1 :]
    assert verify_agreement(spoilt, authority.root).state is not SealState.VALID


def test_openssl_agrees_with_what_the_lender_returned(authority, prepared, away, tmp_path):
    assert shutil.which("openssl"), "the outside reader is a part of this test"
    paper = finish(prepared, sign_paper(asked(prepared, away), KEY), away, AT)
    one = PdfFileReader(io.BytesIO(paper)).embedded_signatures[1]
    start, first, second, rest = (int(number) for number in one.byte_range)
    (tmp_path / "told").write_bytes(paper[start:first] + paper[second : second + rest])
    (tmp_path / "cms").write_bytes(one.pkcs7_content)
    root = x509.load_der_x509_certificate(authority.root)
    (tmp_path / "root.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    words = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "cms", "-purpose"]
    words += ["any", "-CAfile", "root.pem", "-attime", str(int(AT.timestamp()))]
    said = subprocess.run(
        [*words, "-content", "told", "-out", "out"], cwd=tmp_path, capture_output=True, check=False
    )

    assert said.returncode == 0, said.stderr


def other_paper(prepared, mine, _):
    other = prepared.paper[:-1] + b"?"
    return sign_paper(mine | {"paper": b64encode(other).decode()}, KEY)


def other_time(prepared, mine, _):
    return sign_paper(mine | {"at": (AT + timedelta(hours=1)).isoformat()}, KEY)


def other_key(prepared, mine, authority):
    foreign = authority.certify("别家", public_of(OTHER), AT, b"\6" * 19)
    return sign_paper(mine | {"certificate": b64encode(foreign).decode()}, OTHER)


def false_signature(prepared, mine, _):
    made = cms.ContentInfo.load(sign_paper(mine, KEY))
    told = made["content"]["signer_infos"][0]
    told["signature"] = told["signature"].native[:-1] + bytes([told["signature"].native[-1] ^ 1])
    return made.dump(force=True)


def one_attribute_less(prepared, mine, _):
    made = cms.ContentInfo.load(sign_paper(mine, KEY))
    told = made["content"]["signer_infos"][0]
    told["signed_attrs"] = list(told["signed_attrs"])[:-1]
    return made.dump(force=True)


def with_a_tail(prepared, mine, _):
    return sign_paper(mine, KEY) + b"\0"


def a_number(prepared, mine, _):
    return b"\x02\x01\x05"


def nothing(prepared, mine, _):
    return b""


@pytest.mark.parametrize(
    "what",
    [other_paper, other_time, other_key, false_signature, one_attribute_less, with_a_tail,
     a_number, nothing],
)  # fmt: skip
def test_what_is_not_that_lenders_signature_of_this_very_paper_is_refused(
    authority, prepared, away, what
):
    with pytest.raises(BadInput) as refusal:
        finish(prepared, what(prepared, asked(prepared, away), authority), away, AT)
    assert refusal.value.code == "bad_signature"


def test_the_lender_signs_no_paper_with_a_second_gap_and_by_no_other_key(prepared, away):
    start, first, second, rest = prepared.byte_range
    for wrong in (
        {"byte_range": (0, first, second, rest - 1)},
        {"byte_range": (0, first - 1, second, rest)},
        {"byte_range": (1, first, second, rest)},
        {"byte_range": (start, second, first, rest)},
    ):
        with pytest.raises(ValueError, match="one gap"):
            sign_paper(asked(prepared, away, **wrong), KEY)
    with pytest.raises(ValueError, match="another key"):
        sign_paper(asked(prepared, away), OTHER)


@pytest.mark.parametrize(
    ("wanted", "is_ours"),
    [
        ({}, True),
        ({"rate_bps": 961}, False),
        ({"principal_minor": 3_000_001}, False),
        ({"fee_monthly_minor": 1}, False),
    ],
)
def test_the_lender_signs_its_own_figures_only(wanted, is_ours):
    told = {"rate_bps": 960, "principal_minor": 3_000_000, "fee_monthly_minor": 0} | wanted
    yes = {"decision": "approve", "rate_bps": 960}

    assert is_promised(told, yes, 3_000_000) is is_ours
    assert not is_promised(told, {"decision": "decline", "reason": "x"}, 3_000_000)
    assert is_promised(told, yes | {"amount_minor": 3_000_000}, 9_000_000) is is_ours
