"""What is held of a person is declared, can be had whole, put right, and is erased but for duties."""

import base64
import io
import json
import zipfile
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tongtu.channels.cli import main
from tongtu.evidence.api import (
    Sequencer,
    audit,
    latest,
    log_signer,
    named_leaves,
    proof,
    to_bundle,
    verify,
)
from tongtu.identity.api import Caller, Role, VaultKind, end_sessions_of, read_vault
from tongtu.journey.api import HOLDINGS, NUMBERED, erase_person, keep_terms, plan_erasure
from tongtu.kernel.errors import NotFound
from tongtu.policy.api import Pack
from tongtu.risk.api import note_verified
from tongtu.witness.api import write_log

from .conftest import APPLICATION, _live, new_key

# A column of one of these names says whose a row is, or may hold what names somebody.
PERSONAL = {
    "party", "parties", "owner", "subject", "subjects", "caller", "borrower", "application", "loan",
    "agreement", "offer", "decision", "facility", "identity_case", "payment", "sealed", "secret",
    "blind", "phone_blind", "address_blind", "body", "payload", "answer", "source", "items",
    "device", "account", "external",
}  # fmt: skip
# Their rows are about things of the house; the name is another's there.
HOUSE = {
    "risk.outside_day": "sums of a source", "runtime.reader": "how far events were read",
    "process.definition": "files of processes and who saved them",
}  # fmt: skip


@pytest.fixture(scope="module")
def schema(world):
    rows = world.fetch(
        """select c.table_schema || '.' || c.table_name as name,
            array_agg(c.column_name::text) as columns
        from information_schema.columns c join information_schema.tables t
            using (table_schema, table_name)
        where t.table_type = 'BASE TABLE'
            and c.table_schema not in ('pg_catalog', 'information_schema', 'public')
        group by 1"""
    )
    return {row["name"]: set(row["columns"]) for row in rows}


def forms(*plains):
    """Return each text as the database would show it, whatever it was written in."""
    for plain in plains:
        yield plain
        yield plain.encode().hex()
        yield plain.encode("utf-16-le").hex()
        yield base64.b64encode(plain.encode()).decode().rstrip("=")[:-1]
        yield plain.encode("unicode_escape").decode()


def tables_with(world, *texts):
    """Return the tables that hold any of the texts, by one look at every row."""
    names = [
        row["name"]
        for row in world.fetch(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        )
    ]
    looks = " union all ".join(
        f"select '{name}' as name where exists (select 1 from {name} t where t::text ilike any($1))"
        for name in names
    )
    return {row["name"] for row in world.fetch(looks, [f"%{text}%" for text in texts])}


def files_with(world, texts, *more):
    """Return the files below the platform's home, or among those given, that hold a text."""
    found = set()
    for folder in (world.parts.runtime.settings.home, *more):
        for path in folder.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                found |= {path.name for text in texts if text.encode() in content}
    return found


def sign_in(world, person):
    phone = person["phone"]
    challenge = world.ask("POST", "/v1/sign-in/codes", json={"phone": phone})["challenge"]
    code = world.ask("GET", f"/v1/demo/inbox?phone={phone}")["messages"][0]["code"]
    return world.ask("POST", "/v1/sign-in", json={"challenge": challenge, "code": code})["token"]


def party_of(world, token):
    shown = world.ask("GET", "/v1/me", token)["party"]
    return world.parts.runtime.public.read("party", shown)


def applicant(world):
    """Return somebody who applied and took nothing: person, token, number."""
    person = world.ask("POST", "/v1/demo/persons")
    token = sign_in(world, person)
    shown = {"name": person["name"], "resident_id": person["resident_id"]}
    world.ask("PUT", "/v1/me/identity", token, shown)
    grants = [{"scope": scope} for scope in ("identity_check", "automated_decision", "marketing")]
    version = world.ask("GET", "/v1/consent-texts")["version"]
    world.ask("POST", "/v1/me/consents", token, {"grants": grants, "version": version})
    body = APPLICATION | {"device": f"device-{person['phone']}"}
    world.ask("POST", "/v1/applications", token, body)
    return person, token, party_of(world, token)


