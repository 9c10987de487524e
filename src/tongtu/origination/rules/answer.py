"""Writes the JSON a person gets, joined from fragments made once per version.

The same record gives the same bytes. So the text is not stored: a version keeps the words it was
made of (`Words`), a decision what else the text says (`Telling`), and it is told again from both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from tongtu.kernel.errors import Broken
from tongtu.kernel.ids import ProgramId, PublicIds
from tongtu.origination.model import NotOffered, Offer
from tongtu.origination.rules.record import Record

# How answers are joined from words and record. Another form is another number beside this one,
# whose code stays: what was answered in it is told again in it.
FORM = 1
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)
_encode = msgspec.msgpack.Encoder().encode
_encode_told = msgspec.json.Encoder().encode
# Distinct sets of refusals whose words are kept ready.
TOLD_MAX = 8_192


class _Percents(dict[int, str]):
    """Basis points as text: up to 100 % by look-up (an offer shows three), above it made anew."""

    def __missing__(self, bps: int) -> str:
        return f"{bps // 100}.{bps % 100:02d}"


_PERCENTS = _Percents({n: f"{n // 100}.{n % 100:02d}" for n in range(10_001)})


@dataclass(frozen=True, slots=True)
class LenderFace:
    """A lender as a person is shown it."""

    id: str
    name_zh: str
    name_en: str
    kind: str


class Words(NamedTuple):
    """The words of a version's answers, as its row keeps them."""

    lenders: tuple[tuple[int, LenderFace], ...]
    programs: tuple[tuple[int, int, str], ...]  # program, lender, code
    reasons: tuple[tuple[str, str, str], ...]  # code, text in Chinese, in English

    def packed(self) -> bytes:
        """Return what `AnswerWriter.of` reads."""
        return _encode((FORM, *self))


class Telling(NamedTuple):
    """What an answer says beside its record and its version's words."""

    application: str
    decision: str
    step: str
    expires_at: str

    def packed(self) -> bytes:
        """Return what stands behind the record; no answer's text begins as this does."""
        return _encode(self)


class _Told(msgspec.Struct, gc=False):
    """An offer as it is told: its fields in their order, the words ready made."""

    n: int
    lender: msgspec.Raw  # the lender and, behind it, the program
    amount_minor: int
    tenor_months: int
    instalment_minor: int
    last_instalment_minor: int
    fee_monthly_minor: int
    total_minor: int
    cost_minor: int
    irr12_percent: str
    effective_percent: str
    rate_percent: str
    expires_at: str


class _Silences(dict[NotOffered, bytes]):
    """Why a lender makes no offer, in words: made when it is first said."""

    def __init__(self, lender_of: Mapping[int, str], said: Mapping[str, bytes]) -> None:
        super().__init__()
        self._lender_of, self._said = lender_of, said

    def __missing__(self, silent: NotOffered) -> bytes:
        lender, code = silent
        text = b'{"lender":%b,"reason_code":%b' % (_json(self._lender_of[lender]), self._said[code])
        self[silent] = text
        return text


