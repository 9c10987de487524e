"""A certificate of the local authority for our own pages: phones of one's own network only.

Browsers give camera, passkeys and reading without a network to https alone. Who has not installed
the authority's root is warned by the browser, rightly: a public platform has a public certificate.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tongtu.contracts.api import LocalCa
from tongtu.runtime.api import Runtime

SERIAL_BYTES = 19
NAME = "server.pem"


def certificate_file(runtime: Runtime, host: str) -> Path:
    """Write a new key with its certificate for `host` (0600); return the file."""
    home, at = runtime.settings.home, runtime.clock.now()
    authority = LocalCa.open(home, at, runtime.entropy.bytes(SERIAL_BYTES))
    key = ec.generate_private_key(ec.SECP256R1())
    serial = runtime.entropy.bytes(SERIAL_BYTES)
    made = authority.certify_server(host, key.public_key(), at, serial)
    pem = serialization.Encoding.PEM
    path = home / "ca" / NAME
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        for one in (made, authority.root):
            file.write(x509.load_der_x509_certificate(one).public_bytes(pem))
    return path