def borrower(world, *, is_settled):
    """Return somebody with a loan: person, token, number, and what _live knows."""
    person = world.ask("POST", "/v1/demo/persons")
    who = _live(world, person, has_line=False)
    if is_settled:
        quotes = world.ask("GET", f"/v1/loans/{who.loan}/payoff", who.token)["quotes"]
        rest = quotes[0]["total_minor"]
        path = f"/v1/loans/{who.loan}/repayments"
        world.ask("POST", path, who.token, {"amount_minor": rest})
        world.carry()
        loan = world.parts.runtime.public.read("loan", who.loan)
        [row] = world.fetch("select status from servicing.loan where id = $1", loan)
        assert row["status"] == "settled"
    return person, who.token, party_of(world, who.token), who


def erase(world, token):
    return world.ask("POST", "/v1/me/personal-data/erasure", token)


def blinds(world, party):
    rows = world.fetch("select blind from identity.vault where party = $1", party)
    return [row["blind"].hex() for row in rows]


def numbered(world, party):
    """Return the tables in which the party's number stands."""
    return tables_with(world, str(party))


def names_of(items, *, is_kept):
    return {item["what"] for item in items if item["is_kept"] is is_kept}


def test_a_table_with_a_personal_column_stands_in_a_declaration(schema):
    declared = {one.table for one in HOLDINGS} | NUMBERED.keys()

    looking = {name for name, columns in schema.items() if columns & PERSONAL}
    assert sorted(looking - declared - HOUSE.keys()) == []
    assert sorted(declared - schema.keys()) == []
    assert "identity.vault" in looking  # a search that finds nothing proves nothing


def test_every_declared_condition_and_end_is_sql_the_schema_knows(world, schema):
    """Each declaration is run for somebody who is not there: a misspelt column would be red."""
    lines = world.run(plan_erasure(world.parts, 12345, date(2026, 11, 24)))

    assert lines == []
    for holding in HOLDINGS:
        assert set(holding.hidden) <= schema[holding.table], holding.table


def test_an_export_holds_everything_by_context_and_nothing_of_anybody_else(world):
    person, token, party, _ = borrower(world, is_settled=False)
    other = world.a

    answer = world.send("POST", "/v1/me/personal-data/export", token=token, key=new_key())

    assert answer.status_code == 200, answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    told = json.loads(archive.read("data.json"))
    held = {one["table"]: one["rows"] for one in told["holdings"]}
    lines = world.run(plan_erasure(world.parts, party, date(2026, 11, 24)))
    counts = {line.holding.table: line.rows for line in lines}
    assert {name: len(rows) for name, rows in held.items()} == counts
    values = {row["kind"]: row["content"] for row in held["identity.vault"]}
    assert values == {
        "phone": "+86" + person["phone"],
        "name": person["name"],
        "resident_id": person["resident_id"],
    }
    assert told["decisions"][0]["asked"]["declared"]["income_minor"] == 1_500_000
    assert archive.read(held["contracts.document"][0]["file"]).startswith(b"%PDF-")
    page = archive.read("index.html").decode()
    assert person["name"] in page
    assert "姓名、手机号" in page
    whole = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(("l", "n")))
    strange = world.parts.runtime.public.read("application", other.application)
    assert str(strange).encode() not in whole
    for secret in ("salt", "blind", "code_hash", "token_hash"):
        assert f'"{secret}"' not in told["holdings"].__repr__()


def test_a_stranger_and_staff_have_no_export_and_no_erasure_of_somebody(world):
    before = world.tables()

    for role, (token) in world.staff.items():
        for deed in ("export", "erasure"):
            path = f"/v1/me/personal-data/{deed}"
            assert world.send("POST", path, token=token, key=new_key()).status_code == 403, role
    for deed in ("export", "erasure"):
        path = f"/v1/me/personal-data/{deed}"
        assert world.send("POST", path, key=new_key()).status_code == 401

    assert world.tables() == before


