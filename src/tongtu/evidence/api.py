"""The door of the transparency log: append in your commit, prove afterwards, verify anywhere."""

from __future__ import annotations

from tongtu.evidence.anchoring import Anchoring, AnchorStand, AnchorState, anchor_stand
from tongtu.evidence.audit import audit
from tongtu.evidence.batched import Inside, batch_commitments, batch_entry, inside
from tongtu.evidence.bundle import QUORUM, Trust, Verdict, payload_of, to_bundle, verify
from tongtu.evidence.cosigning import Cosigning
from tongtu.evidence.finality import Final, Stand, WitnessStand, latest_final, witness_stands
from tongtu.evidence.flow import consistency, proof
from tongtu.evidence.model import (
    KINDS,
    Audit,
    Checkpoint,
    Consistency,
    Entry,
    Pending,
    Proof,
    commitment,
)
from tongtu.evidence.personal import NUMBERED
from tongtu.evidence.sequencer import Sequencer, log_signer, log_sm2
from tongtu.evidence.store import NamedLeaf, append, find_commitment, latest, named_leaves
from tongtu.evidence.witness_line import HttpWitness, NoWord, Said, WitnessLine
from tongtu.witness.api import (
    LogKey,
    Sm2Key,
    inclusion_ranges,
    is_consistent,
    leaf_hash,
    open_note,
    read_checkpoint,
    root_by_path,
    root_of,
)

__all__ = [
    "KINDS",
    "NUMBERED",
    "QUORUM",
    "AnchorStand",
    "AnchorState",
    "Anchoring",
    "Audit",
    "Checkpoint",
    "Consistency",
    "Cosigning",
    "Entry",
    "Final",
    "HttpWitness",
    "Inside",
    "LogKey",
    "NamedLeaf",
    "NoWord",
    "Pending",
    "Proof",
    "Said",
    "Sequencer",
    "Sm2Key",
    "Stand",
    "Trust",
    "Verdict",
    "WitnessLine",
    "WitnessStand",
    "anchor_stand",
    "append",
    "audit",
    "batch_commitments",
    "batch_entry",
    "commitment",
    "consistency",
    "find_commitment",
    "inclusion_ranges",
    "inside",
    "is_consistent",
    "latest",
    "latest_final",
    "leaf_hash",
    "log_signer",
    "log_sm2",
    "named_leaves",
    "open_note",
    "payload_of",
    "proof",
    "read_checkpoint",
    "root_by_path",
    "root_of",
    "to_bundle",
    "verify",
    "witness_stands",
]
