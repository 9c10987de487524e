"""Specimens of a resident's card (front and back) and of a bank card, placed as on real ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import noto_cjk_sans_otc
from PIL import Image, ImageDraw, ImageFont

from tongtu.simulators.cards.portrait import draw_face

WIDTH, HEIGHT = 1012, 638
INK, LABEL = (25, 25, 30), (60, 95, 150)
# In the collection the faces stand by language; this one writes simplified.
SC_FACE = 2
ADDRESS_LETTERS = 11
SPECIMEN = "样本 SPECIMEN"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose card it would be: nobody's, the number's region is reserved."""

    name: str
    sex: str
    nation: str
    born: str  # yyyymmdd
    address: str
    number: str
    issuer: str = "样本市公安局"
    valid_from: str = "20200101"
    valid_to: str = "20400101"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    path = Path(noto_cjk_sans_otc.__file__).with_name("NotoSansCJK-Regular.ttc")
    return ImageFont.truetype(str(path), size, index=SC_FACE)


def draw_front(holder: Holder, face: str) -> Image.Image:
    """Return the side with name, number and portrait; `face` is the portrait's seed."""
    card, pen = _blank((232, 238, 244))
    for text, place in (
        ("姓名", (60, 70)), ("性别", (60, 150)), ("民族", (270, 150)), ("出生", (60, 225)),
        ("年", (270, 225)), ("月", (370, 225)), ("日", (465, 225)), ("住址", (60, 305)),
        ("公民身份号码", (60, 535)),
    ):  # fmt: skip
        pen.text(place, text, font=_font(30), fill=LABEL)
    born = holder.born
    for text, place, size in (
        (holder.name, (150, 62), 40), (holder.sex, (150, 146), 34), (holder.nation, (355, 146), 34),
        (born[:4], (165, 221), 34), (str(int(born[4:6])), (325, 221), 34),
        (str(int(born[6:])), (420, 221), 34),
    ):  # fmt: skip
        pen.text(place, text, font=_font(size), fill=INK)
    for line in range(0, len(holder.address), ADDRESS_LETTERS):
        part = holder.address[line : line + ADDRESS_LETTERS]
        pen.text((150, 301 + 50 * (line // ADDRESS_LETTERS)), part, font=_font(34), fill=INK)
    pen.text((340, 525), holder.number, font=_font(44), fill=INK)
    card.paste(draw_face(face, 310), (655, 90))
    pen.text((735, 425), SPECIMEN, font=_font(20), fill=(170, 60, 60))
    return card


def draw_back(holder: Holder) -> Image.Image:
    """Return the side with issuer and term."""
    card, pen = _blank((240, 236, 226))
    pen.text((330, 90), "中华人民共和国", font=_font(52), fill=INK)
    pen.text((330, 190), "居民身份证", font=_font(60), fill=INK)
    pen.text((180, 430), "签发机关", font=_font(30), fill=LABEL)
    pen.text((340, 425), holder.issuer, font=_font(36), fill=INK)
    pen.text((180, 520), "有效期限", font=_font(30), fill=LABEL)
    days = (holder.valid_from, holder.valid_to)
    since, until = (f"{day[:4]}.{day[4:6]}.{day[6:]}" for day in days)
    pen.text((340, 515), f"{since}-{until}", font=_font(36), fill=INK)
    pen.text((40, 40), SPECIMEN, font=_font(20), fill=(170, 60, 60))
    return card


def draw_bank_card(number: str, name: str, expiry: str) -> Image.Image:
    """Return a bank card with its number in groups of four."""
    card, pen = _blank((36, 62, 110))
    pale = (235, 238, 245)
    pen.text((60, 55), "样本银行 SPECIMEN BANK", font=_font(38), fill=pale)
    pen.rounded_rectangle((70, 190, 190, 280), 14, fill=(205, 175, 95))
    grouped = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    pen.text((70, 340), grouped, font=_font(58), fill=pale)
    pen.text((70, 450), f"VALID THRU {expiry}", font=_font(28), fill=pale)
    pen.text((70, 520), name, font=_font(36), fill=pale)
    pen.text((740, 500), "银联", font=_font(60), fill=pale)
    return card


def _blank(colour: tuple[int, int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    card = Image.new("RGB", (WIDTH, HEIGHT), colour)
    pen = ImageDraw.Draw(card)
    paler = tuple(min(255, part + 8) for part in colour)
    for at in range(-HEIGHT, WIDTH, 26):  # the fine lines a real card has under its text
        pen.line((at, HEIGHT, at + HEIGHT, 0), fill=paler, width=2)
    return card, pen