def test_erasing_an_applicant_leaves_the_decision_without_a_name(world, capfd, tmp_path):
    """Must show: database, logs and files hold nothing of the person beyond what is itemised."""
    person, token, party = applicant(world)
    name, phone, number = person["name"], person["phone"], person["resident_id"]
    hashes = blinds(world, party)
    assert [len(tables_with(world, one)) > 0 for one in hashes] == [True, True, True]
    export = world.send("POST", "/v1/me/personal-data/export", token=token, key=new_key())
    plan = world.ask("GET", "/v1/me/personal-data", token)["held"]

    answer = erase(world, token)

    items = answer["items"]
    assert answer["request"]["state"] == "done"
    assert {item["duty"] for item in items if item["is_kept"]} == {"decision", "privacy_request"}
    assert all(item["law"] and item["kept_until"] in item["fate_zh"] and item["kept_until"] for item in items
               if item["is_kept"])  # fmt: skip
    kept = {item["what"]: item["kept_until"] for item in items if item["is_kept"]}
    assert kept["origination.decision"] == "2036-11-24"
    assert "identity.vault" in names_of(items, is_kept=False)
    assert {one["what"] for one in plan} <= {item["what"] for item in items}
    # Nothing names the person, in whatever form; nothing leads from phone or id to anybody.
    assert tables_with(world, *forms(name, phone, number), *hashes) == set()
    # The number of the party stands in what was itemised as kept, and where a number is all.
    left = numbered(world, party)
    assert left <= set(kept) | NUMBERED.keys() | {"identity.party", "identity.token"}
    assert "origination.application" in left
    said = capfd.readouterr()
    assert [text for text in forms(name, phone, number) if text in said.out + said.err] == []
    assert files_with(world, list(forms(name, phone, number)), tmp_path) == set()
    assert zipfile.ZipFile(io.BytesIO(export.content)).testzip() is None  # theirs alone


def test_an_ended_account_opens_nothing_and_the_same_phone_begins_anew(world):
    person, token, party = applicant(world)

    erase(world, token)

    world.parts.runtime.clock.advance(timedelta(seconds=6))
    assert world.send("GET", "/v1/me", token=token, door="ordinary").status_code == 401
    again = party_of(world, sign_in(world, person))
    assert again != party
    [row] = world.fetch("select * from identity.party where id = $1", party)
    assert (row["state"], row["is_identified"], row["adult_on"], row["consent_mask"]) == (
        "erased", False, None, 0,
    )  # fmt: skip


def test_a_running_contract_keeps_what_it_needs_and_the_person_still_signs_in(world):
    person, token, party, who = borrower(world, is_settled=False)

    items = erase(world, token)["items"]

    kept = {item["what"]: item for item in items if item["is_kept"]}
    assert (kept["identity.vault"]["duty"], kept["identity.vault"]["kept_until"]) == ("kyc", None)
    assert kept["identity.handle"]["duty"] == "contract"
    assert kept["servicing.loan"]["duty"] == "transaction"
    assert names_of(items, is_kept=False) == {"notice.box", "identity.code"}
    assert party_of(world, sign_in(world, person)) == party
    assert world.ask("GET", f"/v1/loans/{who.loan}", token)["loan"] == who.loan


def test_after_the_last_loan_the_law_keeps_ten_years_and_the_retention_job_ends_them(
    world, tmp_path
):
    person, token, party, who = borrower(world, is_settled=True)
    runtime = world.parts.runtime
    key = log_signer(runtime).key.show()
    world.run(Sequencer(runtime).step())
    subjects = {
        "agreement": runtime.public.read("agreement", who.agreement),
        "decision": runtime.public.read("decision", who.decision),
        "acceptance": runtime.public.read("offer", who.offer),
    }
    files = {kind: bundle(world, kind, one) for kind, one in subjects.items()}
    dossier = world.send("GET", f"/v1/agreements/{who.agreement}/bundle", token=token)

    items = erase(world, token)["items"]

    kept = {item["what"]: (item["duty"], item["kept_until"]) for item in items if item["is_kept"]}
    assert kept["identity.vault"] == ("kyc", "2036-11-24")
    assert kept["servicing.loan"] == ("transaction", "2036-11-24")
    assert kept["contracts.document"][0] == "signature"
    papers_until = date.fromisoformat(kept["contracts.document"][1])
    assert papers_until > date(2037, 11, 1)  # five years after the certificate's six
    [row] = world.fetch("select state from identity.party where id = $1", party)
    assert row["state"] == "erased"
    plain = forms(person["name"], person["phone"], person["resident_id"])
    assert tables_with(world, *plain) == set()
    left = numbered(world, party)
    assert left <= set(kept) | NUMBERED.keys() | {"identity.party", "identity.token"}
    # What the law keeps is stored for the law: staff at their desks see it no more.
    with pytest.raises(NotFound):
        world.run(look_inside(world, Caller(Role.CLERK, 7, 0, 0), party))

    world.run(keep_terms(world.parts, 0, date(2036, 11, 24)))
    assert len(blinds(world, party)) == 3
    world.run(keep_terms(world.parts, 0, date(2036, 11, 25)))
    assert blinds(world, party) == []
    [row] = world.fetch("select count(*) from contracts.agreement where party = $1", party)
    assert row["count"] == 1
    world.run(keep_terms(world.parts, 0, papers_until + timedelta(days=1)))
    again = world.run(keep_terms(world.parts, 0, papers_until + timedelta(days=1)))

    [row] = world.fetch("select count(*) from contracts.agreement where party = $1", party)
    assert (row["count"], again) == (0, 0)
    # The books stay, and lead to a number that is nobody's.
    assert numbered(world, party) >= {"servicing.loan", "ledger.account"}
    proves_as_before(world, (subjects, files, dossier), key, tmp_path)


