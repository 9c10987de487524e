"""Lenders in process sign beside the lane: each policy's version once, each range of answers once.

Who wants to prove one answer shows its leaf, its path, the signed root and the signed policy.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongtu.evidence.api import inclusion_ranges, leaf_hash, root_by_path, root_of
from tongtu.funding.api import (
    Act,
    AnswerRoot,
    Book,
    PolicySignature,
    Signed,
    has_policy,
    hold_mark,
    is_genuine,
    kept_key,
    key_name,
    move_mark,
    policies,
    root_over,
    sign,
    valid_keys,
    write_policy,
    write_root,
)
from tongtu.kernel.errors import NotFound
from tongtu.kernel.ids import least_id
from tongtu.origination.api import Answered, DecisionLane, answers_beyond
from tongtu.runtime.api import Background, Connection, Runtime

EVERY_S = 5.0
PAGE = 500
# A decision's id is older than its commit: one that is this old will not come any more.
SETTLED = timedelta(seconds=30)


class LenderSigner:
    """Signs for the lenders in process whose kept key two persons registered."""

    def __init__(
        self, runtime: Runtime, book: Book, lane: Callable[[], DecisionLane | None]
    ) -> None:
        self._runtime = runtime
        self._book = book
        self._lane = lane
        self._work = Background("lender signatures", self.step, EVERY_S)

    async def start(self) -> None:
        """Begin to sign."""
        await self._work.start()

    async def stop(self) -> None:
        """Stop; what was not signed yet is signed later."""
        await self._work.stop()

    async def step(self) -> int:
        """Sign what was decided since the last time; return how many roots were signed."""
        lane = self._lane()
        if lane is None:
            return 0
        signed = 0
        for cell in range(self._runtime.settings.cells):
            async with self._runtime.database.transaction() as connection:
                signed += await self._sign(connection, lane, cell)
        return signed

    async def _sign(self, connection: Connection, lane: DecisionLane, cell: int) -> int:
        keys = await self._registered(connection)
        if not keys:
            return 0
        now = self._runtime.clock.now()
        after = await hold_mark(connection, cell)
        last, answers = await answers_beyond(
            connection, lane.versions, cell, (after, least_id(now - SETTLED)), PAGE
        )
        if not last:
            return 0
        by_lender = _by_lender(answers)
        made = await asyncio.to_thread(_roots, by_lender, keys, (cell, after, last), now)
        for root in made:
            await write_root(connection, root)
        for lender, policy in sorted({(one.lender, one.policy_hash) for one in answers}):
            if lender in keys:
                await _sign_policy(connection, (lender, policy), keys[lender], now)
        await move_mark(connection, cell, last)
        return len(made)

    async def _registered(self, connection: Connection) -> dict[int, Ed25519PrivateKey]:
        """Return the kept keys of the lenders whose key counts now."""
        found: dict[int, Ed25519PrivateKey] = {}
        for lender in self._book.lenders:
            private = kept_key(self._runtime.keys, lender.id)
            name = key_name(private.public_key().public_bytes_raw())
            if name in await valid_keys(connection, lender.number, self._runtime.clock.now()):
                found[lender.number] = private
        return found


@dataclass(frozen=True, slots=True)
class AnswerProof:
    """That a lender answered so: the answer, its place and path, the root and the signatures."""

    answer: Answered
    position: int
    path: tuple[bytes, ...]
    root: AnswerRoot
    policy: PolicySignature


async def prove_answer(
    connection: Connection, lane: DecisionLane, cell: int, of: tuple[int, int]
) -> AnswerProof:
    """Return the proof of what a lender answered; `of` is decision and lender.

    Raises:
        NotFound: that lender said nothing there, or it is not signed yet.
    """
    decision, lender = of
    root = await root_over(connection, cell, lender, decision)
    if root is None:
        raise NotFound("this lender's answer is not signed yet")
    beyond = (root.after_decision, root.last_decision + 1)
    _, answers = await answers_beyond(connection, lane.versions, cell, beyond, PAGE)
    own = [one for one in answers if one.lender == lender]
    position = next((n for n, one in enumerate(own) if one.decision == decision), None)
    if position is None:
        raise NotFound("this lender answered nothing there")
    signed = await policies(connection, lender, own[position].policy_hash)
    # Of each key that a lender has had, the one that signed the answers: one key proves the whole.
    policy = next((one for one in signed if one.key == root.key), None)
    if policy is None:
        raise NotFound("this lender's policy is not signed under the key of its answer")
    leaves = [leaf_hash(one.leaf()) for one in own]
    path = tuple(root_of(leaves[a:b]) for a, b in inclusion_ranges(position, len(leaves)))
    return AnswerProof(own[position], position, path, root, policy)


def is_proved(proof: AnswerProof, public: bytes) -> bool:
    """Tell whether a lender's key signed this answer and the policy it was made by. Pure."""
    root, policy, leaf = proof.root, proof.policy, leaf_hash(proof.answer.leaf())
    if root_by_path(leaf, proof.position, root.answers, proof.path) != root.root:
        return False
    keys = {key_name(public): public}
    signatures = (
        (Act.DECISIONS, _range(root), root.root, (root.key, root.signed_s, root.signature)),
        (
            Act.POLICY,
            str(proof.answer.lender),
            proof.answer.policy_hash.encode(),
            (policy.key, policy.signed_s, policy.signature),
        ),
    )
    return all(
        is_genuine(
            keys,
            (act, subject, Signed(key, f"{signed_s:010d}", signature)),
            body,
            datetime.fromtimestamp(signed_s, UTC),
        )
        for act, subject, body, (key, signed_s, signature) in signatures
    )


async def _sign_policy(
    connection: Connection, of: tuple[int, str], private: Ed25519PrivateKey, now: datetime
) -> None:
    lender, policy = of
    name = key_name(private.public_key().public_bytes_raw())
    if await has_policy(connection, lender, policy, name):
        return
    made = sign(private, Act.POLICY, str(lender), policy.encode(), now)
    await write_policy(
        connection, PolicySignature(lender, policy, made.key, int(made.time), made.signature)
    )


def _by_lender(answers: Sequence[Answered]) -> dict[int, list[bytes]]:
    ordered = sorted(answers, key=lambda one: (one.lender, one.decision))
    return {
        lender: [leaf_hash(one.leaf()) for one in group]
        for lender, group in itertools.groupby(ordered, key=lambda one: one.lender)
    }


def _roots(
    by_lender: dict[int, list[bytes]],
    keys: dict[int, Ed25519PrivateKey],
    place: tuple[int, int, int],
    now: datetime,
) -> list[AnswerRoot]:
    cell, after, last = place
    made = []
    for lender, leaves in by_lender.items():
        if lender not in keys:
            continue
        blank = AnswerRoot(cell, lender, after, last, len(leaves), root_of(leaves), "", 0, "")
        signed = sign(keys[lender], Act.DECISIONS, _range(blank), blank.root, now)
        fields = (int(signed.time), signed.signature)
        made.append(
            AnswerRoot(
                cell, lender, after, last, len(leaves), blank.root, signed.key, *fields
            )
        )  # fmt: skip
    return made


def _range(root: AnswerRoot) -> str:
    return f"{root.cell}|{root.lender}|{root.after_decision}|{root.last_decision}|{root.answers}"
