"""A contract's bundle proves who signed what after reading it, and any change in it is named."""

import hashlib
import io
import json
import random
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from tongtu.channels.cli import main
from tongtu.contracts import dossier
from tongtu.contracts.authority import LocalCa
from tongtu.contracts.clauses import Acknowledged, Clause, clauses_json
from tongtu.contracts.dossier import (
    Binding,
    ConsentKept,
    Dossier,
    DossierTrust,
    NamedConsent,
    binding_json,
    pack,
    reading_json,
    verify_dossier,
)
from tongtu.contracts.press import print_page
from tongtu.contracts.seal import BORROWER, LENDER, LongTerm, Mark, sign
from tongtu.contracts.tsa import LocalTsa
from tongtu.contracts.verdict import verify_agreement
from tongtu.evidence.api import Proof, Trust, commitment, to_bundle
from tongtu.kernel.errors import BadInput, TooLarge
from tongtu.witness.api import (
    Cosigner,
    Signer,
    checkpoint_text,
    inclusion_ranges,
    leaf_hash,
    root_of,
    with_lines,
)

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
TABLE = '{"cost_minor":1200,"total_minor":101200}'
READ = (AT - timedelta(seconds=40), AT - timedelta(seconds=30), AT - timedelta(seconds=5))
CLAUSES = [Clause("cost", "1", "成本", "cost"), Clause("data", "1", "信息", "data")]
CONSENT = json.dumps(
    {"consent": 7, "granted_at": AT.isoformat(), "scope": "bureau_query", "version": "2026-1"}
).encode()
LOG = Signer.of("test", bytes(range(32)))
FOUR = [Cosigner.of(name, bytes([n]) * 32) for n, name in enumerate("abcd", start=1)]


@pytest.fixture(scope="module")
def signed(authority, page_data, tmp_path_factory):
    stamps = LocalTsa.open(tmp_path_factory.mktemp("tsa"), authority, AT, bytes(range(7, 26)))
    marks = [
        Mark(field, authority.issue(name, AT, bytes([n]) * 19), "test")
        for n, (field, name) in enumerate([(BORROWER, "pt_1"), (LENDER, "云岫银行")], start=5)
    ]
    kept = LongTerm(stamps, authority.root, authority.crl(AT))
    return sign(print_page(json.dumps(page_data), "zh"), marks, AT, kept)


def logged(openings, witnesses=FOUR[:3]):
    """The proofs of (kind, subject, payload) in a log that three witnesses co-signed."""
    salts = [bytes([n]) * 16 for n in range(len(openings))]
    found = [commitment(salt, one[2]) for salt, one in zip(salts, openings, strict=True)]
    leaves = [leaf_hash(one) for one in found]
    root, size = root_of(leaves), len(leaves)
    text = checkpoint_text(LOG.name, size, root)
    note = with_lines(LOG.sign(text), [one.cosign(text, 1_800_000_000) for one in witnesses])
    keys = tuple(one.key.show() for one in witnesses)
    return [
        to_bundle(
            Proof(
                kind, 1, found[n], n, size,
                tuple(root_of(leaves[a:b]) for a, b in inclusion_ranges(n, size)),
                root, note, keys,
            ),
            LOG.key, subject=subject, opening=(salts[n], payload),
        )
        for n, (kind, subject, payload) in enumerate(openings)
    ]  # fmt: skip


TITLE, TEXT = "查询征信", "我同意查询我的征信报告。"
# The consent is the fourth leaf of the log, and its salt is of its place there.
CONSENT_LEAF = commitment(bytes([3]) * 16, CONSENT)


def sha256(raw):
    return hashlib.sha256(raw).digest()


