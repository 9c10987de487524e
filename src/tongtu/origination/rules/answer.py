"""Writes the JSON a person gets, joined from fragments made once per version.

The same record gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tongtu.kernel.ids import LenderId, ProgramId, PublicIds
from tongtu.origination.model import Offer
from tongtu.origination.rules.record import Record

_NEVER = datetime(2026, 1, 1, tzinfo=UTC)
_OFFER = (
    '{"n":%d,%s,"amount_minor":%d,"tenor_months":%d,"instalment_minor":%d,'
    '"last_instalment_minor":%d,"fee_monthly_minor":%d,"total_minor":%d,"cost_minor":%d,'
    '"irr12_percent":"%s","effective_percent":"%s","rate_percent":"%s","expires_at":"%s"}'
)
_ANSWER = (
    '{"application":"%s","decision":"%s","outcome":"%s","step":"%s","decided_at":"%s",'
    '"decided_in_us":%d,"score":{"points":%d,"band":%d},"reasons":[%s],"offers":[%s],'
    '"not_offered":[%s]}'
)


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
        lenders: Mapping[LenderId, LenderFace],
        programs: Mapping[ProgramId, tuple[LenderId, str]],
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
            program: f'"lender":{faces[lender]},"program":{_json(name)}'
            for program, (lender, name) in programs.items()
        }
        self._lenders = {number: _json(face.id) for number, face in lenders.items()}
        self._text = text
        self._reasons: dict[str, str] = {}
        self._moment = _NEVER, ""

    def write(self, record: Record, step: str, expires_at: str) -> bytes:
        """Return the answer's bytes."""
        decided, request = record.decided, record.case.request
        text = _ANSWER % (
            self._public.show("application", request.application),
            self._public.show("decision", request.decision),
            decided.outcome.value,
            step,
            self._instant(record.decided_at),
            record.decided_in_us,
            decided.points,
            decided.band,
            ",".join([f'{{"code":{self._reason(code)}}}' for code in decided.reasons]),
            ",".join(
                [
                    self._offer(n, offer, expires_at)
                    for n, offer in enumerate(decided.offers, start=1)
                ]
            ),
            ",".join(
                [
                    f'{{"lender":{self._lenders[silent.lender]},'
                    f'"reason_code":{self._reason(silent.reason)}}}'
                    for silent in decided.not_offered
                ]
            ),
        )
        return text.encode()

    def dictionary(self, codes: Iterable[str]) -> bytes:
        """Return text typical of this version's answers, for the compression of its records."""
        offer = Offer(ProgramId(0), LenderId(0), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        parts = [
            *[self._reason(code) for code in codes],
            *[
                self._offer(1, replace(offer, program=program), instant(_NEVER))
                for program in self._programs
            ],
            _ANSWER,
        ]
        return "\n".join(parts).encode()

    def _offer(self, n: int, offer: Offer, expires_at: str) -> str:
        return _OFFER % (
            n,
            self._programs[offer.program],
            offer.amount_minor,
            offer.tenor_months,
            offer.instalment_minor,
            offer.last_instalment_minor,
            offer.fee_monthly_minor,
            offer.total_minor,
            offer.cost_minor,
            percent_of_ppm(offer.irr12_ppm),
            percent_of_ppm(offer.effective_ppm),
            percent_of_bps(offer.rate_bps),
            expires_at,
        )

    def _instant(self, at: datetime) -> str:
        if at != self._moment[0]:  # one moment a batch
            self._moment = at, instant(at)
        return self._moment[1]

    def _reason(self, code: str) -> str:
        """Return the value of a code and the texts that follow it."""
        found = self._reasons.get(code)
        if found is None:
            found = (
                f'{_json(code)},"text_zh":{_json(self._text(code, "zh"))},'
                f'"text_en":{_json(self._text(code, "en"))}'
            )
            self._reasons[code] = found
        return found


def percent_of_ppm(ppm: int) -> str:
    """Return a rate with two decimals, rounded half up: 240039 is "24.00"."""
    hundredths = (ppm + 50) // 100
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def percent_of_bps(bps: int) -> str:
    """Return basis points as percent with two decimals, exactly."""
    return f"{bps // 100}.{bps % 100:02d}"


def instant(at: datetime) -> str:
    """Return an instant in UTC to the millisecond, e.g. 2026-11-24T01:00:00.000Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def end_of(business_date: date, zone: str) -> datetime:
    """Return the instant at which the business date ends in its zone."""
    return datetime.combine(business_date + timedelta(days=1), time(), ZoneInfo(zone))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
