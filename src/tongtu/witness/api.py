"""The door of the witness: what anyone needs to check a log from outside, without our server."""

from tongtu.witness.anchor import AnchorBackend, AnchorFile, NoAnchor, open_anchor
from tongtu.witness.chain import ChainAnchor, connect, deploy, needed
from tongtu.witness.cosignature import Cosigner, WitnessKey, cosigned_at, cosigners
from tongtu.witness.door import SEE_FORK, SIZE_TYPE, Witness, application, serve
from tongtu.witness.fork import FORK_FORMAT, Fork, fork_of, verify_fork
from tongtu.witness.note import (
    LogKey,
    Signer,
    checkpoint_text,
    note_text,
    open_note,
    read_checkpoint,
    with_lines,
)
from tongtu.witness.offline import Asked, Checked, check_log
from tongtu.witness.rules import NOTHING, Refusal, Seen, Shown, Why, judge
from tongtu.witness.sm2 import Sm2Key, check_sm2, sm2_line
from tongtu.witness.store import Home
from tongtu.witness.tiles import write_log
from tongtu.witness.tree import (
    EMPTY_ROOT,
    Frontier,
    Node,
    Range,
    complete_root,
    consistency_ranges,
    fold,
    inclusion_ranges,
    is_consistent,
    leaf_hash,
    node_hash,
    older_root,
    parts_of,
    root_by_path,
    root_of,
)

__all__ = [
    "EMPTY_ROOT",
    "FORK_FORMAT",
    "NOTHING",
    "SEE_FORK",
    "SIZE_TYPE",
    "AnchorBackend",
    "AnchorFile",
    "Asked",
    "ChainAnchor",
    "Checked",
    "Cosigner",
    "Fork",
    "Frontier",
    "Home",
    "LogKey",
    "NoAnchor",
    "Node",
    "Range",
    "Refusal",
    "Seen",
    "Shown",
    "Signer",
    "Sm2Key",
    "Why",
    "Witness",
    "WitnessKey",
    "application",
    "check_log",
    "check_sm2",
    "checkpoint_text",
    "complete_root",
    "connect",
    "consistency_ranges",
    "cosigned_at",
    "cosigners",
    "deploy",
    "fold",
    "fork_of",
    "inclusion_ranges",
    "is_consistent",
    "judge",
    "leaf_hash",
    "needed",
    "node_hash",
    "note_text",
    "older_root",
    "open_anchor",
    "open_note",
    "parts_of",
    "read_checkpoint",
    "root_by_path",
    "root_of",
    "serve",
    "sm2_line",
    "verify_fork",
    "with_lines",
    "write_log",
]
