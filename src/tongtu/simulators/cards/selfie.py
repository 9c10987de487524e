"""Frames of a drawn face that follows a challenge, each another picture of it."""

from __future__ import annotations

import io
from collections.abc import Sequence

from tongtu.simulators.cards.portrait import draw_face

# To one's own left is to the right of the picture.
TURNS = {"straight": 0.0, "left": 0.7, "right": -0.7}
SIDE = 420


def follow(seed: str, actions: Sequence[str]) -> list[bytes]:
    """Return a JPEG for each action, in order."""
    frames = []
    for place, action in enumerate(actions):
        content = io.BytesIO()
        picture = draw_face(seed, SIDE + 4 * place, TURNS[action])
        picture.save(content, "JPEG", quality=90 - place)
        frames.append(content.getvalue())
    return frames
