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
        self._offer_of = {
            ProgramId(program): b',"lender":%b,"program":%b,"amount_minor":'
            % (faces[lender], _json(code))
            for program, lender, code in words.programs
        }
        said = {
            code: b'%b,"text_zh":%b,"text_en":%b}' % (_json(code), _json(zh), _json(en))
            for code, zh, en in words.reasons
        }
        self._reasons = {code: b'{"code":' + word for code, word in said.items()}
        self._silences = _Silences({number: face.id for number, face in words.lenders}, said)
        self._told: dict[tuple[NotOffered, ...], bytes] = {}
        self._moment = _NEVER, b""

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
        head = "".join(
            (
                f'{{"application":"{application}","decision":"{decision}","outcome":"',
                decided.outcome,
                f'","step":"{step}","decided_at":"',
            )
        )
        return b"".join(
            (
                head.encode(),
                self._instant(record.decided_at),
                b'","decided_in_us":%d,"score":{"points":%d,"band":%d},"reasons":['
                % (record.decided_in_us, decided.points, decided.band),
                b",".join([self._reasons[code] for code in decided.reasons]),
                b'],"offers":[',
                self._offers(decided.offers, expires_at),
                b'],"recommended":%d,"not_offered":[' % decided.recommended
                if decided.recommended
                else b'],"not_offered":[',
                self._not_offered(decided.not_offered),
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
        offer_of, percents = self._offer_of, _PERCENTS
        parts: list[bytes] = []
        for n, offer in enumerate(offers, start=1):
            (program, _, amount, months, rate_bps, fee, instalment, last, total, cost, irr12,
             effective) = offer  # fmt: skip
            figures = (
                f'{amount},"tenor_months":{months},"instalment_minor":{instalment},'
                f'"last_instalment_minor":{last},"fee_monthly_minor":{fee},"total_minor":{total},'
                f'"cost_minor":{cost},"irr12_percent":"{percents[(irr12 + 50) // 100]}",'
                f'"effective_percent":"{percents[(effective + 50) // 100]}",'
                f'"rate_percent":"{percents[rate_bps]}","expires_at":"{until}"}}'
            )
            parts += (b'{"n":%d' % n if n == 1 else b',{"n":%d' % n, offer_of[program])
            parts.append(figures.encode())
        return b"".join(parts)

    def _instant(self, at: datetime) -> bytes:
        if at != self._moment[0]:  # one moment a batch
            self._moment = at, instant(at).encode()
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
