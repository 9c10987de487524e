"""The door of the transparency log: append in your commit, prove afterwards, verify anywhere."""

from __future__ import annotations

from tongtu.evidence.audit import audit
from tongtu.evidence.bundle import Verdict, to_bundle, verify
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
from tongtu.evidence.note import LogKey, open_note, read_checkpoint
from tongtu.evidence.sequencer import Sequencer, log_signer
from tongtu.evidence.store import append, find_commitment, latest
from tongtu.evidence.tree import (
    inclusion_ranges,
    is_consistent,
    leaf_hash,
    root_by_path,
    root_of,
)

__all__ = [
    "KINDS",
    "Audit",
    "Checkpoint",
    "Consistency",
    "Entry",
    "LogKey",
    "Pending",
    "Proof",
    "Sequencer",
    "Verdict",
    "append",
    "audit",
    "commitment",
    "consistency",
    "find_commitment",
    "inclusion_ranges",
    "is_consistent",
    "latest",
    "leaf_hash",
    "log_signer",
    "open_note",
    "proof",
    "read_checkpoint",
    "root_by_path",
    "root_of",
    "to_bundle",
    "verify",
]