def bundle(world, kind, subject):
    async def made():
        runtime = world.parts.runtime
        async with runtime.database.reading() as connection:
            found = await proof(connection, kind, subject)
        return json.loads(json.dumps(to_bundle(found, log_signer(runtime).key)))

    return world.run(made())


def proves_as_before(world, given, key, folder):
    """Every proof given before still verifies, each is given again, and the log is whole."""
    subjects, files, dossier = given
    for kind, subject in subjects.items():
        assert verify(files[kind], key).is_valid, kind
        assert verify(bundle(world, kind, subject), key).is_valid, kind
        assert bundle(world, kind, subject)["commitment"] == files[kind]["commitment"]
    assert dossier.status_code == 200
    (folder / "agreement.zip").write_bytes(dossier.content)
    assert main(["verify", str(folder / "agreement.zip"), "--key", key]) == 0

    async def read():
        async with world.parts.runtime.database.reading() as connection:
            point = await latest(connection)
            leaves = await named_leaves(connection, 0, point.size)
            found = await audit(connection, log_signer(world.parts.runtime).key)
        return point, leaves, found

    point, leaves, found = world.run(read())
    assert found.is_whole, found
    tiles = folder / "log"
    tiles.mkdir()
    write_log(tiles, point.note, ((one.commitment, f"{one.kind} {one.subject}") for one in leaves))
    assert main(["verify", "log", str(tiles), "--key", key]) == 0


async def look_inside(world, caller, party):
    runtime = world.parts.runtime
    async with runtime.database.transaction() as connection:
        return await read_vault(connection, runtime, caller, party, (VaultKind.NAME,))


class Stopped(Exception):
    """The process ends between two commits."""


def test_an_erasure_that_is_stopped_goes_on_and_ends_as_if_it_had_not_been(world):
    (_, _, party), (_, whole, _) = applicant(world), applicant(world)
    runtime = world.parts.runtime
    caller = Caller(Role.BORROWER, party, 0, runtime.cell(party))

    for stop in (3, 12, len(HOLDINGS) - 1):
        seen = []

        def told(holding, seen=seen, stop=stop):
            seen.append(holding)
            if len(seen) == stop:
                raise Stopped

        with pytest.raises(Stopped):
            world.run(erase_person(world.parts, caller, party, told))
        rows = world.fetch("select state from identity.privacy_request where party = $1", party)
        assert [row["state"] for row in rows] == ["running"]
    # The day's end finds it, as a process that begins anew would.
    world.run(keep_terms(world.parts, runtime.cell(party), date(2026, 11, 24)))

    expected = erase(world, whole)["items"]
    rows = world.fetch(
        """select i.holding, i.fate, i.rows, i.kept_until, r.state from identity.privacy_item i
        join identity.privacy_request r on r.id = i.request where r.party = $1
        order by i.holding""",
        party,
    )
    assert {row["state"] for row in rows} == {"done"}
    shown = {(row["holding"], row["fate"] == "kept", row["rows"]) for row in rows}
    wanted = {(one["what"], one["is_kept"], one["rows"]) for one in expected}
    assert shown == wanted
    assert blinds(world, party) == []


