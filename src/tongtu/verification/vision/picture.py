"""Decodes a picture that is within bounds, no larger than wanted. Only the worker imports this."""

from __future__ import annotations

import os

# Read by the library at its import: it refuses by itself what passed our own look at the head.
os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = "16000000"

import cv2
import numpy as np
from numpy.typing import NDArray

from tongtu.kernel.errors import BadInput

Pixels = NDArray[np.uint8]


def decoded(content: bytes, side: int) -> Pixels:
    """Return the picture upright in BGR, its longer side at most `side` pixels."""
    raw = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if raw is None:
        raise BadInput("a picture cannot be decoded", code="picture_unreadable")
    longer = max(raw.shape[:2])
    if longer > side:
        scale = side / longer
        raw = cv2.resize(raw, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(raw, dtype=np.uint8)
