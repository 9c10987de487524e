"""The national algorithms (国密) as functions: SM2 with SM3 signs, SM4-GCM seals.

GB/T 32905 (SM3), 32907 (SM4), 32918 (SM2). SM3 and SM4 come with cryptography; SM2 is GmSSL's, by
the extra `gm`, so it is looked for when it is first used. An option beside Ed25519 and AES.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tongtu.kernel.errors import Broken

PUBLIC_BYTES, PRIVATE_BYTES = 64, 32
SM4_KEY_BYTES, NONCE_BYTES, TAG_BYTES = 16, 12, 16
# A signature of two numbers below the curve's order, in DER.
SIGNATURE_BYTES_MAX = 72


@dataclass(frozen=True, slots=True)
class Sm2Private:
    """A key that signs: the public half is two coordinates of 32 bytes."""

    private: bytes
    public: bytes

    def sign(self, message: bytes) -> bytes:
        """Return the signature (DER) by SM2 with SM3 and the usual signer's id."""
        made: bytes = _gmssl().sm2_sign(self.private, self.public, message)
        return made


def generate() -> Sm2Private:
    """Return a fresh key. Raises Broken: the extra `gm` is not installed."""
    public, private = _gmssl().sm2_key_generate()
    return Sm2Private(private, public)


def is_sm2_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the signature fits; whatever is malformed does not.

    Raises:
        Broken: the extra `gm` is not installed.
    """
    gmssl = _gmssl()
    if len(public) != PUBLIC_BYTES or not 0 < len(signature) <= SIGNATURE_BYTES_MAX:
        return False
    try:
        return bool(gmssl.sm2_verify(public, message, signature))
    except gmssl.GmsslInnerError:
        return False


def sm3(message: bytes) -> bytes:
    """Return the 32-byte digest."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(message)
    return digest.finalize()


def sm4_seal(key: bytes, nonce: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """Return what opens with the same key, nonce and `bound_to` only: cipher text and tag (GCM)."""
    made = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    made.authenticate_additional_data(bound_to)
    return made.update(plain) + made.finalize() + made.tag


def sm4_open(key: bytes, nonce: bytes, sealed: bytes, bound_to: bytes) -> bytes | None:
    """Return what `sm4_seal` sealed; None when it was changed or is bound to something else."""
    body, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
    if len(tag) != TAG_BYTES:
        return None
    opened = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    opened.authenticate_additional_data(bound_to)
    try:
        return opened.update(body) + opened.finalize()
    except InvalidTag:
        return None


def _gmssl() -> Any:
    try:
        return importlib.import_module("gmssl_pyx")
    except ImportError:
        raise Broken("SM2 needs the extra `gm` (gmssl-pyx)") from None
