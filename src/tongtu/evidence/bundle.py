"""The proof as a file: JSON that anyone verifies offline, with none of our servers. Pure."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongtu.evidence.model import Proof, commitment
from tongtu.evidence.note import LogKey, open_note, read_checkpoint
from tongtu.evidence.tree import leaf_hash, root_by_path
from tongtu.kernel.errors import BadInput

FORMAT = "tongtu-evidence-1"
# The path of a tree of 2^64 leaves; more is not a proof but an attack on the verifier.
PATH_MAX = 64


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a bundle holds, in one sentence a person can read."""

    is_valid: bool
    sentence: str


def to_bundle(
    proof: Proof,
    key: LogKey,
    *,
    subject: str | None = None,
    opening: tuple[bytes, bytes] | None = None,
) -> dict[str, Any]:
    """Return the JSON shape of a proof. `opening` is (salt, payload), for who may see it."""
    bundle: dict[str, Any] = {
        "format": FORMAT,
        "kind": proof.kind,
        "subject": subject if subject is not None else str(proof.subject),
        "commitment": proof.commitment.hex(),
        "position": proof.position,
        "size": proof.size,
        "path": [sibling.hex() for sibling in proof.path],
        "root": proof.root.hex(),
        "checkpoint": proof.note,
        "log_key": key.show(),
    }
    if opening is not None:
        salt, payload = opening
        bundle |= {"salt": salt.hex(), "payload": b64encode(payload).decode()}
    return bundle


def verify(bundle: Mapping[str, Any], trusted_key: str | None = None) -> Verdict:
    """Check a bundle from its payload (when it has one) up to the log's signature.

    Without `trusted_key` the key in the file is used: then the verdict says whose word it is.
    """
    try:
        return _verify(bundle, trusted_key)
    except BadInput as error:
        return Verdict(is_valid=False, sentence=f"NOT VERIFIED: {error.detail}.")


def _verify(bundle: Mapping[str, Any], trusted_key: str | None) -> Verdict:
    if bundle.get("format") != FORMAT:
        raise BadInput(f"the file is no bundle of the format {FORMAT}")
    committed = _bytes(bundle, "commitment")
    opening = ""
    if "payload" in bundle or "salt" in bundle:
        payload = _payload(bundle)
        if not hmac.compare_digest(commitment(_bytes(bundle, "salt"), payload), committed):
            raise BadInput("the payload is not the one that was committed to")
        opening = f" with exactly this content of {len(payload)} bytes"

    key = LogKey.read(trusted_key or _text(bundle, "log_key"))
    origin, size, root = read_checkpoint(open_note(_text(bundle, "checkpoint"), key))
    if origin != key.name:
        raise BadInput("the checkpoint speaks of another log than its key")
    if (size, root) != (_number(bundle, "size"), _bytes(bundle, "root")):
        raise BadInput("the proof is for another checkpoint than the one in the file")

    position = _number(bundle, "position")
    path = bundle.get("path")
    if not isinstance(path, list) or len(path) > PATH_MAX:
        raise BadInput("the path is not a list of hashes")
    siblings = [_hex(sibling, "path") for sibling in path]
    if root_by_path(leaf_hash(committed), position, size, siblings) != root:
        raise BadInput("the path does not lead from the entry to the signed root")

    trust = "a key you trust" if trusted_key else "the key in the file; compare it with a known one"
    return Verdict(
        is_valid=True,
        sentence=(
            f"VERIFIED: {_text(bundle, 'kind')} {_text(bundle, 'subject')} is entry {position} of"
            f" {size} in {key.name}{opening}, signed by {trust} ({key.show()})."
        ),
    )


def _text(bundle: Mapping[str, Any], name: str) -> str:
    value = bundle.get(name)
    if not isinstance(value, str) or not value:
        raise BadInput(f"the bundle has no {name}")
    return value


def _number(bundle: Mapping[str, Any], name: str) -> int:
    value = bundle.get(name)
    if type(value) is not int or value < 0:
        raise BadInput(f"{name} is not a whole number")
    return value


def _bytes(bundle: Mapping[str, Any], name: str) -> bytes:
    return _hex(bundle.get(name), name)


def _hex(value: Any, name: str) -> bytes:
    try:
        return bytes.fromhex(value)
    except (TypeError, ValueError):
        raise BadInput(f"{name} is not hexadecimal") from None


def _payload(bundle: Mapping[str, Any]) -> bytes:
    try:
        return b64decode(_text(bundle, "payload"), validate=True)
    except ValueError:
        raise BadInput("the payload is not base64") from None
