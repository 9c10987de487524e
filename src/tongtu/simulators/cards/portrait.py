"""A drawn face: a detector finds it, its nose follows a turn, and it is nobody's.

Drawn faces are nearer to one another than two people are: they show that the way is gone, and
nothing of how well two people are told apart.
"""

from __future__ import annotations

import hashlib

from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
_OVERSAMPLED = 2
_BACKGROUND = (225, 230, 236)


class _Noise:
    """Numbers drawn from a seed."""

    def __init__(self, seed: str) -> None:
        self._bytes = hashlib.sha512(seed.encode()).digest()
        self._place = 0

    def between(self, least: float, most: float) -> float:
        value = self._bytes[self._place % len(self._bytes)]
        self._place += 1
        return least + (most - least) * value / 255


class _Face:
    """The measures of one face and the strokes that draw it; `turn` moves nose and eyes."""

    def __init__(self, seed: str, turn: float, side: int) -> None:
        noise = _Noise(seed)
        between = noise.between
        self.side, self.noise = side, noise
        skin = between(205, 240), between(165, 200), between(135, 172)
        self.skin: Colour = (int(skin[0]), int(skin[1]), int(skin[2]))
        self.hair: Colour = (int(between(15, 60)), int(between(15, 50)), int(between(15, 45)))
        self.x, self.y = side * 0.5, side * 0.52
        self.width, self.height = side * between(0.235, 0.275), side * between(0.31, 0.35)
        self.turn = turn * self.width
        self.eye_y = self.y - self.height * between(0.10, 0.16)
        self.nose_y = self.eye_y + self.height * between(0.24, 0.30)
        self.image = Image.new("RGB", (side, side), _BACKGROUND)
        self.pen = ImageDraw.Draw(self.image)

    def toned(self, share: float) -> Colour:
        red, green, blue = (min(255, int(part * share)) for part in self.skin)
        return red, green, blue

    def oval(self, place: tuple[float, float], half: tuple[float, float], fill: Colour) -> None:
        (x, y), (a, b) = place, half
        self.pen.ellipse((x - a, y - b, x + a, y + b), fill=fill)

    def head(self) -> None:
        x, y, w, h, side = self.x, self.y, self.width, self.height, self.side
        self.oval((x, side * 1.08), (side * 0.42, side * 0.24), (40, 50, 70))
        self.pen.rectangle((x - w * 0.45, y + h * 0.6, x + w * 0.45, side * 0.9), self.toned(0.78))
        self.oval((x, y - h * 0.25), (w * 1.12, h * 0.95), self.hair)
        self.oval((x, y), (w, h), self.skin)
        box = (x - w * 1.03, y - h * 1.08, x + w * 1.03, y + h * 0.35)
        self.pen.pieslice(box, 192, 348, fill=self.hair)
        self.oval((x, y - h * 0.18), (w * 0.93, h * 0.42), self.skin)

    def eyes(self) -> None:
        between, w, h, y = self.noise.between, self.width, self.height, self.eye_y
        apart, half, high = w * between(0.40, 0.47), w * between(0.19, 0.24), h * 0.06
        brow, thick = h * between(0.14, 0.19), h * between(0.025, 0.05)
        for side in (-1, 1):
            x = self.x + side * apart + self.turn * 0.6
            # The eye on the side one turns to is seen narrower.
            wide = half * (0.9 if side * self.turn > 0 else 1.0)
            self.oval((x, y), (wide * 1.35, high * 2.1), self.toned(0.88))
            self.oval((x, y), (wide, high), (245, 245, 245))
            self.oval((x + self.turn * 0.12, y), (high * 0.95, high * 0.95), (45, 30, 22))
            lid = (x - wide, y - high, x + wide, y + high)
            self.pen.arc(lid, 180, 360, fill=(30, 22, 20), width=int(self.side * 0.008))
            inner, outer = y - brow - thick * 0.6, y - brow
            line = [(x - wide, outer), (x, inner), (x + wide, outer)]
            self.pen.line(line, fill=self.hair, width=int(thick * 1.3))

    def nose(self) -> None:
        w, h, y = self.width, self.height, self.nose_y
        half = w * self.noise.between(0.15, 0.20)
        root, tip = self.x + self.turn * 0.6, self.x + self.turn
        ridge = [(root - half * 0.25, self.eye_y), (tip - half * 0.8, y)]
        ridge += [(tip + half * 0.8, y), (root + half * 0.25, self.eye_y)]
        self.pen.polygon(ridge, fill=self.toned(0.95))
        shade = (root + half * 0.3, self.eye_y + h * 0.06, tip + half * 0.75, y - h * 0.03)
        self.pen.line(shade, fill=self.toned(0.8), width=int(self.side * 0.01))
        for side in (-1, 1):
            self.oval((tip + side * half * 0.55, y), (half * 0.28, h * 0.022), self.toned(0.5))
        self.oval((tip, y - h * 0.02), (half * 0.6, h * 0.05), self.toned(1.03))

    def mouth(self) -> None:
        between, h = self.noise.between, self.height
        y, x = self.nose_y + h * between(0.20, 0.25), self.x + self.turn * 0.7
        half, high = self.width * between(0.30, 0.40), h * between(0.035, 0.06)
        lips = int(between(150, 190)), int(between(75, 100)), int(between(75, 95))
        self.oval((x, y), (half, high), lips)
        dip = y + high * 0.15
        line = [(x - half, y), (x - half * 0.3, dip), (x + half * 0.3, dip), (x + half, y)]
        self.pen.line(line, fill=(90, 40, 40), width=int(self.side * 0.008))
        self.oval((x, y + high * 2.6), (half * 0.5, high * 0.5), self.toned(0.9))

    def shaded(self) -> Image.Image:
        x, y, w, h = self.x, self.y, self.width, self.height
        mask = Image.new("L", (self.side, self.side), 0)
        pen = ImageDraw.Draw(mask)
        pen.ellipse((x - w, y - h, x + w, y + h), fill=90)
        lit = x + self.turn * 0.3
        pen.ellipse((lit - w * 0.75, y - h * 0.92, lit + w * 0.75, y + h * 0.9), fill=0)
        mask = mask.filter(ImageFilter.GaussianBlur(self.side * 0.04))
        dark = Image.new("RGB", self.image.size, self.toned(0.55))
        return Image.composite(dark, self.image, mask)


def draw_face(seed: str, side: int, turn: float = 0.0) -> Image.Image:
    """Return a face of a seed; `turn` (-1 to 1) moves the nose to the picture's left or right."""
    face = _Face(seed, turn, side * _OVERSAMPLED)
    face.head()
    face.eyes()
    face.nose()
    face.mouth()
    soft = face.shaded().filter(ImageFilter.GaussianBlur(side * _OVERSAMPLED * 0.006))
    return soft.resize((side, side), Image.Resampling.LANCZOS)
