"""What every flow is handed: settings, database, clock, ids, keys, entropy."""

from __future__ import annotations

from dataclasses import dataclass

from tongtu.kernel.clock import Clock
from tongtu.kernel.ids import IdSource, PublicIds, cell_of, id_shard
from tongtu.runtime.database import Database
from tongtu.runtime.keys import Keys
from tongtu.runtime.seams import Entropy
from tongtu.runtime.settings import Settings

PUBLIC_ID_KEY = "public_ids"


@dataclass(frozen=True, slots=True)
class Runtime:
    """The machine below a flow; production and tests differ in its parts only."""

    settings: Settings
    database: Database
    clock: Clock
    ids: IdSource
    public: PublicIds
    keys: Keys
    entropy: Entropy
    # Of this database alone, whatever root key it is run with; tokens are sealed with both.
    token_mark: bytes = b""

    def cell(self, party_id: int) -> int:
        """Return the cell that owns everything of this party."""
        return cell_of(id_shard(party_id), self.settings.cells)