def made(paper, root, **change):
    """The true bundle, or one whose log says something else, or one of before there was a binding.

    `bound`: what the signature names otherwise than it is; `with_binding`: false for one of before.
    """
    table = sha256(TABLE.encode())
    reading = reading_json(table, change.get("read", READ))
    clauses = clauses_json(
        change.get("table", table),
        [Acknowledged(one, change.get("ticked", READ[2])) for one in CLAUSES],
    )
    logged_clauses = change.get("told", {}).get("clauses", clauses)
    named = NamedConsent("co_1", CONSENT_LEAF, TITLE, TEXT)
    bound = {
        "agreement": "ag_1", "offer": "of_1", "party": "pt_1", "paper": sha256(paper),
        "table": table, "reading": sha256(reading), "clauses": sha256(logged_clauses),
        "consents": [named],
    }  # fmt: skip
    binding = binding_json(Binding(**bound | change.get("bound", {})))
    told = {
        "agreement": sha256(paper),
        "disclosure": sha256(TABLE.encode()),
        "reading": reading,
        "consent": CONSENT,
        "clauses": clauses,
        "binding": binding.encode(),
    } | change.get("told", {})
    found = logged([(kind, f"{kind}_1", payload) for kind, payload in told.items()])
    proofs = dict(zip(told, found, strict=True))
    kept = [ConsentKept(TITLE, TEXT, proofs.pop("consent"))]
    if not change.get("with_binding", True):
        del proofs["binding"]
        binding = None
    return pack(Dossier("ag_1", paper, root, TABLE, reading, proofs, kept, clauses, binding))


@pytest.fixture(scope="module")
def bundle(signed, authority):
    return made(signed, authority.root)


@pytest.fixture
def trust(authority):
    keys = [one.key.show() for one in FOUR]
    return DossierTrust(Trust(LOG.key.show(), keys), authority.root)


def test_a_bundle_tells_who_signed_what_after_how_long_a_reading(bundle, signed, trust, authority):
    said = verify_dossier(bundle, trust)

    assert said[:-1] == [
        "agreement ag_1: the paper is whole, by a root you trust",
        f"signed as Borrower by pt_1 at {AT} (B-LT)",
        f"signed as Lender by 云岫银行 at {AT} (B-LT)",
        f"the cost table was read for 35 s and confirmed at {READ[2]}",
        f"clause 'cost' (version 1) acknowledged at {READ[2]}",
        f"clause 'data' (version 1) acknowledged at {READ[2]}",
        f"consent '查询征信' (bureau_query, version 2026-1) given at {AT.isoformat()}",
        "signature, table, reading, clauses and 1 consents belong together: pt_1",
    ]
    assert said[-1].startswith("VERIFIED: entry 2 of 6 in tongtu.log/test with exactly this")
    assert "co-signed by 3 witnesses whom you trust" in said[-1]
    assert bundle == made(signed, authority.root)


def files_of(raw):
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files, *, honest=True):
    """A zip of the files; an honest one has a manifest that fits them."""
    files = dict(files)
    if honest:
        manifest = json.loads(files["manifest.json"])
        manifest["files"] = {
            name: hashlib.sha256(raw).hexdigest()
            for name, raw in files.items()
            if name != "manifest.json"
        }
        files["manifest.json"] = json.dumps(manifest).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return made.getvalue()


@pytest.mark.parametrize("honest", [True, False])
@pytest.mark.parametrize(
    "name",
    ["agreement.pdf", "root.der", "disclosure.json", "reading.json", "clauses.json",
     "binding.json", "consents/1.txt", "proofs/agreement.json", "proofs/disclosure.json",
     "proofs/reading.json", "proofs/clauses.json", "proofs/consent-1.json", "proofs/binding.json"],
)  # fmt: skip
def test_stride_13_one_changed_byte_of_any_part_fails_even_under_a_manifest_that_fits(
    bundle, authority, name, honest
):
    files = files_of(bundle)
    raw = bytearray(files[name])
    # In a proof the byte lies in its salt; a key in the file counts for nothing beside a trusted one.
    raw[raw.index(b'"salt"') + 9 if name.startswith("proofs/") else len(raw) // 2] ^= 1
    files[name] = bytes(raw)
    log = Trust(LOG.key.show(), [one.key.show() for one in FOUR])

    with pytest.raises(BadInput):
        verify_dossier(zipped(files, honest=honest), DossierTrust(log))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"told": {"agreement": b"x" * 32}}, "another agreement than the one in the bundle"),
        ({"told": {"disclosure": b"x" * 32}}, "another disclosure"),
        ({"told": {"reading": b"{}"}}, "another reading"),
        ({"told": {"clauses": b"{}"}}, "another clauses"),
        ({"table": bytes(32)}, "the clauses are of another cost table"),
        ({"ticked": AT + timedelta(seconds=1)}, "acknowledged after the signature"),
        ({"read": (READ[0], READ[2], READ[1])}, "confirmed before it could be read"),
        ({"read": (READ[0], READ[1], AT + timedelta(seconds=1))}, "signed before the cost table"),
    ],
)
def test_a_bundle_whose_log_says_something_else_is_refused(
    signed, authority, trust, change, reason
):
    with pytest.raises(BadInput, match=reason):
        verify_dossier(made(signed, authority.root, **change), trust)