class AnswerWriter:
    """Knows the lenders, the programs and the texts of one version."""

    def __init__(self, words: Words) -> None:
        faces = {
            number: _json(
                {"id": face.id, "name_zh": face.name_zh, "name_en": face.name_en, "kind": face.kind}
            )
            for number, face in words.lenders
        }
        self._face_of = {
            ProgramId(program): msgspec.Raw(b'%b,"program":%b' % (faces[lender], _json(code)))
            for program, lender, code in words.programs
        }
        said = {
            code: b'%b,"text_zh":%b,"text_en":%b}' % (_json(code), _json(zh), _json(en))
            for code, zh, en in words.reasons
        }
        self._reasons = {code: b'{"code":' + word for code, word in said.items()}
        self._silences = _Silences({number: face.id for number, face in words.lenders}, said)
        self._told: dict[tuple[NotOffered, ...], bytes] = {}
        self._moment = _NEVER, ""

    @classmethod
    def of(cls, packed: bytes) -> AnswerWriter:
        """Return the writer of a version whose row keeps these words. Raises Broken: newer."""
        form, *words = msgspec.msgpack.decode(packed)
        if form != FORM:
            raise Broken(f"answers of form {form} need newer code")
        return cls(msgspec.convert(words, Words))

    def again(self, record: Record, telling: bytes) -> bytes:
        """Return the bytes of an answer that was given, from what is stored of it."""
        return self.write(record, msgspec.msgpack.decode(telling, type=Telling))

    def write(self, record: Record, telling: Telling) -> bytes:
        """Return the answer's bytes."""
        decided = record.decided
        application, decision, step, expires_at = telling
        (outcome, points, _, band, reasons, _, _, offers, silent, _, _, _, recommended, _) = decided
        said = self._reasons
        return b"".join(
            (
                f'{{"application":"{application}","decision":"{decision}","outcome":"{outcome}",'
                f'"step":"{step}","decided_at":"{self._instant(record.decided_at)}",'
                f'"decided_in_us":{record.decided_in_us},"score":{{"points":{points},'
                f'"band":{band}}},"reasons":['.encode(),
                b",".join([said[code] for code in reasons]),
                b'],"offers":',
                self._offers(offers, expires_at) if offers else b"[]",
                b',"recommended":%d,"not_offered":[' % recommended
                if recommended
                else b',"not_offered":[',
                self._not_offered(silent),
                b"]}",
            )
        )

    def _not_offered(self, silent: tuple[NotOffered, ...]) -> bytes:
        """Return the words of a set of refusals: a market says few sets again and again."""
        found = self._told.get(silent)
        if found is None:
            if len(self._told) >= TOLD_MAX:
                self._told.clear()
            found = self._told[silent] = b",".join([self._silences[one] for one in silent])
        return found

    def _offers(self, offers: Sequence[Offer], until: str) -> bytes:
        face_of, percents = self._face_of, _PERCENTS
        # Structs written in one call: half the price of as many texts put together.
        return _encode_told(
            [
                _Told(
                    n,
                    face_of[program],
                    amount,
                    months,
                    instalment,
                    last,
                    fee,
                    total,
                    cost,
                    percents[(irr12 + 50) // 100],
                    percents[(effective + 50) // 100],
                    percents[rate_bps],
                    until,
                )
                for n, (
                    program,
                    _,
                    amount,
                    months,
                    rate_bps,
                    fee,
                    instalment,
                    last,
                    total,
                    cost,
                    irr12,
                    effective,
                ) in enumerate(offers, start=1)
            ]
        )

    def _instant(self, at: datetime) -> str:
        if at != self._moment[0]:  # one moment a batch
            self._moment = at, instant(at)
        return self._moment[1]


def tellings(
    public: PublicIds, records: Sequence[Record], steps: Sequence[str], expires_at: str
) -> list[Telling]:
    """Return what the answers to these decisions say beside their records, in order."""
    requests = [record.case.request for record in records]
    applications = public.show_many("application", [one.application for one in requests])
    decisions = public.show_many("decision", [one.decision for one in requests])
    return [
        Telling(application, decision, step, expires_at)
        for application, decision, step in zip(applications, decisions, steps, strict=True)
    ]


def percent_of_ppm(ppm: int) -> str:
    """Return a rate with two decimals, rounded half up: 240039 is "24.00"."""
    return percent_of_bps((ppm + 50) // 100)


def percent_of_bps(bps: int) -> str:
    """Return basis points as percent with two decimals, exactly."""
    return _PERCENTS[bps]


def instant(at: datetime) -> str:
    """Return an instant in UTC to the millisecond, e.g. 2026-11-24T01:00:00.000Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def end_of(business_date: date, zone: str) -> datetime:
    """Return the instant at which the business date ends in its zone."""
    return datetime.combine(business_date + timedelta(days=1), time(), ZoneInfo(zone))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
