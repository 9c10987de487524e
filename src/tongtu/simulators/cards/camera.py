"""What a telephone does to a card: turned, far, soft, unevenly lit, noisy, compressed."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

_TABLE = (96, 88, 78)
_MARGIN = 60
_GOLDEN = 0.618_033_988_749_895


@dataclass(frozen=True, slots=True)
class Shot:
    """How a picture is taken."""

    degrees: float = 0.0
    scale: float = 1.0
    blur: float = 0.0
    light: float = 0.0  # how much darker one side is, 0 to 1
    noise: float = 0.0  # standard deviation, of 255
    quality: int = 92


CLEAN = Shot()


def shot_of(number: int) -> Shot:
    """Return the nth distorted shot: within the bounds of notes on such cards (6 degrees, .55)."""

    def draw(step: int, least: float, most: float) -> float:
        return least + (most - least) * ((number * (step + 2) + 1) * _GOLDEN * (step + 1) % 1.0)

    return Shot(
        degrees=draw(0, -6, 6),
        scale=draw(1, 0.55, 0.8),
        blur=draw(2, 0.0, 0.9),
        light=draw(3, 0.1, 0.45),
        noise=draw(4, 2, 8),
        quality=int(draw(5, 45, 75)),
    )


def take(card: Image.Image, shot: Shot = CLEAN) -> bytes:
    """Return a JPEG of the card as the shot takes it."""
    width, height = (side + 2 * _MARGIN for side in card.size)
    scene = Image.new("RGB", (width, height), _TABLE)
    scene.paste(card, (_MARGIN, _MARGIN))
    if shot.degrees:
        turned = Image.Resampling.BICUBIC
        scene = scene.rotate(shot.degrees, turned, expand=True, fillcolor=_TABLE)
    if shot.scale != 1.0:
        size = (round(scene.width * shot.scale), round(scene.height * shot.scale))
        scene = scene.resize(size, Image.Resampling.LANCZOS)
    if shot.blur:
        scene = scene.filter(ImageFilter.GaussianBlur(shot.blur))
    if shot.light or shot.noise:
        scene = _lit(scene, shot)
    content = io.BytesIO()
    scene.save(content, "JPEG", quality=shot.quality)
    return content.getvalue()


def _lit(scene: Image.Image, shot: Shot) -> Image.Image:
    pixels = np.asarray(scene, np.float32)
    slope = np.linspace(1.0, 1.0 - shot.light, pixels.shape[1], dtype=np.float32)
    pixels = pixels * slope[None, :, None]
    if shot.noise:  # a wave with no period in sight: the same at each run
        at = np.arange(pixels.size, dtype=np.float64)
        wave = np.modf(np.sin(at * 12.9898 + shot.degrees) * 43_758.5453)[0].reshape(pixels.shape)
        pixels = pixels + wave.astype(np.float32) * np.float32(shot.noise * math.sqrt(3))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
