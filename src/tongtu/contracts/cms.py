"""The CMS objects of a paper, built from parts and rebuilt to check them (RFC 5652, RFC 3161).

PAdES-B-T: a signature, and a time stamp over it among the attributes that nobody signed. CMS
leaves some of its own fields unsigned; the one form written here leaves no room to change them.
Each part is packed and joined packed. The library that reads them takes a length that ends in the
byte 0x80 for one that is left open, and writes the whole tree below anew, each level twice as often
as the one above: one signature of some hundred then took minutes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import algos, cms, core, tsp, x509  # type: ignore[import-untyped]  # ships no types
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.x509 import load_der_x509_certificate

from tongtu.contracts.authority import Leaf
from tongtu.kernel.errors import BadInput

DIGEST = {"algorithm": "sha256"}
SIGNATURE = {"algorithm": "sha256_ecdsa"}
# The token's signer: RSA, as every reader of time stamps understands it.
STAMP_SIGNATURE = {"algorithm": "sha256_rsa"}
# Tags of DER; FIELD_n stands for the n-th field of a kind that may be left out.
OCTETS, SEQUENCE, SET, FIELD_0, FIELD_1 = 0x04, 0x30, 0x31, 0xA0, 0xA1
SHORT_MAX = 0x80
_V1, _V3 = b"\x02\x01\x01", b"\x02\x01\x03"
_TOKEN = "signature_time_stamp_token"  # noqa: S105 - the name of an attribute

Stamp = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a CMS signature is made of, each part packed (DER)."""

    certificate: x509.Certificate
    attributes: bytes
    signature: bytes
    token: bytes | None = None  # a time stamp over the signature
    content: bytes | None = None  # what is signed, when it stands inside (a time stamp's own)


def sign_digest(digest: bytes, leaf: Leaf, at: datetime, stamp: Stamp | None = None) -> bytes:
    """Return the leaf's signature of a document's SHA-256 as CMS, DER.

    `stamp` gives the time stamp of a SHA-256; without one the time is the signer's own word.
    """
    key = serialization.load_der_private_key(leaf.key, None)
    assert isinstance(key, EllipticCurvePrivateKey)
    attributes = signed_attributes("data", digest, leaf.certificate, at)
    signature = key.sign(attributes, ECDSA(hashes.SHA256()))
    token = None if stamp is None else stamp(hashlib.sha256(signature).digest())
    return assemble(Parts(x509.Certificate.load(leaf.certificate), attributes, signature, token))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A signature that was asked for elsewhere: of which digest, by whom (DER), at what time."""

    digest: bytes
    certificate: bytes
    at: datetime


def completed(returned: bytes, wanted: Wanted, stamp: Stamp | None = None) -> bytes:
    """Return the CMS that came from elsewhere, in its one form and stamped.

    Raises:
        BadInput: it is not the wanted signature, or signs other attributes than are wanted.
    """
    try:
        told = cms.ContentInfo.load(returned, strict=True)["content"]["signer_infos"][0]
        attributes, signature = told["signed_attrs"].untag().dump(), told["signature"].native
    except (ValueError, KeyError, TypeError, IndexError):
        raise BadInput("what came back is no signature", code="bad_signature") from None
    if attributes != signed_attributes("data", wanted.digest, wanted.certificate, wanted.at):
        raise BadInput("what came back signs something else", code="bad_signature")
    public = load_der_x509_certificate(wanted.certificate).public_key()
    assert isinstance(public, EllipticCurvePublicKey)
    try:
        public.verify(signature, attributes, ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise BadInput("the signature that came back is false", code="bad_signature") from None
    token = None if stamp is None else stamp(hashlib.sha256(signature).digest())
    return assemble(Parts(x509.Certificate.load(wanted.certificate), attributes, signature, token))


def signed_attributes(kind: str, digest: bytes, certificate: bytes, at: datetime) -> bytes:
    """Return what is signed: the digest, the time, and which certificate signs; packed."""
    named = {"cert_hash": hashlib.sha256(certificate).digest()}
    signs = SIGNATURE if kind == "data" else STAMP_SIGNATURE
    protection = {"digest_algorithm": DIGEST, "signature_algorithm": signs}
    packed: bytes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": [kind]},
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
    ).dump()
    return packed


def assemble(parts: Parts) -> bytes:
    """Return the CMS object in its one form."""
    is_stamp = parts.content is not None
    algorithm = algos.SignedDigestAlgorithm(STAMP_SIGNATURE if is_stamp else SIGNATURE).dump()
    digest = algos.DigestAlgorithm(DIGEST).dump()
    serial = core.Integer(parts.certificate.serial_number).dump()
    signer = [
        _V1,
        _tlv(SEQUENCE, _packed(parts.certificate.issuer.chosen), serial),
        digest,
        # The tag is the one thing in which a set of attributes differs here from what was signed.
        bytes([FIELD_0]) + parts.attributes[1:],
        algorithm,
        _tlv(OCTETS, parts.signature),
    ]
    if parts.token is not None:
        kind = cms.CMSAttributeType(_TOKEN).dump()
        signer.append(_tlv(FIELD_1, _tlv(SEQUENCE, kind, _tlv(SET, parts.token))))
    inside = [cms.ContentType("tst_info" if is_stamp else "data").dump()]
    if parts.content is not None:
        inside.append(_tlv(FIELD_0, _tlv(OCTETS, parts.content)))
    data = _tlv(
        SEQUENCE,
        _V3 if is_stamp else _V1,
        _tlv(SET, digest),
        _tlv(SEQUENCE, *inside),
        _tlv(FIELD_0, _packed(parts.certificate)),
        _tlv(SET, _tlv(SEQUENCE, *signer)),
    )
    return _tlv(SEQUENCE, cms.ContentType("signed_data").dump(), _tlv(FIELD_0, data))


def _tlv(tag: int, *parts: bytes) -> bytes:
    """Return packed parts under one tag (DER, X.690 8.1.3)."""
    body = b"".join(parts)
    size = len(body)
    if size < SHORT_MAX:
        return bytes([tag, size]) + body
    told = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, SHORT_MAX | len(told)]) + told + body


def _packed(value: core.Sequence | core.SequenceOf) -> bytes:
    """Return what was read, as it was read."""
    return _tlv(SEQUENCE, value.contents)


def written_again(der: bytes) -> bytes:
    """Return the CMS rebuilt from what is protected: certificate, attributes, signature, stamp."""
    data = cms.ContentInfo.load(der)["content"]
    told = data["signer_infos"][0]
    token = token_of(told)
    inside = data["encap_content_info"]
    is_stamp = inside["content_type"].native == "tst_info"
    return assemble(
        Parts(
            certificate=data["certificates"][0].chosen,
            attributes=told["signed_attrs"].untag().dump(),
            signature=told["signature"].native,
            token=None if token is None else written_again(token),
            content=bytes(inside["content"]) if is_stamp else None,
        )
    )


def token_of(signer: cms.SignerInfo) -> bytes | None:
    """Return the time stamp that stands beside a signature, None when there is none."""
    beside = signer["unsigned_attrs"]
    if isinstance(beside, core.Void):
        return None
    for attribute in beside:
        if attribute["type"].native == _TOKEN:
            return _packed(attribute["values"][0])
    return None
