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
    b'{"application":"%s","decision":"%s","outcome":"%s","step":"%s","decided_at":"%s",'
    b'"decided_in_us":%d,"score":{"points":%d,"band":%d},"reasons":[%s],"offers":[%s],'
    b'"not_offered":[%s]}'
)
# Distinct sets of refusals whose words are kept ready.
TOLD_MAX = 8_192


class _Percents(dict[int, bytes]):
    """Basis points as text: up to 100 % by look-up (an offer shows three), above it made anew."""

    def __missing__(self, bps: int) -> bytes:
        return b"%d.%02d" % (bps // 100, bps % 100)


_PERCENTS = _Percents({n: b"%d.%02d" % (n // 100, n % 100) for n in range(10_001)})
# An offer behind its lender and program, in the order of `_offers`.
_FIGURES = (
    b'%d,"tenor_months":%d,"instalment_minor":%d,"last_instalment_minor":%d,'
    b'"fee_monthly_minor":%d,"total_minor":%d,"cost_minor":%d,"irr12_percent":"%b",'
    b'"effective_percent":"%b","rate_percent":"%b","expires_at":"%b"}'
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
        self._offer_of = {
            program: b'{"n":%%d,"lender":%b,"program":%b,"amount_minor":%b'
            % (_literal(faces[lender]), _literal(_json(name)), _FIGURES)
            for program, (lender, name) in programs.items()
        }
        words = {
            code: b'%b,"text_zh":%b,"text_en":%b}'
            % (_json(code), _json(text(code, "zh")), _json(text(code, "en")))
            for code in codes
        }
        self._reasons = {code: b'{"code":' + word for code, word in words.items()}
        self._silences = {
            NotOffered(number, code): b'{"lender":%b,"reason_code":%b' % (_json(face.id), word)
            for number, face in lenders.items()
            for code, word in words.items()
        }
        self._told: dict[tuple[NotOffered, ...], bytes] = {}
        self._moment = _NEVER, b""

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
        until = expires_at.encode()
        return [
            self._write(record, code, step, until)
            for record, code, step in zip(records, codes, steps, strict=True)
        ]

    def _write(self, record: Record, codes: tuple[str, str], step: str, until: bytes) -> bytes:
        decided = record.decided
        application, decision = codes
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
                self._offers(decided.offers, until),
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

    def dictionary(self) -> bytes:
        """Return text typical of this version's answers, for the compression of its records."""
        figures = (0,) * (len(Offer._fields) - 2)
        offers = [self._offers([Offer(one, LenderId(0), *figures)], b"") for one in self._offer_of]
        return b"\n".join([*self._reasons.values(), *offers, _FRAME])

    def _offers(self, offers: Sequence[Offer], until: bytes) -> bytes:
        offer_of, percents = self._offer_of, _PERCENTS
        parts = []
        for n, offer in enumerate(offers, start=1):
            (program, _, amount, months, rate_bps, fee, instalment, last, total, cost, irr12,
             effective) = offer  # fmt: skip
            figures = (
                n, amount, months, instalment, last, fee, total, cost,
                percents[(irr12 + 50) // 100], percents[(effective + 50) // 100],
                percents[rate_bps], until,
            )  # fmt: skip
            parts.append(offer_of[program] % figures)
        return b",".join(parts)

    def _instant(self, at: datetime) -> bytes:
        if at != self._moment[0]:  # one moment a batch
            self._moment = at, instant(at).encode()
        return self._moment[1]


def percent_of_ppm(ppm: int) -> str:
    """Return a rate with two decimals, rounded half up: 240039 is "24.00"."""
    return percent_of_bps((ppm + 50) // 100)


def percent_of_bps(bps: int) -> str:
    """Return basis points as percent with two decimals, exactly."""
    return _PERCENTS[bps].decode()


def instant(at: datetime) -> str:
    """Return an instant in UTC to the millisecond, e.g. 2026-11-24T01:00:00.000Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def end_of(business_date: date, zone: str) -> datetime:
    """Return the instant at which the business date ends in its zone."""
    return datetime.combine(business_date + timedelta(days=1), time(), ZoneInfo(zone))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _literal(text: bytes) -> bytes:
    """Return what a format gives as the text itself."""
    return text.replace(b"%", b"%%")