def test_what_the_law_forbids_is_refused_and_nothing_is_erased(world):
    _, _, party = applicant(world)
    pack = world.parts.pack
    # A law that keeps the decision and has no sentence for it: the person could not be told.
    mute = tuple(replace(rule, why={"zh": "", "en": ""}) for rule in pack.retentions)
    law = Law(world.parts.runtime, Pack(replace(pack.content, retentions=mute)))
    caller = Caller(Role.BORROWER, party, 0, world.parts.runtime.cell(party))
    before = world.tables()

    with pytest.raises(Exception, match=r"PRIV-04\.told") as refused:
        world.run(erase_person(law, caller, party))

    assert refused.value.code == "kept_without_word"
    assert world.tables() == before


class Law:
    """A platform under another law."""

    def __init__(self, runtime, pack):
        self.runtime, self.pack = runtime, pack


def test_a_name_is_put_right_by_staff_with_its_history_and_a_stranger_sees_nothing(world):
    person, token, party = applicant(world)
    clerk, other = world.staff[Role.CLERK], world.a.token
    wish = {"kind": "name", "value": "欧阳修远", "why": "the card says so"}

    taken = world.ask("POST", "/v1/me/personal-data/corrections", token, wish)
    again = world.send(
        "POST", "/v1/me/personal-data/corrections", token=token, key=new_key(), json=wish
    )
    assert (again.status_code, again.json()["code"]) == (409, "already_asked")
    path = f"/v1/privacy-requests/{taken['request']}"
    assert world.send("GET", path, token=other).status_code == 404
    assert world.ask("GET", path, token)["correction"]["wanted"] == "欧阳修远"
    waiting = world.ask("GET", "/v1/privacy-requests", clerk)["items"]
    assert taken["request"] in [one["request"] for one in waiting]
    # 15 working days from Tuesday 24 November.
    assert taken["answer_by"] == "2026-12-15"
    assert world.ask("GET", "/v1/me", token)["name_masked"] == masked(person["name"])

    verdict = {"is_right": True, "reason": "compared with the card"}
    decided = world.ask("POST", f"{path}/decision", clerk, verdict)

    assert decided == {"state": "done", "rules_missed": []}
    assert world.ask("GET", "/v1/me", token)["name_masked"] == "欧***"
    seen = world.ask("GET", path, clerk)
    assert seen["correction"] == {
        "kind": "name", "wanted": "欧阳修远", "before": person["name"], "why": "the card says so",
        "ready_at": None, "signal": None, "has_first_word": False,
    }  # fmt: skip
    [row] = world.fetch("select * from identity.privacy_request where party = $1", party)
    assert row["reason"] == "compared with the card"
    assert row["decided_by"] is not None
    refused = world.send("POST", f"{path}/decision", token=clerk, key=new_key(), json=verdict)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_decided")
    looks = world.ask("GET", "/v1/me/access-log", token)
    assert "identity" in json.dumps(looks)
    assert tables_with(world, *forms("欧阳修远", "the card says so")) == set()


def test_a_refused_correction_changes_nothing_but_its_own_answer(world):
    person, token, party = applicant(world)
    wish = {"kind": "name", "value": "欧阳修远", "why": "I like it better"}
    taken = world.ask("POST", "/v1/me/personal-data/corrections", token, wish)
    before = blinds(world, party)

    verdict = {"is_right": False, "reason": "the card says otherwise"}
    path = f"/v1/privacy-requests/{taken['request']}"
    world.ask("POST", f"{path}/decision", world.staff[Role.CLERK], verdict)

    assert blinds(world, party) == before
    assert world.ask("GET", "/v1/me", token)["name_masked"] == masked(person["name"])
    seen = world.ask("GET", path, token)["request"]
    assert (seen["state"], seen["reason"]) == ("refused", "the card says otherwise")


def masked(name):
    return name[0] + "*" * min(len(name) - 1, 3)


def test_somebody_who_only_signed_in_is_erased_when_the_longest_term_is_over(world):
    person = world.ask("POST", "/v1/demo/persons")
    party = party_of(world, sign_in(world, person))
    opened = date(2026, 11, 24)

    world.run(keep_terms(world.parts, 0, opened.replace(year=2036)))
    assert len(blinds(world, party)) == 1
    # Others of this world are old then too: they have a loan or a decision, which is kept longer.
    world.run(keep_terms(world.parts, 0, opened.replace(year=2036) + timedelta(days=2)))

    assert blinds(world, party) == []
    [row] = world.fetch(
        "select is_term, state from identity.privacy_request where party = $1", party
    )
    assert (row["is_term"], row["state"]) == (True, "done")


