"""A lender's keys: registered and rotated by the two persons above this context, read by all."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tongtu.funding.rules.signature import PUBLIC_BYTES, key_name
from tongtu.funding.store import lender_key as store
from tongtu.funding.store.lender_key import LenderKey
from tongtu.kernel.errors import BadInput, Conflict
from tongtu.runtime.api import Connection, Keys

# How long the key before it still holds: two are valid at once, so that a lender changes over
# without an hour in which nothing of it counts. 0 ends the old one at once, when it was lost.
OVERLAP_HOURS_MAX = 72
KEYS_SHOWN_MAX = 200
# How many points the curve P-256 has (FIPS 186-4, D.1.2.3): a private key lies below it.
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def check_public(public: bytes) -> str:
    """Return the name of a public key. Raises BadInput: it is none."""
    if len(public) != PUBLIC_BYTES:
        raise BadInput("a public key has 32 bytes", fields={"public": "length"})
    try:
        Ed25519PublicKey.from_public_bytes(public)
    except ValueError:
        raise BadInput("not an Ed25519 public key", fields={"public": "not a key"}) from None
    return key_name(public)


async def register_key(
    connection: Connection, new: tuple[int, bytes], approval: int, at: datetime, overlap_hours: int
) -> LenderKey:
    """Let a lender sign by a key from now on; its earlier ones end after the overlap.

    `new` is the lender's number and the key.

    Raises:
        BadInput: not a key, or an overlap beyond its bound.
        Conflict: the lender had this key before; an ended key never comes back.
    """
    lender, public = new
    if not 0 <= overlap_hours <= OVERLAP_HOURS_MAX:
        raise BadInput("an overlap is 0 to 72 hours", fields={"overlap_hours": "out of range"})
    key = LenderKey(lender, check_public(public), public, at, None)
    if not await store.insert(connection, key, approval):
        raise Conflict("this lender had that key before", code="key_known")
    await store.end_others(connection, lender, key.key, at + timedelta(hours=overlap_hours))
    return key


def kept_key(keys: Keys, lender: str) -> Ed25519PrivateKey:
    """Return the key kept here for a lender that decides in process; it counts once registered."""
    return Ed25519PrivateKey.from_private_bytes(keys.derive(f"lender_in_process:{lender}"))


def paper_key(keys: Keys, house: str, generation: int = 1) -> bytes:
    """Return the key (P-256, DER) by which a lender in process, or a guarantor, signs papers.

    Each generation is another key; what made it is the installation's root key.
    """
    purpose = f"papers_of:{house}" if generation == 1 else f"papers_of:{house}:{generation}"
    drawn = int.from_bytes(keys.derive(purpose), "big")
    own = ec.derive_private_key(drawn % (_P256_ORDER - 1) + 1, ec.SECP256R1())
    return own.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


async def paper_generations(connection: Connection) -> dict[str, int]:
    """Return by which generation of its key a house signs papers; the first where it is absent."""
    return await store.paper_generations(connection)


async def renew_paper_key(connection: Connection, house: str, approval: int, at: datetime) -> int:
    """Let a house in process sign papers by its next key; return the key's generation."""
    return await store.renew_paper_key(connection, house, approval, at)


async def valid_keys(connection: Connection, lender: int, at: datetime) -> dict[str, bytes]:
    """Return the keys a lender may sign by at an instant."""
    return await store.valid(connection, lender, at)


async def list_keys(connection: Connection, lender: int | None) -> list[LenderKey]:
    """Return the keys of one lender, or of all, newest first."""
    return await store.page(connection, lender, KEYS_SHOWN_MAX)
