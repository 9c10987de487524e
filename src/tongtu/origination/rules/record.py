"""The record of a decision: positional msgpack with a schema number, packed by zstd.

It holds inputs and result, so that the engine can be run again and compared. Schema 2 added the
internet address and the fraud facts, schema 3 whether the models were stopped and what a challenger
said, schema 4 the router's prices in force, what it recommended and what each offer is worth,
schema 5 what a person decided of a review, schema 6 the commitments of the documents that were in,
schema 7 which grid of a price experiment was shown and with which chance, schema 8 what outside
sources last said of the person. Older records are read and replayed as they are: positions are
never given a new meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import zstandard

from tongtu.funding.api import Steering
from tongtu.kernel.errors import Broken
from tongtu.kernel.ids import ApplicationId, DecisionId, LenderId, PartyId, ProgramId
from tongtu.origination.model import (
    Acceptance,
    ApplyRequest,
    Case,
    Decided,
    Declared,
    Known,
    NotOffered,
    Offer,
    Outcome,
    Ruling,
    Said,
    Tried,
)
from tongtu.risk.api import FraudFacts, OutsideRow, Scored, Signals

SCHEMA = 8
# Without fraud facts; records of it are read and replayed, and written by no lane.
_SCHEMA_1 = 1
# With no challenger, and models that are not stopped.
_SCHEMA_2 = 2
# Where the router is off.
_SCHEMA_3 = 3
# Nobody but the machine decided.
_SCHEMA_4 = 4
# A person decided, and nothing was uploaded.
_SCHEMA_5 = 5
# No price experiment ran.
_SCHEMA_6 = 6
# No outside source ever said anything of the person.
_SCHEMA_7 = 7
# A record with forty offers stays below 32 kB, with its answer as of before: more is not ours.
UNPACKED_MAX = 256 * 1024
_LENGTH_BYTES = 4
# With the dictionary this takes half the time of level 1 for a seventh more bytes.
_LEVEL = -5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


class Record(NamedTuple):
    """A decision with everything it was made from."""

    case: Case
    business_date: date
    decided_at: datetime
    decided_in_us: int
    decided: Decided


def encode(record: Record) -> bytes:
    """Return the canonical bytes: what the evidence commits to and what a replay must equal."""
    request, known, decided = record.case.request, record.case.known, record.decided
    said, fraud = request.declared, known.fraud
    beside = _beside(known, decided)
    return _encode(
        (
            _SCHEMA_1 if fraud is None else _SCHEMA_2 + len(beside),
            (
                request.application,
                request.decision,
                request.party,
                request.product,
                request.amount_minor,
                request.tenor_months,
                request.purpose,
                request.device_hash,
                _microseconds(request.submitted_at),
                said.income_minor,
                said.expenses_minor,
                said.assets_minor,
                said.debt_minor,
                said.price_minor,
                said.seniority_years,
                said.home,
                said.job,
                said.records,
            ),
            (
                known.is_identified,
                None if known.adult_on is None else known.adult_on.toordinal(),
                known.consent_mask,
                known.exposure_minor,
                known.party_recent,
                known.device_recent,
                record.business_date.toordinal(),
                _microseconds(record.decided_at),
                record.decided_in_us,
            ),
            (
                decided.outcome,
                decided.points,
                decided.pd_ppm,
                decided.band,
                decided.reasons,
                decided.findings,
                decided.rules_fired,
                decided.offers,
                decided.not_offered,
                decided.exhausted,
                decided.consents_used,
            ),
            *(() if fraud is None else ((request.ip_hash, *_told(fraud)),)),
            *beside,
        )
    )


def _told(fraud: FraudFacts) -> tuple[object, ...]:
    """Return the fraud facts without a level that is none: older records have no place for it."""
    return fraud if fraud.verified else fraud[:-1]


def _beside(known: Known, decided: Decided) -> tuple[object, ...]:
    """Return what later schemas added, no more of it than this record needs."""
    steered = known.steering and (known.steering, decided.recommended, decided.worths)
    ruling = known.ruling and known.ruling[:4]
    documents = known.ruling.documents if known.ruling else ()
    beside = known.rules_only, decided.challenger
    added = (beside, steered, ruling, documents, known.tried, known.outside)
    if known.outside:
        return added
    if known.tried is not None:
        return added[:5]
    if documents:
        return added[:4]
    if known.ruling is not None:
        return added[:3]
    if known.steering is not None:
        return added[:2]
    return added[:1] if known.rules_only or decided.challenger is not None else ()


def decode(data: bytes) -> Record:
    """Read canonical bytes back. Raises Broken for a schema this code does not know."""
    schema, asked, known, result, *seen = _decode(data)
    if not _SCHEMA_1 <= schema <= SCHEMA or len(seen) != schema - 1:
        raise Broken(f"a decision record of schema {schema} needs newer code")
    ip_hash, fraud = _seen(seen[0]) if seen else (0, None)
    request = ApplyRequest(
        caller=asked[2],
        party=PartyId(asked[2]),
        key="",
        body_hash=b"",
        product=asked[3],
        amount_minor=asked[4],
        tenor_months=asked[5],
        purpose=asked[6],
        device_hash=asked[7],
        ip_hash=ip_hash,
        declared=Declared(*asked[9:18]),
        application=ApplicationId(asked[0]),
        decision=DecisionId(asked[1]),
        salt=b"",
        submitted_at=_instant(asked[8]),
        received_s=0.0,
    )
    adult_on = None if known[1] is None else date.fromordinal(known[1])
    _, _, consents, exposure_minor, party_recent, device_recent, *_ = known
    rules_only, challenger = seen[1] if schema >= _SCHEMA_3 else (False, None)
    steered = seen[2] if schema >= _SCHEMA_4 else None
    return Record(
        case=Case(
            request,
            Known(
                known[0],
                adult_on,
                consents,
                exposure_minor,
                party_recent,
                device_recent,
                fraud,
                rules_only,
                None if steered is None else _steering(*steered[0]),
                _ruling(seen[3], *seen[4:5]) if schema >= _SCHEMA_5 and seen[3] else None,
                Tried(*seen[5]) if schema >= _SCHEMA_7 and seen[5] else None,
                _outside(seen[6]) if schema == SCHEMA else (),
            ),
        ),
        business_date=date.fromordinal(known[6]),
        decided_at=_instant(known[7]),
        decided_in_us=known[8],
        decided=_decided(result, challenger, steered),
    )


def _seen(row: Sequence[Any]) -> tuple[int, FraudFacts]:
    ip_hash, signals, *rest = row
    return ip_hash, FraudFacts(Signals(*signals), *rest)


def _ruling(row: Sequence[Any], documents: Sequence[str] = ()) -> Ruling:
    said, codes, by, machine = row
    return Ruling(Said(said), tuple(codes), by, DecisionId(machine), tuple(documents))


def _outside(rows: Sequence[Sequence[Any]]) -> tuple[OutsideRow, ...]:
    return tuple(
        OutsideRow(source, state, age_days, tuple((name, value) for name, value in values))
        for source, state, age_days, values in rows
    )


def _steering(guard_ppm: int, tolls: Sequence[Sequence[int]]) -> Steering:
    return Steering(guard_ppm, tuple((ProgramId(program), toll) for program, toll in tolls))


def acceptance_payload(taken: Acceptance) -> bytes:
    """Return the canonical bytes of an acceptance, which its leaf in the log commits to."""
    return _encode((_SCHEMA_1, astuple(taken)[:-1]))


def typical(codes: Iterable[str]) -> bytes:
    """Return bytes as they stand in the records of a version, for their compression."""
    return b"".join([_encode(code) for code in codes])


class Unpacker:
    """Reads the one column a record is stored in, with what its answer says beside it.

    The dictionary is raw text typical of a version; it stands in the version's row.
    """

    def __init__(self, dictionary: bytes) -> None:
        self._shared = zstandard.ZstdCompressionDict(
            dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT
        )
        self._decompressor = zstandard.ZstdDecompressor(dict_data=self._shared)

    def unpack(self, packed: bytes) -> tuple[bytes, bytes]:
        """Return (record, the rest). Raises Broken for a damaged frame or another version's.

        The rest is a `Telling`; of a version older than those it is the answer itself.
        """
        try:
            plain = self._decompressor.decompress(packed, max_output_size=UNPACKED_MAX)
        except zstandard.ZstdError as damage:
            raise Broken("a decision record cannot be unpacked") from damage
        end = _LENGTH_BYTES + int.from_bytes(plain[:_LENGTH_BYTES], "big")
        return plain[_LENGTH_BYTES:end], plain[end:]


class Packer(Unpacker):
    """Packs as well as reads."""

    def __init__(self, dictionary: bytes) -> None:
        super().__init__(dictionary)
        self._shared.precompute_compress(level=_LEVEL)
        self._compressor = zstandard.ZstdCompressor(
            level=_LEVEL, dict_data=self._shared, write_dict_id=False, write_checksum=True
        )

    def pack(self, record: bytes, telling: bytes) -> bytes:
        """Return one compressed frame holding both."""
        return self._compressor.compress(
            len(record).to_bytes(_LENGTH_BYTES, "big") + record + telling
        )


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _decided(
    result: tuple[object, ...] | list[object], challenger: object, steered: Sequence[Any] | None
) -> Decided:
    _, recommended, worths = (None, 0, ()) if steered is None else steered
    (outcome, points, pd_ppm, band, reasons, findings, fired, offers, silent, exhausted, used) = (
        msgspec.convert(result, type=_Result)
    )
    return Decided(
        outcome=Outcome(outcome),
        points=points,
        pd_ppm=pd_ppm,
        band=band,
        reasons=reasons,
        findings=findings,
        rules_fired=fired,
        offers=tuple(
            Offer(ProgramId(program), LenderId(lender), *terms)
            for program, lender, *terms in offers
        ),
        not_offered=tuple(NotOffered(LenderId(lender), reason) for lender, reason in silent),
        exhausted=tuple(ProgramId(program) for program in exhausted),
        consents_used=used,
        challenger=None if challenger is None else msgspec.convert(challenger, type=Scored),
        recommended=recommended,
        worths=tuple(worths),
    )


_Result = tuple[
    str,
    int,
    int,
    int,
    tuple[str, ...],
    tuple[tuple[str, str, str], ...],
    tuple[str, ...],
    tuple[tuple[int, ...], ...],
    tuple[tuple[int, str], ...],
    tuple[int, ...],
    int,
]
