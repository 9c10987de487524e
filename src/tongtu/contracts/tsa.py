"""Who vouches for the time (RFC 3161). `TsaProvider` is the port; `LocalTsa` serves demo and tests.

A licensed time stamping authority takes its place in production, by its address (`HttpTsa`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import httpx
from asn1crypto import cms, tsp, x509  # type: ignore[import-untyped]  # ships no types
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from tongtu.contracts.authority import LocalCa, read_key, write_key
from tongtu.contracts.cms import DIGEST, Parts, assemble, signed_attributes
from tongtu.kernel.errors import Broken

RSA_BITS = 3072  # good for as long as a paper may be asked for
TIMEOUT_S = 5.0
TOKEN_BYTES_MAX = 16_384
# The policy a local stamp names lies in the arc for documents: no licence stands behind it.
POLICY = "1.3.6.1.4.1.32473.1"
_NONCE_BYTES = 8


class TsaProvider(Protocol):
    """Gives a time stamp; may be sent to another process."""

    def stamp(self, digest: bytes, at: dt.datetime) -> bytes:
        """Return the token (DER) over a SHA-256. Raises Broken: the authority gives none."""
        ...


@dataclass(frozen=True, slots=True)
class LocalTsa:
    """An authority of this installation: RSA key and certificate in TONGTU_HOME/ca."""

    key: bytes
    certificate: bytes

    @classmethod
    def open(cls, home: Path, authority: LocalCa, at: dt.datetime, serial: bytes) -> LocalTsa:
        """Read the authority's files; make them on the first start, under the local authority.

        Raises:
            Broken: others than the owner may read the key.
        """
        folder = home / "ca"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key_path, certificate_path = folder / "tsa.key", folder / "tsa.crt"
        if not certificate_path.exists():
            key = rsa.generate_private_key(public_exponent=65_537, key_size=RSA_BITS)
            certificate = authority.certify_stamps(key.public_key(), at, serial)
            write_key(key_path, key)
            certificate_path.write_bytes(certificate)
        found = read_key(key_path)
        return cls(
            found.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            certificate_path.read_bytes(),
        )

    def stamp(self, digest: bytes, at: dt.datetime) -> bytes:
        certificate = x509.Certificate.load(self.certificate)
        info: bytes = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": POLICY,
                "message_imprint": {"hash_algorithm": DIGEST, "hashed_message": digest},
                # One stamp of one signature: what is stamped names it, and never comes twice.
                "serial_number": int.from_bytes(digest[:16], "big"),
                "gen_time": at,
                "tsa": x509.GeneralName("directory_name", certificate.subject),
            }
        ).dump()
        attributes = signed_attributes(
            "tst_info", hashlib.sha256(info).digest(), self.certificate, at
        )
        signature = _private(self.key).sign(attributes, PKCS1v15(), hashes.SHA256())
        return assemble(Parts(certificate, attributes, signature, content=info))


@dataclass(frozen=True, slots=True)
class HttpTsa:
    """A time stamping authority at an address, asked as RFC 3161 says."""

    url: str

    def stamp(self, digest: bytes, at: dt.datetime) -> bytes:  # noqa: ARG002 - it has its own clock
        nonce = int.from_bytes(digest[:_NONCE_BYTES], "big")
        imprint = {"hash_algorithm": DIGEST, "hashed_message": digest}
        wanted = {"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}
        try:
            answer = httpx.post(
                self.url,
                content=tsp.TimeStampReq(wanted).dump(),
                headers={"content-type": "application/timestamp-query"},
                timeout=TIMEOUT_S,
                trust_env=False,
            )
            answer.raise_for_status()
            reply = tsp.TimeStampResp.load(answer.content[:TOKEN_BYTES_MAX])
            token: cms.ContentInfo = reply["time_stamp_token"]
            info = token["content"]["encap_content_info"]["content"].parsed
            is_ours = (
                reply["status"]["status"].native in {"granted", "granted_with_mods"}
                and info["message_imprint"]["hashed_message"].native == digest
                and info["nonce"].native == nonce
            )
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as fault:
            raise Broken("the time stamping authority gives no stamp") from fault
        if not is_ours:
            raise Broken("the time stamping authority stamped something else")
        packed: bytes = token.dump()
        return packed


@lru_cache(maxsize=4)
def _private(der: bytes) -> rsa.RSAPrivateKey:
    # Checking an RSA key takes as long as some hundred signatures, and this one is our own.
    key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key
