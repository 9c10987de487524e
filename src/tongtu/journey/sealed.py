"""Every column that holds sealed values, whichever context keeps it."""

from __future__ import annotations

from tongtu.access import api as access
from tongtu.contracts import api as contracts
from tongtu.identity.api import SEALED_BEFORE, SEALED_DOCUMENTS, SEALED_VALUES, SEALED_WANTED
from tongtu.notice import api as notice
from tongtu.risk import api as risk

SEALED = (
    SEALED_VALUES,
    SEALED_DOCUMENTS,
    SEALED_WANTED,
    SEALED_BEFORE,
    *notice.SEALED,
    *risk.SEALED,
    *access.SEALED,
    *contracts.SEALED,
)
