"""How the simulated lender signs an agreement: it hashes the paper itself and returns a CMS.

Written from docs/how-to/new-lender.md alone, as somebody would who has none of our code: RFC 5652
with the attributes that PAdES asks for.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from asn1crypto import cms, tsp, x509  # type: ignore[import-untyped]  # ships no types
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# How many points the curve P-256 has (FIPS 186-4, D.1.2.3): a private key lies below it.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SHA256 = {"algorithm": "sha256"}
_ECDSA = {"algorithm": "sha256_ecdsa"}


def key_of_papers(seed: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the lender's key for papers (P-256) that follows from a secret."""
    drawn = int.from_bytes(hashlib.sha256(b"papers" + seed).digest(), "big")
    return ec.derive_private_key(drawn % (_ORDER - 1) + 1, ec.SECP256R1())


def public_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public half (DER)."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.DER, form)


def is_promised(wanted: Mapping[str, Any], promised: Mapping[str, Any], asked_minor: int) -> bool:
    """Tell whether the figures of a paper are those of our own answer."""
    return (
        promised.get("decision") == "approve"
        and wanted["rate_bps"] == promised["rate_bps"]
        and wanted["principal_minor"] == promised.get("amount_minor", asked_minor)
        and wanted["fee_monthly_minor"] == promised.get("fee_monthly_minor", 0)
    )


def sign_paper(wanted: Mapping[str, Any], key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the CMS (DER) over the byte range of the paper.

    Raises:
        ValueError: the range is not the paper but one gap, or the certificate is not of this key.
    """
    paper, certificate = b64decode(wanted["paper"]), b64decode(wanted["certificate"])
    start, first, second, rest = wanted["byte_range"]
    is_gap = paper[first : first + 1] == b"<" and paper[second - 1 : second] == b">"
    if start != 0 or not 0 < first < second or second + rest != len(paper) or not is_gap:
        raise ValueError("the byte range is not the paper but one gap")
    leaf = x509.Certificate.load(certificate)
    if leaf.public_key.dump() != public_of(key):
        raise ValueError("the certificate is of another key")
    digest = hashlib.sha256(paper[:first] + paper[second:]).digest()
    attributes = _attributes(digest, certificate, datetime.fromisoformat(wanted["at"]))
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {
                "issuer_and_serial_number": {
                    "issuer": leaf.issuer,
                    "serial_number": leaf.serial_number,
                }
            }
        ),
        "digest_algorithm": _SHA256,
        "signed_attrs": attributes,
        "signature_algorithm": _ECDSA,
        "signature": key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
    }
    data = {
        "version": "v1",
        "digest_algorithms": [_SHA256],
        "encap_content_info": {"content_type": "data"},
        "certificates": [leaf],
        "signer_infos": [signer],
    }
    made: bytes = cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()
    return made


def _attributes(digest: bytes, certificate: bytes, at: datetime) -> cms.CMSAttributes:
    named = {"cert_hash": hashlib.sha256(certificate).digest()}
    protection = {"digest_algorithm": _SHA256, "signature_algorithm": _ECDSA}
    return cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["data"]},
            {"type": "message_digest", "values": [digest]},
            {"type": "signing_time", "values": [cms.Time({"utc_time": at})]},
            {
                "type": "signing_certificate_v2",
                "values": [tsp.SigningCertificateV2({"certs": [named]})],
            },
            {
                "type": "cms_algorithm_protection",
                "values": [cms.CMSAlgorithmProtection(protection)],
            },
        ]
    )
