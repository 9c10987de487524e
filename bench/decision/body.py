"""The body of an application as bare and lane-row columns decode it: typed, with range checks."""

from __future__ import annotations

from typing import Annotated

import msgspec

Fen = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class Declared(msgspec.Struct, forbid_unknown_fields=True):
    income_minor: Fen | None
    expenses_minor: Fen
    assets_minor: Fen | None
    debt_minor: Fen | None
    price_minor: Fen
    seniority_years: Annotated[int, msgspec.Meta(ge=0, le=80)]
    home: Annotated[str, msgspec.Meta(max_length=16)]
    job: Annotated[str, msgspec.Meta(max_length=16)]
    records: bool


class Application(msgspec.Struct, forbid_unknown_fields=True):
    product: Annotated[str, msgspec.Meta(max_length=40)]
    amount_minor: Annotated[int, msgspec.Meta(gt=0, le=10**9)]
    tenor_months: Annotated[int, msgspec.Meta(gt=0, le=120)]
    purpose: Annotated[str, msgspec.Meta(max_length=40)]
    device: Annotated[str, msgspec.Meta(min_length=8, max_length=64)]
    facts: Declared


DECODER = msgspec.json.Decoder(Application)