@pytest.mark.parametrize(
    ("bound", "reason"),
    [
        ({"agreement": "ag_2"}, "rests on another agreement"),
        ({"party": "pt_2"}, "rests on another party"),
        ({"paper": bytes(32)}, "rests on another paper"),
        ({"table": bytes(32)}, "rests on another table"),
        ({"reading": bytes(32)}, "rests on another reading"),
        ({"consents": []}, "rests on other consents"),
        ({"consents": [NamedConsent("co_1", bytes(32), TITLE, TEXT)]}, "rests on other consents"),
        ({"consents": [NamedConsent("co_1", CONSENT_LEAF, TITLE, "")]}, "rests on other consents"),
    ],
)
def test_parts_that_the_signature_does_not_name_are_refused_though_each_stands_in_the_log(
    signed, authority, trust, bound, reason
):
    with pytest.raises(BadInput, match=reason):
        verify_dossier(made(signed, authority.root, bound=bound), trust)


def test_a_consent_that_is_left_out_is_missed(bundle, trust):
    less = {name: raw for name, raw in files_of(bundle).items() if "consent" not in name}

    with pytest.raises(BadInput, match="rests on other consents"):
        verify_dossier(zipped(less), trust)


def test_a_bundle_of_before_there_was_a_binding_holds_and_says_what_it_does_not_prove(
    signed, authority, trust
):
    said = verify_dossier(made(signed, authority.root, with_binding=False), trust)

    assert said[0] == (
        "a paper that the file says is agreement ag_1: it is whole, by a root you trust"
    )
    assert said[-2].startswith("form tongtu-contract-1, of before signatures named their parts")


def test_a_manifest_that_names_no_agreement_is_refused(bundle, trust):
    files = files_of(bundle)
    files["manifest.json"] = json.dumps({"format": "tongtu-contract-2"}).encode()

    with pytest.raises(BadInput, match="names no agreement"):
        verify_dossier(zipped(files), trust)


def test_words_of_a_clause_that_its_hash_does_not_fit_are_named(signed, authority, trust):
    """The log has the false words too: whoever kept both would still be found out."""
    files = files_of(made(signed, authority.root))
    told = json.loads(files["clauses.json"])
    told["clauses"][1]["zh"] = "别的话"
    false = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    files = files_of(made(signed, authority.root, told={"clauses": false}))
    files["clauses.json"] = false

    with pytest.raises(BadInput, match="the clause data is not what its hash says"):
        verify_dossier(zipped(files), trust)


def test_a_bundle_of_before_clauses_were_recorded_says_so(signed, authority, trust):
    files = files_of(made(signed, authority.root, with_binding=False))
    for name in ("clauses.json", "proofs/clauses.json"):
        del files[name]

    assert "no acknowledged clauses stand in this bundle" in verify_dossier(zipped(files), trust)


def test_clauses_that_are_left_out_are_missed(bundle, trust):
    less = {name: raw for name, raw in files_of(bundle).items() if "clauses" not in name}

    with pytest.raises(BadInput, match="rests on another clauses"):
        verify_dossier(zipped(less), trust)


def test_a_bundle_of_a_stranger_s_log_or_authority_is_refused(bundle, trust, tmp_path):
    stranger = LocalCa.open(tmp_path, AT, bytes(range(3, 22)))

    with pytest.raises(BadInput, match="unknown_signer"):
        verify_dossier(bundle, DossierTrust(trust.log, stranger.root))
    with pytest.raises(BadInput, match="not signed by this key"):
        verify_dossier(bundle, DossierTrust(Trust(Signer.of("test", bytes(32)).key.show())))


def test_what_is_no_bundle_or_too_large_is_refused_before_it_is_read_whole(bundle):
    trust = DossierTrust(Trust())
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(5):
            archive.writestr(f"a{n}.txt", bytes(8_000_000))
    many = zipped(files_of(bundle) | {f"a{n}.txt": b"" for n in range(200)})
    outside = zipped(files_of(bundle) | {"../x.txt": b""})
    less = {name: raw for name, raw in files_of(bundle).items() if name != "reading.json"}

    for raw in (b"", b"PK\x03\x04", bomb.getvalue(), many, outside, zipped(less), bundle[:-30]):
        with pytest.raises(BadInput):
            verify_dossier(raw, trust)