class Operator:
    """An operator that knows which SIMs were changed."""

    name = "operator"

    def __init__(self, *swapped):
        self.swapped = swapped

    async def verify_number(self, _phone, _device_token):
        return True

    async def is_swapped(self, phone, _hours):
        return phone.removeprefix("+86") in self.swapped


@pytest.fixture
def operator(world, monkeypatch):
    def put(*swapped):
        monkeypatch.setattr(world.parts.verifying, "network", Operator(*swapped))

    return put


def code_to(world, phone):
    return world.ask("GET", f"/v1/demo/inbox?phone={phone}")["messages"][0]["code"]


def new_phone(world, token):
    """Return a number nobody has, as a wish with the code that came to it."""
    phone = world.ask("POST", "/v1/demo/persons")["phone"]
    sent = world.ask("POST", "/v1/me/new-phone/codes", token, {"phone": phone})
    proof = {"challenge": sent["challenge"], "code": code_to(world, phone)}
    return {"kind": "phone", "value": phone, "why": "I have another one", "proof": proof}


def refused(world, path, token, body):
    answer = world.send("POST", path, token=token, key=new_key(), json=body)
    return answer.status_code, answer.json()["code"]


def wait(world, party, by):
    """Let a wish be older by so much. The clock is everybody's: days of it would end all sessions."""

    async def earlier():
        async with world.parts.runtime.database.transaction() as connection:
            done = await connection.execute(
                "update identity.correction set ready_at = ready_at - $2::interval where party = $1",
                party,
                by,
            )
            assert done == "UPDATE 1"

    world.run(earlier())


def test_stride_17_a_phone_is_changed_by_two_persons_after_a_wait_that_its_owner_can_use(
    world, operator
):
    person, token, party = applicant(world)
    wishes, yes = "/v1/me/personal-data/corrections", {"is_right": True, "reason": "called back"}
    lender = world.parts.book.everybody()[0]
    grant = {"scope": "share_lender", "recipient": lender.id}
    version = world.ask("GET", "/v1/consent-texts")["version"]
    live = world.ask("POST", "/v1/me/consents", token, {"grants": [grant], "version": version})
    operator(person["phone"])  # the old SIM is a thief's, perhaps
    wish = new_phone(world, token)
    sent = world.ask("POST", "/v1/sign-in/codes", json={"phone": wish["value"]})
    other = {"challenge": sent["challenge"], "code": code_to(world, wish["value"])}

    assert refused(world, wishes, token, wish | {"proof": other}) == (401, "code_refused")
    assert refused(world, wishes, token, wish | {"proof": None}) == (422, "no_proof")
    elsewhere = wish | {"value": person["phone"]}
    assert refused(world, wishes, token, elsewhere) == (401, "code_refused")  # and it is used up
    wish = new_phone(world, token)
    path = f"/v1/privacy-requests/{world.ask('POST', wishes, token, wish)['request']}"
    told = world.ask("GET", f"/v1/demo/inbox?phone={person['phone']}")["messages"][0]["text"]
    assert "Somebody asked to change the phone" in told
    clerk, boss = world.staff[Role.CLERK], world.staff[Role.OPERATOR]
    assert refused(world, f"{path}/decision", clerk, yes) == (409, "waiting_time")
    wait(world, party, timedelta(hours=71, minutes=59))
    assert refused(world, f"{path}/decision", clerk, yes) == (409, "waiting_time")
    wait(world, party, timedelta(minutes=1))
    assert world.ask("POST", f"{path}/decision", clerk, yes)["state"] == "asked"
    assert refused(world, f"{path}/decision", clerk, yes) == (403, "own_work")
    seen = world.ask("GET", path, boss)["correction"]
    assert (seen["signal"], seen["has_first_word"], seen["before"]) == ("sim_swapped", True, None)
    token = sign_in(world, person)
    assert world.ask("POST", f"{path}/decision", boss, yes)["state"] == "done"

    world.parts.runtime.clock.advance(timedelta(seconds=6))
    assert world.send("GET", "/v1/me", token=token).status_code == 401
    assert party_of(world, sign_in(world, {"phone": wish["value"]})) == party
    assert party_of(world, sign_in(world, person)) != party
    box = world.fetch("select template, party from notice.box where party = $1"
                      " order by id", party)  # fmt: skip
    assert {row["template"] for row in box} >= {"sign_in_code", "way_in_asked", "way_in_changed"}
    rows = world.fetch("select lender, what, kinds from identity.recipient_told"
                       " where party = $1", party)  # fmt: skip
    assert [tuple(row.values()) for row in rows] == [(lender.number, "corrected", ["phone"])]
    consent = next(one["id"] for one in live["consents"] if one["recipient"] == lender.id)
    token = sign_in(world, {"phone": wish["value"]})
    world.send("DELETE", f"/v1/me/consents/{consent}", token=token, key=new_key())
    rows = world.fetch("select payload from runtime.outbox where topic ="
                       " 'identity.recipient_told' order by id desc limit 2")  # fmt: skip
    assert [json.loads(row["payload"])["what"] for row in rows] == [
        "consent_withdrawn", "corrected",
    ]  # fmt: skip


