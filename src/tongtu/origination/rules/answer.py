"""Writes the JSON a person gets, joined from fragments made once per version.

The same record gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tongtu.kernel.ids import LenderId, ProgramId, PublicIds
from tongtu.origination.model import NotOffered, Offer
from tongtu.origination.rules.record import Record

_NEVER = datetime(2026, 1, 1, tzinfo=UTC)
# What an answer's parts are called, for the compression of records.
_FRAME = (
    '{"application":"%s","decision":"%s","outcome":"%s","step":"%s","decided_at":"%s",'
    '"decided_in_us":%d,"score":{"points":%d,"band":%d},"reasons":[%s],"offers":[%s],'
    '"not_offered":[%s]}'
)
# Distinct sets of refusals whose words are kept ready.
TOLD_MAX = 8_192


class _Percents(dict[int, str]):
    """Basis points as text: up to 100 % by look-up (an offer shows three), above it made anew."""

    def __missing__(self, bps: int) -> str:
        return f"{bps // 100}.{bps % 100:02d}"


_PERCENTS = _Percents({n: f"{n // 100}.{n % 100:02d}" for n in range(10_001)})
# The wire's bytes as text of one byte a letter: such text is joined and encoded by plain copies.
_WIRE = "latin-1"


@dataclass(frozen=True, slots=True)
class LenderFace:
    """A lender as a person is shown it."""

    id: str
    name_zh: str
    name_en: str
    kind: str


Texts = Callable[[str, str], str]  # (reason code, language) -> text


class AnswerWriter:
    """Knows the lenders, the programs and the texts of one version."""

    def __init__(
        self,
        *,
        lenders: Mapping[LenderId, LenderFace],
        programs: Mapping[ProgramId, tuple[LenderId, str]],
        codes: Iterable[str],
        text: Texts,
        public: PublicIds,
    ) -> None:
        self._public = public
        faces = {
            number: _json(
                {"id": face.id, "name_zh": face.name_zh, "name_en": face.name_en, "kind": face.kind}
            )
            for number, face in lenders.items()
        }
        self._programs = {
            program: f'"lender":{faces[lender]},"program":{_json(name)},"amount_minor":'
            for program, (lender, name) in programs.items()
        }
        words = {
            code: f'{_json(code)},"text_zh":{_json(text(code, "zh"))},'
            f'"text_en":{_json(text(code, "en"))}}}'
            for code in codes
        }
        self._reasons = {code: f'{{"code":{word}' for code, word in words.items()}
        self._silences = {
            NotOffered(number, code): f'{{"lender":{_json(face.id)},"reason_code":{word}'
            for number, face in lenders.items()
            for code, word in words.items()
        }
        self._told: dict[tuple[NotOffered, ...], str] = {}
        self._moment = _NEVER, ""

    def write(self, record: Record, step: str, expires_at: str) -> bytes:
        """Return the answer's bytes."""
        return self.write_batch([record], [step], expires_at)[0]

    def write_batch(
        self, records: Sequence[Record], steps: Sequence[str], expires_at: str
    ) -> list[bytes]:
        """Return the bytes of each answer, in order."""
        requests = [record.case.request for record in records]
        show_many = self._public.show_many
        codes = zip(
            show_many("application", [request.application for request in requests]),
            show_many("decision", [request.decision for request in requests]),
            strict=True,
        )
        return [
            self._write(record, code, step, expires_at)
            for record, code, step in zip(records, codes, steps, strict=True)
        ]

    def _write(self, record: Record, codes: tuple[str, str], step: str, expires_at: str) -> bytes:
        decided = record.decided
        application, decision = codes
        text = "".join(
            (
                f'{{"application":"{application}","decision":"{decision}","outcome":"',
                decided.outcome,
                (
                    f'","step":"{step}","decided_at":"{self._instant(record.decided_at)}",'
                    f'"decided_in_us":{record.decided_in_us},"score":{{"points":{decided.points},'
                    f'"band":{decided.band}}},"reasons":['
                ),
                ",".join([self._reasons[code] for code in decided.reasons]),
                '],"offers":[',
                self._offers(decided.offers, expires_at),
                f'],"recommended":{decided.recommended},"not_offered":['
                if decided.recommended
                else '],"not_offered":[',
                self._not_offered(decided.not_offered),
                "]}",
            )
        )
        return text.encode(_WIRE)

    def _not_offered(self, silent: tuple[NotOffered, ...]) -> str:
        """Return the words of a set of refusals: a market says few sets again and again."""
        found = self._told.get(silent)
        if found is None:
            if len(self._told) >= TOLD_MAX:
                self._told.clear()
            found = self._told[silent] = ",".join([self._silences[one] for one in silent])
        return found

    def dictionary(self) -> bytes:
        """Return text typical of this version's answers, for the compression of its records."""
        figures = (0,) * (len(Offer._fields) - 2)
        offers = [self._offers([Offer(one, LenderId(0), *figures)], "") for one in self._programs]
        return "\n".join([*self._reasons.values(), *offers, _FRAME]).encode(_WIRE)

    def _offers(self, offers: Sequence[Offer], expires_at: str) -> str:
        programs, percents = self._programs, _PERCENTS
        end = f'","expires_at":"{expires_at}"}}'
        parts = []
        for n, offer in enumerate(offers, start=1):
            (program, _, amount, months, rate_bps, fee, instalment, last, total, cost, irr12,
             effective) = offer  # fmt: skip
            parts.append(
                f'{{"n":{n},{programs[program]}{amount},"tenor_months":{months},'
                f'"instalment_minor":{instalment},"last_instalment_minor":{last},'
                f'"fee_monthly_minor":{fee},"total_minor":{total},"cost_minor":{cost},'
                f'"irr12_percent":"{percents[(irr12 + 50) // 100]}",'
                f'"effective_percent":"{percents[(effective + 50) // 100]}",'
                f'"rate_percent":"{percents[rate_bps]}{end}'
            )
        return ",".join(parts)

    def _instant(self, at: datetime) -> str:
        if at != self._moment[0]:  # one moment a batch
            self._moment = at, instant(at)
        return self._moment[1]


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


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode().decode(_WIRE)
