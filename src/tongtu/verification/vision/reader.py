"""Reads the text of a picture (rapidocr, one thread). Only the worker imports this."""

from __future__ import annotations

from typing import Any

import cv2
from rapidocr import RapidOCR

from tongtu.verification.vision.picture import decoded
from tongtu.verification.vision.protocol import BOXES_MAX, Text

# A card fills such a picture with letters of 20 pixels; more pixels take longer and read no better.
SIDE_READ = 1_280


class Reader:
    """The model of the text, loaded once."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._engine = RapidOCR(
            params={
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "Global.use_cls": False,
                "Global.log_level": "error",
            }
        )

    def read(self, content: bytes) -> tuple[Text, ...]:
        """Return the lines of a picture."""
        found: Any = self._engine(decoded(content, SIDE_READ), use_cls=False)
        if found.boxes is None or found.txts is None:
            return ()
        lines = zip(found.boxes[:BOXES_MAX], found.txts, found.scores, strict=False)
        return tuple(
            Text(tuple((float(x), float(y)) for x, y in box), str(text), float(score))
            for box, text, score in lines
        )
