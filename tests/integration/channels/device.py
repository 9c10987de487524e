"""A device that makes and uses passkeys: an authenticator in software, as honest as asked."""

import base64
import hashlib
import json
import struct

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Device:
    """One passkey of one owner."""

    def __init__(self, number=1):
        self.key = ec.derive_private_key(10_000 + number, ec.SECP256R1())
        self.id = hashlib.sha256(b"credential%d" % number).digest()
        self.counter = 0
        self.handle = b""

    def make(self, options, *, origin="http://localhost", host=None, is_verified=True):
        """Answer creation options."""
        self.handle = unb64(options["user"]["id"])
        public = self.key.public_key().public_numbers()
        cose = cbor2.dumps({
            1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big"),
        })  # fmt: skip
        data = self._data(host or options["rp"]["id"], is_verified, ATTESTED)
        data += b"\0" * 15 + b"\1" + struct.pack(">H", len(self.id)) + self.id + cose
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return {
            "id": b64(self.id),
            "client_data": b64(_client_data("webauthn.create", options["challenge"], origin)),
            "attestation": b64(attestation),
        }

    def use(self, options, *, origin="http://localhost", host=None, is_verified=True, by=None):
        """Answer request options; `by` counts up by so much (1)."""
        self.counter += 1 if by is None else by
        client_data = _client_data("webauthn.get", options["challenge"], origin)
        data = self._data(host or options["rpId"], is_verified, 0)
        signed = data + hashlib.sha256(client_data).digest()
        return {
            "id": b64(self.id),
            "client_data": b64(client_data),
            "authenticator_data": b64(data),
            "signature": b64(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "user_handle": b64(self.handle),
        }

    def _data(self, host, is_verified, extra):
        flags = PRESENT | (VERIFIED if is_verified else 0) | extra
        return hashlib.sha256(host.encode()).digest() + struct.pack(">BI", flags, self.counter)


def _client_data(kind, challenge, origin):
    return json.dumps(
        {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
    ).encode()