def test_the_command_checks_a_bundle_offline(bundle, authority, tmp_path, capsys):
    path, root = tmp_path / "ag_1.zip", tmp_path / "root.der"
    path.write_bytes(bundle)
    root.write_bytes(authority.root)
    keys = [f"--witness={one.key.show()}" for one in FOUR]
    words = ["verify", str(path), "--root", str(root), "--key", LOG.key.show()]

    assert main([*words, *keys]) == 0
    assert "signed as Lender by 云岫银行" in capsys.readouterr().out
    assert main([*words, *keys[2:], "--quorum=2"]) == 1
    assert capsys.readouterr().out == (
        "NOT VERIFIED: 1 of the witnesses you trust co-signed it, 2 are wanted.\n"
    )


HOSTILE = [
    None, True, -1, 2**70, 1.5, "", "x" * 5000, "\ud800", "\u2028", "2026-11-24T00:00:00", "é+é+é",
    "a\nVERIFIED: all of it", "ab\x1b[2J", [], [[]], [None], {}, {"id": 1}, {"size": "1"},
]  # fmt: skip


def said_of(raw):
    """The answer to a bundle whose keys nobody knows: lines, or the sentence of its refusal."""
    try:
        return verify_dossier(raw, DossierTrust(Trust()))
    except (BadInput, TooLarge) as error:
        return error.detail


def is_one_line_each(said):
    return all(line.isprintable() for line in (said if isinstance(said, list) else [said]))


@pytest.mark.parametrize("part", ["manifest", "binding", "reading", "clauses", "consent", "proof"])
def test_whatever_a_hostile_bundle_says_the_answer_is_a_verdict(
    signed, authority, part, monkeypatch
):
    """Everything is the stranger's own: log, authority, and the proof of each hostile word."""
    once = verify_agreement(signed, authority.root)
    monkeypatch.setattr(dossier, "verify_agreement", lambda *_: once)
    files = files_of(made(signed, authority.root))
    named = {"consent": None, "proof": "proofs/reading.json"}.get(part, f"{part}.json")
    whole = json.loads(CONSENT if named is None else files[named])
    for name in whole:
        for value in HOSTILE:
            told = json.dumps(whole | {name: value}).encode()
            if named is None or part in ("binding", "reading", "clauses"):
                spoilt = files_of(made(signed, authority.root, told={part: told}))
            else:
                spoilt = dict(files)
            if named is not None:
                spoilt[named] = told
            assert is_one_line_each(said_of(zipped(spoilt, honest=part != "manifest")))


def test_times_without_a_zone_are_no_times(signed, authority, trust):
    for part, name in (("reading", "shown_at"), ("consent", "granted_at")):
        files = files_of(made(signed, authority.root))
        whole = json.loads(CONSENT if part == "consent" else files["reading.json"])
        told = json.dumps(whole | {name: "2026-11-24T00:00:00"}).encode()
        files = files_of(made(signed, authority.root, told={part: told}, with_binding=False))
        if part == "reading":
            files["reading.json"] = told
        with pytest.raises(BadInput, match="a time in the bundle cannot be read"):
            verify_dossier(zipped(files), trust)


def test_a_broken_stream_and_a_greedy_packing_are_no_bundle(bundle):
    for seed in range(30):
        spoilt, draw = bytearray(bundle), random.Random(seed)
        for _ in range(4):
            spoilt[draw.randrange(len(spoilt))] ^= 1 << draw.randrange(8)
        assert said_of(bytes(spoilt))
    greedy = io.BytesIO()
    with zipfile.ZipFile(greedy, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("manifest.json", b"{}")

    with pytest.raises(BadInput, match=r"manifest\.json is packed in a way"):
        verify_dossier(greedy.getvalue(), DossierTrust(Trust()))


def test_an_empty_root_or_key_is_not_the_file_s_own(bundle):
    with pytest.raises(BadInput, match="unreadable"):
        verify_dossier(bundle, DossierTrust(Trust(), b""))
    with pytest.raises(BadInput, match="not a log's verifier key"):
        verify_dossier(bundle, DossierTrust(Trust("")))