def test_the_house_ends_every_session_of_a_person_on_the_server(world):
    _person, token, party = applicant(world)
    _other, others_token, _number = applicant(world)

    async def end():
        async with world.parts.runtime.database.transaction() as connection:
            return await end_sessions_of(connection, world.parts.runtime, party)

    assert world.run(end()) == 1
    world.parts.runtime.clock.advance(timedelta(seconds=6))
    assert world.send("GET", "/v1/me", token=token).status_code == 401
    assert world.send("GET", "/v1/me", token=others_token).status_code == 200
    assert world.run(end()) == 0


def test_stride_17_the_owner_of_a_phone_takes_a_thief_s_wish_back(world, operator):
    person, token, party = applicant(world)
    before = sorted(blinds(world, party))
    operator()
    wish = new_phone(world, token)
    path = f"/v1/privacy-requests/{world.ask('POST', '/v1/me/personal-data/corrections', token, wish)['request']}"

    mine = sign_in(world, person)
    world.ask("POST", "/v1/me/personal-data/corrections/withdrawal", mine)

    wait(world, party, timedelta(hours=24))
    yes = {"is_right": True, "reason": "called back"}
    clerk = world.staff[Role.CLERK]
    assert refused(world, f"{path}/decision", clerk, yes) == (409, "already_decided")
    assert sorted(blinds(world, party)) == before
    assert party_of(world, sign_in(world, person)) == party


def test_stride_18_what_was_verified_of_another_id_stands_no_more(world, operator):
    person, token, party = applicant(world)
    another = world.ask("POST", "/v1/demo/persons")["resident_id"]
    operator()
    wish = {"kind": "resident_id", "value": another, "why": "one digit was wrong"}
    path = f"/v1/privacy-requests/{world.ask('POST', '/v1/me/personal-data/corrections', token, wish)['request']}"
    at = world.parts.runtime.clock.now()

    async def stand():
        async with world.parts.runtime.database.transaction() as connection:
            await connection.execute(
                "insert into verification.standing values (0, $1, 1, 2, 1, $2, $3)",
                party, at, at + timedelta(days=300),
            )  # fmt: skip
            await note_verified(connection, 0, party, 2, at + timedelta(days=300))

    world.run(stand())
    wait(world, party, timedelta(hours=24))
    world.parts.runtime.clock.advance(timedelta(seconds=1))
    yes = {"is_right": True, "reason": "the card says so"}
    for role in (Role.CLERK, Role.OPERATOR):
        world.ask("POST", f"{path}/decision", world.staff[role], yes)

    [row] = world.fetch("select valid_until from verification.standing where party = $1", party)
    assert row["valid_until"] == world.parts.runtime.clock.now()
    [row] = world.fetch("select verified from risk.background where party = $1", party)
    assert row["verified"] == 0
    token = sign_in(world, person)
    shown = {"name": person["name"], "resident_id": person["resident_id"]}
    answer = world.send("PUT", "/v1/me/identity", token=token, key=new_key(), json=shown)
    assert answer.json()["code"] == "already_identified"
    world.ask("PUT", "/v1/me/identity", token, shown | {"resident_id": another})
    assert tables_with(world, *forms(another, person["resident_id"])) == set()
