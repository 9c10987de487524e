"""The proof as a file: JSON that anyone verifies offline, with none of our servers. Pure."""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongtu.evidence.batched import Inside, of_batch, root_of_batch
from tongtu.evidence.model import Proof, commitment
from tongtu.kernel.errors import BadInput
from tongtu.witness.api import (
    LogKey,
    Sm2Key,
    WitnessKey,
    check_quorum,
    check_sm2,
    cosigners,
    leaf_hash,
    open_note,
    read_checkpoint,
    root_by_path,
)

FORMAT = "tongtu-evidence-1"
# The path of a tree of 2^64 leaves; more is not a proof but an attack on the verifier.
PATH_MAX = 64
# Of four witnesses three make a checkpoint final: of two histories only one can ever be.
QUORUM = 3
WITNESSES_MAX = 16
# What the verdict repeats of the file's own words: nothing that reads as a sentence of ours.
_WORD = re.compile(r"[\w.:/+-]{1,100}", re.ASCII)


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
    within: tuple[bytes, Inside] | None = None,
) -> dict[str, Any]:
    """Return the JSON shape of a proof. `opening` is (salt, payload), for who may see it.

    `within` is (commitment, place) of one entry of the batch whose leaf is proved.
    """
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
        "witnesses": list(proof.witnesses),
    }
    if within is not None:
        member, place = within
        bundle["commitment"] = member.hex()
        bundle["inside"] = {
            "position": place.position,
            "size": place.size,
            "path": [sibling.hex() for sibling in place.path],
        }
    if opening is not None:
        salt, payload = opening
        bundle |= {"salt": salt.hex(), "payload": b64encode(payload).decode()}
    return bundle


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose word is taken: the log's verifier key and those of witnesses, from a place you trust.

    Where a key is not given the one in the file is used, and the verdict says so. With witnesses
    given, at least `quorum` of them must have co-signed; it is more than half of them. With an SM2
    key given, that must stand under the checkpoint too.
    """

    log_key: str | None = None
    witnesses: Sequence[str] = ()
    quorum: int = QUORUM
    sm2_key: str | None = None


def payload_of(bundle: Mapping[str, Any]) -> bytes:
    """Return what a bundle's commitment opens to. Raises BadInput: it carries no opening."""
    return _payload(bundle)


def verify(
    bundle: Mapping[str, Any], trusted_key: str | None = None, trust: Trust | None = None
) -> Verdict:
    """Check a bundle from its payload (when it has one) up to the signatures of its checkpoint.

    `trusted_key` is short for a trust in that log key alone.
    """
    try:
        return _verify(bundle, trust or Trust(trusted_key))
    except BadInput as error:
        return Verdict(is_valid=False, sentence=f"NOT VERIFIED: {error.detail}.")


def _verify(bundle: Mapping[str, Any], trust: Trust) -> Verdict:
    if bundle.get("format") != FORMAT:
        raise BadInput(f"the file is no bundle of the format {FORMAT}")
    committed = _bytes(bundle, "commitment")
    opening = ""
    if "payload" in bundle or "salt" in bundle:
        payload = _payload(bundle)
        if not hmac.compare_digest(commitment(_bytes(bundle, "salt"), payload), committed):
            raise BadInput("the payload is not the one that was committed to")
        opening = f" with exactly this content of {len(payload)} bytes"

    is_trusted = trust.log_key is not None
    key = LogKey.read(_text(bundle, "log_key") if trust.log_key is None else trust.log_key)
    origin, size, root = read_checkpoint(open_note(_text(bundle, "checkpoint"), key))
    if origin != key.name:
        raise BadInput("the checkpoint speaks of another log than its key")
    if trust.sm2_key is not None:
        check_sm2(_text(bundle, "checkpoint"), Sm2Key.read(trust.sm2_key))
    if (size, root) != (_number(bundle, "size"), _bytes(bundle, "root")):
        raise BadInput("the proof is for another checkpoint than the one in the file")

    position, entry = _number(bundle, "position"), _logged(bundle, committed)
    if root_by_path(leaf_hash(entry), position, size, _path(bundle)) != root:
        raise BadInput("the path does not lead from the entry to the signed root")

    whose = "a key you trust" if is_trusted else "the key in the file; compare it with a known one"
    return Verdict(
        is_valid=True,
        sentence=(
            # Kind and subject are the file's own words: the log commits to the content alone.
            f"VERIFIED:{_member(bundle)} entry {position} of {size} in {key.name}{opening}, which"
            f" the file says is {_word(bundle, 'kind')} {_word(bundle, 'subject')}, signed by"
            f" {whose} ({key.show()}); {_cosigned(bundle, trust)}{_by_sm2(trust)}."
        ),
    )


def _by_sm2(trust: Trust) -> str:
    return "; signed by SM2 too" if trust.sm2_key is not None else ""


def _logged(bundle: Mapping[str, Any], committed: bytes) -> bytes:
    """Return what the log's own entry commits to: the batch's root, for an entry of a batch."""
    place = bundle.get("inside")
    if place is None:
        return committed
    if not isinstance(place, dict):
        raise BadInput("the place in the batch cannot be read")
    size = _number(place, "size")
    found = root_of_batch(committed, Inside(_number(place, "position"), size, tuple(_path(place))))
    if found is None:
        raise BadInput("the path does not lead from the entry to its batch")
    return of_batch(size, found)


def _member(bundle: Mapping[str, Any]) -> str:
    place = bundle.get("inside")
    return f" number {place['position']} of the {place['size']} of" if place is not None else ""


def _path(bundle: Mapping[str, Any]) -> list[bytes]:
    path = bundle.get("path")
    if not isinstance(path, list) or len(path) > PATH_MAX:
        raise BadInput("the path is not a list of hashes")
    return [_hex(sibling, "path") for sibling in path]


def _cosigned(bundle: Mapping[str, Any], trust: Trust) -> str:
    """Tell who co-signed the checkpoint. Raises BadInput: too few of the trusted, or falsely."""
    named = trust.witnesses or bundle.get("witnesses", [])
    if not isinstance(named, list | tuple) or len(named) > WITNESSES_MAX:
        raise BadInput("the witnesses are not a list of keys")
    keys = [WitnessKey.read(str(one)) for one in named]
    if trust.witnesses:
        check_quorum(keys, trust.quorum)
    found = cosigners(_text(bundle, "checkpoint"), keys)
    names = ", ".join(one.name for one in found)
    signed = len({one.public for one in found})  # one key under two names is one witness
    if trust.witnesses and signed < trust.quorum:
        raise BadInput(
            f"{signed} of the witnesses you trust co-signed it, {trust.quorum} are wanted"
        )
    if not found:
        return "not yet co-signed by any witness"
    whose = "whom you trust" if trust.witnesses else "whose keys stand in the file"
    return f"co-signed by {signed} witnesses {whose} ({names})"


def _text(bundle: Mapping[str, Any], name: str) -> str:
    value = bundle.get(name)
    if not isinstance(value, str) or not value:
        raise BadInput(f"the bundle has no {name}")
    return value


def _word(bundle: Mapping[str, Any], name: str) -> str:
    value = _text(bundle, name)
    if _WORD.fullmatch(value) is None:
        raise BadInput(f"the bundle's {name} is no word")
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
