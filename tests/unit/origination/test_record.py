import json
from datetime import UTC, datetime

import msgspec
import pytest

from tongtu.evidence.api import commitment
from tongtu.kernel.errors import Broken
from tongtu.kernel.ids import DecisionId, PublicIds
from tongtu.origination.flow.assembly import restore_engine
from tongtu.origination.model import NotOffered, Offer, Outcome, Ruling, Said, Tried
from tongtu.origination.rules.answer import (
    AnswerWriter,
    LenderFace,
    Telling,
    Words,
    end_of,
    instant,
    percent_of_bps,
    percent_of_ppm,
)
from tongtu.origination.rules.record import SCHEMA, Packer, Record, decode, encode
from tongtu.origination.rules.stored import Reader

AT = datetime(2026, 11, 24, 1, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def record(engine, case, ample, day):
    def make(**changes):
        made = case(**changes)
        (decided,) = engine.decide([made], dict(ample), day)
        return Record(made, day, AT, 1_234, decided)

    return make


@pytest.mark.parametrize(
    "changes", [{}, {"income_minor": None}, {"records": True, "seniority_years": 0}]
)
def test_a_record_read_back_encodes_to_the_same_bytes(record, changes):
    made = record(**changes)

    again = decode(encode(made))

    assert encode(again) == encode(made)
    assert (again.decided, again.case.known) == (made.decided, made.case.known)
    assert again.case.request.declared == made.case.request.declared


def test_a_persons_ruling_is_part_of_the_record(engine, record, ample, day):
    machine = record(assets_minor=None)
    for said, codes, outcome in (
        (Said.APPROVE, ("income_proved",), "offers"),
        (Said.DECLINE, ("debt_service_too_high",), "declined"),
    ):
        ruling = Ruling(said, codes, 9, DecisionId(8))
        ruled = machine.case._replace(known=machine.case.known._replace(ruling=ruling))
        (decided,) = engine.decide([ruled], dict(ample), day)
        made = Record(ruled, day, AT, 1_234, decided)

        again = decode(encode(made))

        assert (machine.decided.outcome, decided.outcome) == ("review", outcome)
        assert (again.case.known, again.decided) == (made.case.known, made.decided)
        assert encode(again) == encode(made)


def test_a_level_of_verification_is_part_of_the_record_and_no_level_leaves_older_bytes(
    engine, record, ample, day
):
    plain = record()
    fraud = plain.case.known.fraud._replace(verified=2)
    known = plain.case._replace(known=plain.case.known._replace(fraud=fraud))
    (decided,) = engine.decide([known], dict(ample), day)
    levelled = Record(known, day, AT, 1_234, decided)

    seen = [msgspec.msgpack.decode(encode(one))[4] for one in (plain, levelled)]

    assert [len(one) for one in seen] == [10, 11]
    assert decode(encode(levelled)).case.known.fraud.verified == 2
    assert encode(decode(encode(plain))) == encode(plain)


def test_what_was_uploaded_by_then_is_part_of_a_persons_record_and_of_no_other(record):
    machine = record(assets_minor=None)

    def ruled(*documents):
        ruling = Ruling(Said.DECLINE, ("score_low",), 9, DecisionId(8), documents)
        known = machine.case.known._replace(ruling=ruling)
        return machine._replace(case=machine.case._replace(known=known))

    without, with_two = encode(ruled()), encode(ruled("ab" * 32, "cd" * 32))

    assert (encode(machine)[1], without[1], with_two[1]) == (2, 5, 6)
    assert decode(with_two).case.known.ruling.documents == ("ab" * 32, "cd" * 32)
    assert decode(without).case.known.ruling.documents == ()
    assert encode(decode(with_two)) == with_two


def test_the_grid_that_was_tried_and_its_chance_stand_in_the_record_and_decide_nothing(
    engine, record, ample, day
):
    plain = record()
    person = Ruling(Said.APPROVE, ("income_proved",), 9, DecisionId(8))
    for beside in ({}, {"ruling": person}, {"ruling": person._replace(documents=("ab" * 32,))}):
        known = plain.case.known._replace(tried=Tried(11, 487_000, 1, 250_000), **beside)
        tried = plain.case._replace(known=known)
        (decided,) = engine.decide([tried], dict(ample), day)
        made = Record(tried, day, AT, 1_234, decided)

        again = decode(encode(made))

        assert decided == plain.decided
        assert again.case.known == made.case.known
        assert encode(again) == encode(made)
        untried = made.case._replace(known=known._replace(tried=None))
        schema, *parts = msgspec.msgpack.decode(encode(made))
        _, *without = msgspec.msgpack.decode(encode(made._replace(case=untried)))
        # Behind everything else, which stands as it would without.
        assert (schema, len(parts), parts[-1]) == (7, 7 + 2, [11, 487_000, 1, 250_000])
        assert parts[: len(without)] == without


def test_a_record_is_small_and_holds_no_key_or_salt(record):
    data = encode(record())

    assert len(data) < 600
    assert b"key-" not in data
    assert b"ssss" not in data


@pytest.mark.parametrize("schema", [SCHEMA + 1, 0, 1])
def test_a_record_of_a_schema_that_is_none_of_ours_or_has_other_parts_is_not_guessed_at(
    record, schema
):
    _, *parts = msgspec.msgpack.decode(encode(record()))
    later = [*parts, *[None] * (schema + 2 - len(parts))]  # as many as such a one would have

    with pytest.raises(Broken, match=f"schema {schema}"):
        decode(msgspec.msgpack.encode([schema, *later]))


def answered(engine, made, step="offers", expires_at=None):
    """Return an answer and what is stored of it."""
    until = expires_at or instant(end_of(made.business_date, "Asia/Shanghai"))
    (telling,) = engine.tellings([made], [step], until)
    return engine.answers.write(made, telling), telling.packed()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"purpose": "stocks"},
        {"assets_minor": None},
        {"income_minor": 90_000},
        {"records": True},
    ],
)
def test_an_answer_is_told_again_to_the_byte_from_its_record_and_its_versions_words(
    engine, record, changes
):
    made = record(**changes)
    answer, telling = answered(engine, made)
    packed = Packer(engine.version.dictionary).pack(encode(made), telling)

    reader = Reader(engine.version.dictionary, engine.version.words)

    assert reader.unpack(packed) == (encode(made), telling)
    assert reader.answer(packed) == answer
    assert len(packed) < 700  # beyond 2,000 a row is moved out of its page
    for place in (0, len(packed) // 2, len(packed) - 1):
        damaged = bytearray(packed)
        damaged[place] ^= 1
        with pytest.raises(Broken):
            reader.answer(bytes(damaged))


def test_an_answer_that_was_stored_as_text_is_told_as_it_stands(engine, record):
    made = record()
    answer, _ = answered(engine, made)
    for dictionary, words in ((b"of before", b""), (engine.version.dictionary, b"")):
        packed = Packer(dictionary).pack(encode(made), answer)

        assert Reader(dictionary, words).answer(packed) == answer


def test_what_is_no_answer_of_the_version_is_not_told(engine, record):
    made = record()
    _, telling = answered(engine, made)
    packer = Packer(engine.version.dictionary)
    reader = Reader(engine.version.dictionary, engine.version.words)

    for rest in (b"", b"\x94", telling[:-1], telling + b"{"):
        with pytest.raises(Broken, match="told again"):
            reader.answer(packer.pack(encode(made), rest))
    with pytest.raises(Broken, match="no answer"):
        Reader(engine.version.dictionary, b"").answer(packer.pack(encode(made), telling))
    with pytest.raises(Broken, match="form 2"):
        AnswerWriter.of(b"\x94\x02\x90\x90\x90")


def test_the_words_of_a_version_are_those_of_its_own_time(engine, record):
    made = record(purpose="stocks")
    answer, telling = answered(engine, made, "declined")
    form, lenders, programs, reasons = msgspec.msgpack.decode(engine.version.words)
    reworded = [[code, zh, en.upper()] for code, zh, en in reasons]
    changed = msgspec.msgpack.encode((form, lenders, programs, reworded))

    other = AnswerWriter.of(changed).again(made, telling)

    assert AnswerWriter.of(engine.version.words).again(made, telling) == answer
    assert other != answer
    assert b"A CONSUMER LOAN CANNOT" in other


def test_the_first_form_of_answers_is_told_for_ever_in_these_bytes(record):
    words = Words(
        ((1, LenderFace("yunxiu", "云岫", "Yunxiu 100%", "bank")),),
        ((101, 1, "one"), (102, 1, 'tw"o%d')),
        (("no_money", "没钱", "no %s money"),),
    ).packed()
    made = record()
    offers = (
        Offer(102, 1, 3_000_000, 24, 445, 7, 130_876, 130_891, 3_141_039, 141_039, 44_549, 45_450),
    )
    refused = (NotOffered(1, "no_money"),)
    decided = made.decided._replace(
        outcome=Outcome.OFFERS, points=595, band=0, reasons=("no_money",), offers=offers,
        not_offered=refused, recommended=1,
    )  # fmt: skip

    told = AnswerWriter.of(words).again(
        made._replace(decided=decided), Telling("ap_1", "dc_2", "offers", "2026-11-24").packed()
    )

    assert told.decode() == (
        '{"application":"ap_1","decision":"dc_2","outcome":"offers","step":"offers",'
        '"decided_at":"2026-11-24T01:00:00.123Z","decided_in_us":1234,'
        '"score":{"points":595,"band":0},"reasons":[{"code":"no_money","text_zh":"没钱",'
        '"text_en":"no %s money"}],"offers":[{"n":1,"lender":{"id":"yunxiu","name_zh":"云岫",'
        '"name_en":"Yunxiu 100%","kind":"bank"},"program":"tw\\"o%d","amount_minor":3000000,'
        '"tenor_months":24,"instalment_minor":130876,"last_instalment_minor":130891,'
        '"fee_monthly_minor":7,"total_minor":3141039,"cost_minor":141039,"irr12_percent":"4.45",'
        '"effective_percent":"4.55","rate_percent":"4.45","expires_at":"2026-11-24"}],'
        '"recommended":1,"not_offered":[{"lender":"yunxiu","reason_code":"no_money",'
        '"text_zh":"没钱","text_en":"no %s money"}]}'
    )


def test_the_leaf_tells_nothing_without_the_salt(record):
    data = encode(record())

    assert commitment(b"a" * 16, data) != commitment(b"b" * 16, data)


def test_the_answer_says_what_a_person_needs_in_their_own_words(engine, record):
    made = record()

    answer = json.loads(answered(engine, made)[0])

    public = PublicIds(b"k" * 32)
    assert answer["application"] == public.show("application", 1_000_001)
    assert answer["decision"] == public.show("decision", 2_000_001)
    assert (answer["outcome"], answer["step"]) == ("offers", "offers")
    assert answer["decided_at"] == "2026-11-24T01:00:00.123Z"
    assert answer["decided_in_us"] == 1_234
    assert answer["score"] == {"points": 595, "band": 0}
    assert answer["offers"][0] == {
        "n": 1,
        "lender": {"id": "yunxiu", "name_zh": "云岫银行", "name_en": "Yunxiu Bank", "kind": "bank"},
        "program": "yunxiu_consumer",
        "amount_minor": 3_000_000,
        "tenor_months": 24,
        "instalment_minor": 130_876,
        "last_instalment_minor": 130_891,
        "fee_monthly_minor": 0,
        "total_minor": 3_141_039,
        "cost_minor": 141_039,
        "irr12_percent": "4.45",
        "effective_percent": "4.54",
        "rate_percent": "4.45",
        "expires_at": "2026-11-24T16:00:00.000Z",
    }


def test_a_refusal_gives_its_reasons_in_both_languages(engine, record):
    made = record(purpose="stocks")

    answer = json.loads(answered(engine, made, "declined")[0])

    assert answer["reasons"] == [
        {
            "code": "purpose_not_allowed",
            "text_zh": "该用途不能使用消费贷款",
            "text_en": "A consumer loan cannot be used for this purpose",
        }
    ]
    assert (answer["offers"], answer["not_offered"]) == ([], [])


@pytest.mark.parametrize(
    ("ppm", "shown"), [(240_039, "24.00"), (240_050, "24.01"), (99, "0.01"), (0, "0.00")]
)
def test_a_yearly_figure_is_shown_with_two_decimals_half_up(ppm, shown):
    assert percent_of_ppm(ppm) == shown


def test_basis_points_are_shown_exactly():
    assert [percent_of_bps(bps) for bps in (1480, 5, 0)] == ["14.80", "0.05", "0.00"]


def test_the_files_of_a_version_make_the_same_version_again(engine):
    again = restore_engine(engine.version.sources, PublicIds(b"k" * 32))

    assert again.version == engine.version


def test_damaged_files_of_a_version_are_refused(engine):
    with pytest.raises(Broken, match="damaged"):
        restore_engine(engine.version.sources[:-10], PublicIds(b"k" * 32))
