"""Hostile requests: each is refused with a problem and a code, never with a 5xx, and changes
nothing. Applications are sent to the hot door and to its ordinary twin, with the same answer."""

import json
from dataclasses import dataclass

import pytest

from tongtu.partner.api import Owner

from .conftest import APPLICATION

APPLY = "/v1/applications"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
AS_PDF = (
    ("content-type", "application/pdf"),
    # A file's own name is never read, whatever it is.
    ("content-disposition", 'attachment; filename="../../etc/passwd.pdf.html"'),
)
OWN_A = "/v1/applications/{a.application}/documents"
OWN_B = "/v1/applications/{b.application}/documents"


@dataclass(frozen=True)
class Hostile:
    """One request and its refusal. `{a.…}` and `{b.…}` name what belongs to the two borrowers."""

    about: str
    method: str
    path: str
    status: int
    code: str
    body: object = None
    raw: bytes | None = None
    who: str = "a"
    key: str | None = "hostile-key"
    headers: tuple = ()

    def __str__(self):
        return f"{self.method} {self.path}: {self.about}"


def apply(about, code="bad_input", status=422, **given):
    """Return an application that is refused, with some top-level or `facts` fields changed."""
    facts = APPLICATION["facts"] | given.pop("facts", {})
    body = APPLICATION | {"facts": facts} | given.pop("change", {})
    if "raw" in given:
        body = None
    return Hostile(about, "POST", APPLY, status, code, body, **given)


def raw(old, new):
    """Return the application's bytes with a part replaced by what no JSON writer would write."""
    text = json.dumps(APPLICATION).encode()
    assert text.count(old) == 1, old
    return text.replace(old, new)


AMOUNT = b'"amount_minor": 3000000'
TYPES = [
    apply("amount as text", change={"amount_minor": "3000000"}),
    apply("amount with decimals", change={"amount_minor": 3000000.5}),
    apply("amount as a float that is whole", raw=raw(AMOUNT, b'"amount_minor": 3000000.0')),
    apply("amount with an exponent", raw=raw(AMOUNT, b'"amount_minor": 3e6')),
    apply("amount over-precise", raw=raw(AMOUNT, b'"amount_minor": 3000000.000000000001')),
    apply("amount negative", change={"amount_minor": -3_000_000}),
    apply("amount zero", change={"amount_minor": 0}),
    apply("amount above its bound", change={"amount_minor": 10**10 + 1}),
    apply("amount of 400 digits", raw=raw(AMOUNT, b'"amount_minor": ' + b"9" * 400)),
    apply("amount beyond int8", change={"amount_minor": 2**63}),
    apply("amount true", change={"amount_minor": True}),
    apply("amount null", change={"amount_minor": None}),
    apply("amount a list", change={"amount_minor": [3_000_000]}),
    apply("amount an object", change={"amount_minor": {"minor": 3_000_000}}),
    apply("amount in full-width digits", "bad_json",
          raw=raw(AMOUNT, '"amount_minor": ３０００'.encode())),
    apply("amount in Arabic-Indic digits", "bad_json",
          raw=raw(AMOUNT, '"amount_minor": ٣٠٠٠'.encode())),
    apply("amount in Devanagari digits", "bad_json",
          raw=raw(AMOUNT, '"amount_minor": ३०००'.encode())),
    apply("amount NaN", "bad_json", raw=raw(AMOUNT, b'"amount_minor": NaN')),
    apply("amount Infinity", "bad_json", raw=raw(AMOUNT, b'"amount_minor": Infinity')),
    apply("amount hexadecimal", raw=raw(AMOUNT, b'"amount_minor": 0x1F')),
    apply("amount with a leading zero", "bad_json", raw=raw(AMOUNT, b'"amount_minor": 0300')),
    apply("tenor zero", change={"tenor_months": 0}),
    apply("tenor of a hundred years", change={"tenor_months": 1_200}),
    apply("income negative", facts={"income_minor": -1}),
    apply("income of a billionaire", facts={"income_minor": 10**12}),
    apply("seniority of 200 years", facts={"seniority_years": 200}),
    apply("home of an unknown kind", facts={"home": "castle"}),
    apply("home empty", facts={"home": ""}),
    apply("records as a number", facts={"records": 1}),
    apply("records as text", facts={"records": "false"}),
    apply("facts missing", change={"facts": {}}),
    apply("facts null", change={"facts": None}),
    apply("facts a list", change={"facts": []}),
    apply("product with SQL in it", change={"product": "x'; drop table ledger.account; --"}),
    apply("product with a path in it", change={"product": "../../etc/passwd"}),
    apply("product nobody offers", "no_such_product", 404, change={"product": "gold_bars"}),
    apply("purpose of 10,000 letters", change={"purpose": "a" * 10_000}),
    apply("device with a line feed", change={"device": "a\nb"}),
    apply("device with a NUL", change={"device": "a\x00b"}),
    apply("device with markup", change={"device": "<script>alert(1)</script>"}),
    apply("device empty", change={"device": ""}),
]  # fmt: skip
SHAPES = [
    apply("an unknown field", change={"discount": 1}),
    apply("an unknown fact: age", facts={"age": 30}),
    apply("a field named __proto__", raw=raw(AMOUNT, AMOUNT + b', "__proto__": {}')),
    apply("a caller's own decision", change={"outcome": "offers"}),
    apply("amount twice", "duplicate_field", raw=raw(AMOUNT, AMOUNT + b', "amount_minor": 1')),
    apply("amount twice, once escaped", "duplicate_field",
          raw=raw(AMOUNT, AMOUNT + b', "amount\\u005fminor": 1')),
    apply("a fact twice", "duplicate_field",
          raw=raw(b'"home": "owner"', b'"home": "rent", "home": "owner"')),
    apply("no body", "bad_json", raw=b" "),
    apply("half a body", "bad_json", raw=json.dumps(APPLICATION).encode()[:-20]),
    apply("two bodies", "bad_json", raw=json.dumps(APPLICATION).encode() * 2),
    apply("a list of applications", change={}, raw=b"[%s]" % json.dumps(APPLICATION).encode()),
    apply("a bare number", raw=b"7"),
    apply("UTF-8 cut in half", "bad_json", raw=raw(b'"device-1"', b'"\xe9\x87"')),
    apply("UTF-16", "bad_json", raw=json.dumps(APPLICATION).encode("utf-16")),
    apply("a byte order mark", "bad_json", raw=b"\xef\xbb\xbf" + json.dumps(APPLICATION).encode()),
    apply("half a surrogate pair", "bad_json", raw=raw(b'"device-1"', b'"\\ud800"')),
    apply("60,000 open brackets", raw=b"[" * 60_000),
    apply("12,000 nested objects in facts", raw=raw(b'"records": false', b'"records": '
          + b'{"a":' * 8_000 + b"1" + b"}" * 8_000)),
    apply("a body of 1 MB", "too_large", 413, raw=b'{"product": "' + b"a" * 2**20 + b'"}'),
    apply("form fields", "unsupported_media_type", 415, raw=b"amount_minor=1",
          headers=(("content-type", "application/x-www-form-urlencoded"),)),
    apply("multipart", "unsupported_media_type", 415, raw=b"--a--",
          headers=(("content-type", "multipart/form-data; boundary=a"),)),
    apply("XML", "unsupported_media_type", 415, raw=b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///'>]>",
          headers=(("content-type", "application/xml"),)),
    apply("JSON in another charset", "unsupported_media_type", 415,
          headers=(("content-type", "application/json; charset=gbk"),)),
]  # fmt: skip
HEADERS = [
    apply("nobody's token", "not_signed_in", 401, who="nobody"),
    apply("a token of the right form", "not_signed_in", 401, who="b" * 43),
    apply("a token of 10,000 letters", "not_signed_in", 401, who="b" * 10_000),
    apply("a token in another script", "not_signed_in", 401,
          headers=(("authorization", b"Bearer " + "令牌".encode() * 8),)),
    apply("a password instead of a token", "not_signed_in", 401,
          headers=(("authorization", "Basic YTpi"),)),
    apply("two tokens", "duplicate_header", who="a",
          headers=(("authorization", "Bearer a"), ("authorization", "Bearer b"))),
    apply("an operator's token", "not_allowed", 403, who="operator"),
    apply("a lender's token", "not_allowed", 403, who="lender"),
    apply("no key", "bad_key", key=None),
    apply("a key of 7 letters", "bad_key", key="1234567"),
    apply("a key of 65 letters", "bad_key", key="k" * 65),
    apply("a key with spaces", "bad_key", key="my own key"),
    apply("a key with SQL", "bad_key", key="x'||pg_sleep(9)--"),
    apply("two keys", "duplicate_header",
          headers=(("idempotency-key", "hostile-1"), ("idempotency-key", "hostile-2"))),
]  # fmt: skip
FOREIGN = [
    Hostile("another's application", "GET", APPLY + "/{b.application}", 404, "not_found"),
    Hostile("advice on another's application", "GET", APPLY + "/{b.application}/advice", 404,
            "not_found"),
    Hostile("a model whose hash holds a NUL", "POST", "/v1/models/a%00b/moves", 404, "not_found",
            {"to": "shadow", "why": "as tried"}, who="operator"),
    Hostile("a model nobody knows", "POST", "/v1/models/" + "0" * 64 + "/moves", 404, "not_found",
            {"to": "shadow", "why": "as tried"}, who="operator"),
    Hostile("a reason that holds a NUL", "POST", "/v1/operations/models/stop", 422, "bad_input",
            {"why": "it \0 drifts"}, who="operator"),
    Hostile("a bank's message whose name holds a NUL", "POST",
            "/v1/operations/bank-messages/event%00broken/retry", 404, "not_found", who="operator"),
    Hostile("a bank's message of 65 letters", "POST",
            "/v1/operations/bank-messages/" + "a" * 65 + "/retry", 404, "not_found",
            who="operator"),
    Hostile("a verdict that holds a NUL", "POST", "/v1/operations/payments/{b.payment}/verdict",
            422, "bad_input", {"has_moved": True, "reason": "it \0 moved"}, who="operator"),
    Hostile("a break closed with a NUL", "POST", "/v1/operations/breaks/{b.payment}/closing", 422,
            "bad_input", {"reason": "it \0 is"}, who="operator"),
    Hostile("a refusal that holds a NUL", "POST",
            "/v1/operations/proposals/av_0000000000000/refusal", 422, "bad_input",
            {"reason": "it \0 is"}, who="operator"),
    Hostile("a model file outside its folder", "POST", "/v1/models", 422, "bad_input",
            {"hash": "../../etc/passwd"}, who="operator"),
    Hostile("rules outside their folder", "POST", "/v1/rules", 422, "bad_input",
            {"files": {"../lenders.toml": ""}, "why": "as tried"}, who="operator"),
    Hostile("rules that are no table", "POST", "/v1/rules", 422, "golden_cases_failed",
            {"files": {"application_rules.json": "[]"}, "why": "as tried"}, who="operator"),
    Hostile("a listed value that holds a NUL", "POST", "/v1/lists/entries", 422, "bad_input",
            {"list": "deny", "kind": "device", "value": "a\0b", "days": 9, "why": "as tried"},
            who="operator"),
    Hostile("rules nobody knows", "POST", "/v1/rules/" + "0" * 64 + "/shadow", 404, "not_found",
            who="operator"),
    Hostile("accept another's offers", "POST", APPLY + "/{b.application}/acceptance", 404,
            "not_found", {"offer": 1}),
    Hostile("review of another's case", "POST", APPLY + "/{b.application}/review", 404, "not_found"),
    Hostile("a contact about no loan", "POST", "/v1/loans/ln_0000000000000/contacts", 404,
            "not_found", {"channel": "call"}, who="operator"),
    Hostile("a contact by pigeon", "POST", "/v1/loans/{b.loan}/contacts", 422, "bad_input",
            {"channel": "pigeon"}, who="operator"),
    Hostile("another's letters", "GET", APPLY + "/{b.application}/letters", 404, "not_found"),
    Hostile("another's letters on paper", "GET", APPLY + "/{b.application}/letters/document", 404,
            "not_found"),
    Hostile("letters of what was not declined", "GET", APPLY + "/{a.application}/letters", 409,
            "not_declined"),
    Hostile("another's cost table", "GET", "/v1/offers/{b.offer}/cost-table", 404, "not_found"),
    Hostile("confirm another's cost table", "POST", "/v1/offers/{b.offer}/cost-table/confirmation",
            404, "not_found"),
    Hostile("acknowledge another's clauses", "POST",
            "/v1/offers/{b.offer}/clauses/acknowledgement", 404, "not_found",
            {"clauses": [{"clause": "cost", "sha256": "0" * 64}]}),
    Hostile("make another's agreement", "POST", "/v1/offers/{b.offer}/agreement", 404, "not_found"),
    Hostile("another's agreement", "GET", "/v1/agreements/{b.agreement}", 404, "not_found"),
    Hostile("another's paper", "GET", "/v1/agreements/{b.agreement}/document", 404, "not_found"),
    Hostile("sign for another", "POST", "/v1/agreements/{b.agreement}/signature", 404, "not_found",
            {"sha256": "0" * 64}),
    Hostile("another's loan", "GET", "/v1/loans/{b.loan}", 404, "not_found"),
    Hostile("another's statement", "GET", "/v1/loans/{b.loan}/statement", 404, "not_found"),
    Hostile("another's statement on paper", "GET", "/v1/loans/{b.loan}/statement/file", 404,
            "not_found"),
    Hostile("another's payoff", "GET", "/v1/loans/{b.loan}/payoff", 404, "not_found"),
    Hostile("repay another's loan", "POST", "/v1/loans/{b.loan}/repayments", 404, "not_found",
            {"amount_minor": 100}),
    Hostile("withdraw another's consent", "DELETE", "/v1/me/consents/{b.consent}", 404, "not_found"),
    Hostile("proof of another's decision", "GET", "/v1/evidence/proofs/decision/{b.decision}", 404,
            "not_found"),
    Hostile("proof of another's agreement", "GET", "/v1/evidence/proofs/agreement/{b.agreement}",
            404, "not_found"),
    Hostile("proof of another's costs", "GET", "/v1/evidence/proofs/disclosure/{b.offer}", 404,
            "not_found"),
    Hostile("proof of another's loan", "GET", "/v1/evidence/proofs/loan_event/{b.loan}", 404,
            "not_found"),
    Hostile("proof of another's consent", "GET", "/v1/evidence/proofs/consent/{b.consent}", 404,
            "not_found"),
    Hostile("another's payment", "GET", "/v1/payments/{b.payment}", 404, "not_found"),
    Hostile("revoke a mandate nobody gave", "DELETE", "/v1/me/mandates/md_0000000000000", 404,
            "not_found"),
    Hostile("a loan's id as a mandate", "DELETE", "/v1/me/mandates/{a.loan}", 404, "not_found"),
    Hostile("another lender's file", "GET", "/v1/settlements/2026-11-24/2/file", 404, "not_found",
            who="lender"),
    Hostile("the file of a lender beyond int2", "GET", "/v1/settlements/2026-11-24/99999/file", 404,
            "not_found", who="operator"),
    Hostile("an offer's id as a loan", "GET", "/v1/loans/{a.offer}", 404, "not_found"),
    Hostile("a loan's id as an application", "GET", APPLY + "/{a.loan}", 404, "not_found"),
    Hostile("an inside id", "GET", "/v1/loans/1", 404, "not_found"),
    Hostile("an id in capitals", "GET", "/v1/loans/LN_0000000000000", 404, "not_found"),
    Hostile("an id with a quote", "GET", "/v1/loans/ln_00000000000'0", 404, "not_found"),
    Hostile("an id with a NUL", "GET", "/v1/loans/ln_000000000000%00", 404, "not_found"),
    Hostile("a path out of the folder", "GET", "/..%2f..%2fetc/passwd", 404, "not_found"),
    Hostile("a file beside the build", "GET", "/assets/../app.py", 404, "not_found"),
    Hostile("a kind of proof nobody has", "GET", "/v1/evidence/proofs/token/{a.loan}", 404,
            "not_found"),
]  # fmt: skip
SANDBOX = [
    Hostile("a sandbox key in another script", "POST", "/v1/sandbox/applications", 401,
            "not_signed_in", APPLICATION,
            headers=(("authorization", "Bearer tsk_é".encode("latin-1")),)),
    Hostile("a sandbox key of half a letter", "POST", "/v1/sandbox/applications", 401,
            "not_signed_in", APPLICATION, headers=(("authorization", b"Bearer tsk_1_\xe9\x87"),)),
    Hostile("a sandbox application in another script", "GET",
            "/v1/sandbox/applications/sandbox_1_é", 404, "not_found", who="sandbox"),
    Hostile("a sandbox application of half a letter", "GET",
            "/v1/sandbox/applications/sandbox_1_%E9%87", 404, "not_found", who="sandbox"),
]  # fmt: skip
STATES = [
    Hostile("accept twice", "POST", APPLY + "/{a.application}/acceptance", 409, "already_accepted",
            {"offer": 1}),
    Hostile("accept offer 0", "POST", APPLY + "/{a.application}/acceptance", 422, "bad_input",
            {"offer": 0}),
    Hostile("accept offer -1", "POST", APPLY + "/{a.application}/acceptance", 422, "bad_input",
            {"offer": -1}),
    Hostile("sign twice under a new key", "POST", "/v1/agreements/{a.agreement}/signature", 409,
            "wrong_step", {"sha256": "{a.sha256}"}),
    Hostile("acknowledge other words", "POST", "/v1/offers/{a.offer}/clauses/acknowledgement", 409,
            "clause_changed", {"clauses": [{"clause": "cost", "sha256": "0" * 64}]}),
    Hostile("acknowledge a clause nobody has", "POST",
            "/v1/offers/{a.offer}/clauses/acknowledgement", 422, "bad_input",
            {"clauses": [{"clause": "soul", "sha256": "0" * 64}]}),
    Hostile("acknowledge nothing", "POST", "/v1/offers/{a.offer}/clauses/acknowledgement", 422,
            "bad_input", {"clauses": []}),
    Hostile("sign another paper", "POST", "/v1/agreements/{a.agreement}/signature", 409,
            "other_paper", {"sha256": "0" * 64}),
    Hostile("sign a hash in capitals", "POST", "/v1/agreements/{a.agreement}/signature", 422,
            "bad_input", {"sha256": "A" * 64}),
    Hostile("ask for a person after offers", "POST", APPLY + "/{a.application}/review", 409,
            "wrong_step"),
    Hostile("repay nothing", "POST", "/v1/loans/{a.loan}/repayments", 422, "bad_input",
            {"amount_minor": 0}),
    Hostile("repay less than nothing", "POST", "/v1/loans/{a.loan}/repayments", 422, "bad_input",
            {"amount_minor": -10_000}),
    Hostile("repay a fraction of a fen", "POST", "/v1/loans/{a.loan}/repayments", 422, "bad_input",
            {"amount_minor": 0.01}),
    Hostile("repay more than is owed", "POST", "/v1/loans/{a.loan}/repayments", 422,
            "more_than_owed", {"amount_minor": 10**9}),
    Hostile("identify as somebody else", "PUT", "/v1/me/identity", 409, "already_identified",
            {"name": "王大明", "resident_id": "99999919900101001" + "6"}),
    Hostile("identify with a made-up id", "PUT", "/v1/me/identity", 422, "bad_resident_id",
            {"name": "王大明", "resident_id": "110105194912310021"}),
    Hostile("a name with markup", "PUT", "/v1/me/identity", 422, "bad_name",
            {"name": "<b>王</b>", "resident_id": "11010519491231002X"}),
    Hostile("consent to no lender", "POST", "/v1/me/consents", 422, "bad_consents",
            {"grants": [{"scope": "share_lender"}], "version": "2026.08"}),
    Hostile("consent to an unknown lender", "POST", "/v1/me/consents", 422, "bad_consents",
            {"grants": [{"scope": "share_lender", "recipient": "mafia"}], "version": "2026.08"}),
    Hostile("consent to old texts", "POST", "/v1/me/consents", 409, "stale_texts",
            {"grants": [{"scope": "marketing"}], "version": "2020.01"}),
    Hostile("the same consent twice", "POST", "/v1/me/consents", 422, "bad_consents",
            {"grants": [{"scope": "marketing"}] * 2, "version": "2026.08"}),
    Hostile("49 consents", "POST", "/v1/me/consents", 422, "bad_input",
            {"grants": [{"scope": "marketing"}] * 49, "version": "2026.08"}),
    Hostile("a code for no phone", "POST", "/v1/sign-in/codes", 422, "bad_phone",
            {"phone": "00000000000"}),
    Hostile("a code for a phone in full-width digits", "POST", "/v1/sign-in/codes", 422,
            "bad_phone", {"phone": "１３９１２３４５６７８"}),
    Hostile("a made-up challenge", "POST", "/v1/sign-in", 401, "code_refused",
            {"challenge": "ch_" + "A" * 60, "code": "123456"}),
    Hostile("a code in another script", "POST", "/v1/sign-in", 422, "bad_input",
            {"challenge": "ch_" + "A" * 60, "code": "１２３４５６"}),
    Hostile("a quote for nothing", "POST", "/v1/quotes", 422, "bad_input",
            {"amount_minor": 0, "tenor_months": 12, "product": "consumer_cash"}),
    Hostile("a quote below the product's range", "POST", "/v1/quotes", 422, "amount_out_of_range",
            {"amount_minor": 1, "tenor_months": 12, "product": "consumer_cash"}),
    Hostile("a quote for a term nobody offers", "POST", "/v1/quotes", 422, "tenor_not_offered",
            {"amount_minor": 3_000_000, "tenor_months": 119, "product": "consumer_cash"}),
    Hostile("a day-end by a borrower", "POST", "/v1/operations/day-ends", 403, "not_allowed",
            {"through": "2026-11-24"}),
    Hostile("a day that does not exist", "POST", "/v1/operations/day-ends", 422, "bad_input",
            {"through": "2026-02-30"}, who="operator"),
    Hostile("a day as a number", "POST", "/v1/operations/day-ends", 422, "bad_input",
            {"through": 20261124}, who="operator"),
    Hostile("days of a hundred years", "POST", "/v1/operations/day-ends", 422, "bad_input",
            {"through": "2126-11-24"}, who="operator"),
    Hostile("a break closed without a reason", "POST",
            "/v1/operations/breaks/br_0000000000000/closing", 422, "bad_input", {"reason": ""},
            who="operator"),
    Hostile("a break that is none", "POST", "/v1/operations/breaks/br_0000000000000/closing", 404,
            "not_found", {"reason": "a fee of the bank"}, who="operator"),
    Hostile("a break closed by a clerk", "POST", "/v1/operations/breaks/br_0000000000000/closing",
            403, "not_allowed", {"reason": "a fee of the bank"}, who="clerk"),
    Hostile("a break entered anew that is none", "POST",
            "/v1/operations/breaks/br_0000000000000/entry", 404, "not_found", who="operator"),
    Hostile("days that do not count, wished by the borrower", "POST",
            "/v1/loans/{a.loan}/overdue-pauses", 403, "not_allowed",
            {"first_on": "2026-11-24", "last_on": "2026-11-30", "reason": "illness"}),
    Hostile("days that do not count for ever", "POST", "/v1/loans/{a.loan}/overdue-pauses", 422,
            "bad_pause", {"first_on": "2026-11-24", "last_on": "9999-12-31", "reason": "illness"},
            who="clerk"),
    Hostile("days that do not count for a reason in words", "POST",
            "/v1/loans/{a.loan}/overdue-pauses", 422, "bad_input",
            {"first_on": "2026-11-24", "last_on": "2026-11-30", "reason": "their mother is ill"},
            who="clerk"),
    Hostile("a second payout of a paid case", "POST", "/v1/operations/second-payouts", 409,
            "wrong_step", {"application": "{a.application}"}, who="operator"),
    Hostile("a second payout of nothing", "POST", "/v1/operations/second-payouts", 404,
            "not_found", {"application": "ap_0000000000000"}, who="operator"),
    Hostile("a second payout by the borrower", "POST", "/v1/operations/second-payouts", 403,
            "not_allowed", {"application": "{a.application}"}),
    Hostile("an approval that is none", "POST",
            "/v1/operations/second-payouts/av_0000000000000/approval", 404, "not_found",
            who="operator"),
    Hostile("a change of a loan by its borrower", "POST", "/v1/loans/{a.loan}/changes", 403,
            "not_allowed", {"kind": "write_off"}),
    Hostile("a change that changes nothing", "POST", "/v1/loans/{a.loan}/changes", 422,
            "bad_input", {"kind": "reschedule"}, who="clerk"),
    Hostile("a kind of change nobody has", "POST", "/v1/loans/{a.loan}/changes", 422,
            "bad_input", {"kind": "forgive"}, who="clerk"),
    Hostile("a rate above the signed one", "POST", "/v1/loans/{a.loan}/changes", 422,
            "rate_above_signed", {"kind": "rate_change", "rate_bps": 9_999}, who="clerk"),
    Hostile("an undo of what never happened", "POST", "/v1/loans/{a.loan}/changes", 422,
            "no_such_event", {"kind": "undo", "seq": 77}, who="clerk"),
    Hostile("a refund of what nobody paid", "POST", "/v1/loans/{a.loan}/changes", 422,
            "more_than_owed_back", {"kind": "refund_of_balance", "amount_minor": 1}, who="clerk"),
    Hostile("a change of no loan", "POST", "/v1/loans/ln_0000000000000/changes", 404,
            "not_found", {"kind": "write_off"}, who="clerk"),
    Hostile("a change that nobody proposed", "POST",
            "/v1/operations/loan-changes/av_0000000000000/approval", 404, "not_found",
            who="operator"),
    Hostile("a change allowed by a clerk", "POST",
            "/v1/operations/loan-changes/av_0000000000000/approval", 403, "not_allowed",
            who="clerk"),
    Hostile("relief on another's loan", "POST", "/v1/loans/{b.loan}/relief", 404, "not_found",
            {"rest_instalments": 2, "reason": "illness"}),
    Hostile("relief for ever", "POST", "/v1/loans/{a.loan}/relief", 422, "bad_input",
            {"rest_instalments": 99, "reason": "illness"}),
    Hostile("a refusal of no wish", "POST", "/v1/loans/{a.loan}/relief/refusal", 404,
            "not_found", who="operator"),
    Hostile("a settlement of the open day", "POST", "/v1/operations/settlements", 409, "day_open",
            {"day": "2026-11-24"}, who="operator"),
    Hostile("an answer to a file nobody sent", "POST", "/v1/settlements/2026-11-23/answer", 404,
            "not_found", {"sha256": "0" * 64, "is_right": True}, who="lender"),
    Hostile("an answer without a word", "POST", "/v1/settlements/2026-11-23/answer", 422,
            "bad_input", {"sha256": "0" * 64}, who="lender"),
    Hostile("a settlement of a day that is none", "GET", "/v1/settlements/2026-02-30", 404,
            "not_found", who="operator"),
    Hostile("statements where no bank is", "POST", "/v1/operations/reconciliations", 503,
            "not_ready", {"day": "2026-11-24"}, who="operator"),
    Hostile("payments of a state that is none", "GET", "/v1/operations/payments?state=gone", 422,
            "bad_input", who="operator"),
    Hostile("a signature that is no yes or no", "POST", "/v1/agreements/{a.agreement}/signature",
            422, "bad_input", {"sha256": "{a.sha256}", "direct_debit": 1}),
    Hostile("a document for another's case", "POST", OWN_B + "/income_proof", 404, "not_found",
            raw=PDF, headers=AS_PDF),
    Hostile("a document for no case", "POST",
            "/v1/applications/ap_0000000000000/documents/income_proof", 404, "not_found",
            raw=PDF, headers=AS_PDF),
    Hostile("a document nobody waits for", "POST", OWN_A + "/income_proof", 409, "wrong_step",
            raw=PDF, headers=AS_PDF),
    Hostile("a document without a key", "POST", OWN_A + "/income_proof", 422, "bad_key",
            raw=PDF, headers=AS_PDF, key=None),
    Hostile("a document by a clerk", "POST", OWN_A + "/income_proof", 403, "not_allowed",
            raw=PDF, headers=AS_PDF, who="clerk"),
    Hostile("a document by nobody", "POST", OWN_A + "/income_proof", 401, "not_signed_in",
            raw=PDF, headers=AS_PDF, who="nobody"),
    Hostile("a document of nothing that nobody waits for", "POST", OWN_A + "/income_proof", 409,
            "wrong_step", raw=b"", headers=AS_PDF),
    Hostile("a PDF that takes a second to read, and nobody waits for", "POST",
            OWN_A + "/income_proof", 409, "wrong_step", raw=b"%PDF-1.7\n" + b"#41" * 1_000_000,
            headers=AS_PDF),
    Hostile("a document whose name is a path", "POST", OWN_A + "/..%2f..%2fetc%2fpasswd", 404,
            "not_found", raw=PDF, headers=AS_PDF),
    Hostile("a look at a document of no case of one's own", "GET",
            "/v1/reviews/{b.application}/documents/dt_0000000000000", 403, "not_your_case",
            who="clerk"),
    Hostile("a look at one's own document", "GET",
            "/v1/reviews/{a.application}/documents/dt_0000000000000", 403, "not_allowed"),
    Hostile("another's documents", "GET", OWN_B, 404, "not_found"),
    Hostile("a case that waits for no documents taken over", "POST",
            "/v1/reviews/{b.application}/clerk", 409, "wrong_step", who="clerk"),
    Hostile("a page of 0", "GET", APPLY + "?limit=0", 422, "bad_input"),
    Hostile("a page of a million", "GET", APPLY + "?limit=1000000", 422, "bad_input"),
    Hostile("a page of ３", "GET", APPLY + "?limit=３", 422, "bad_input"),
    Hostile("a page after nonsense", "GET", "/v1/loans?after=x", 422, "bad_input"),
    Hostile("another method", "PATCH", "/v1/me", 405, "method_not_allowed"),
    Hostile("an address nobody knows", "POST", "/v1/admin", 404, "not_found"),
    Hostile("the live page for a borrower", "GET", "/v1/insight/live", 403, "not_allowed"),
]  # fmt: skip
# What a wrong code or a question for one may change: tries are counted.
COUNTED = {"identity.code", "identity.attempt", "identity.vault_access"}


def _filled(world, value):
    if isinstance(value, str):
        for name, who in (("a", world.a), ("b", world.b)):
            for field in vars(who):
                value = value.replace(f"{{{name}.{field}}}", getattr(who, field))
        return value
    if isinstance(value, dict):
        return {key: _filled(world, each) for key, each in value.items()}
    return value


def _sandbox(world):
    ends_s = int(world.parts.runtime.clock.now().timestamp()) + 60
    return world.parts.sandbox.key_of(Owner("lender", 8), ends_s)


def _send(world, hostile, door):
    tokens = {"a": world.a.token, "nobody": None, "sandbox": _sandbox(world), **world.staff}
    given = {"headers": hostile.headers}
    if hostile.raw is not None:
        given["content"] = hostile.raw
    elif hostile.body is not None:
        given["json"] = _filled(world, hostile.body)
    return world.send(
        hostile.method,
        _filled(world, hostile.path),
        token=tokens.get(hostile.who, hostile.who),
        key=hostile.key,
        door=door,
        **given,
    )


def _check(answer, hostile):
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["code"]) == (hostile.status, hostile.code), problem
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["type"] == f"urn:tongtu:problem:{hostile.code}"


@pytest.fixture
def unchanged(world):
    """Tell whether every table is as it was; the state before is the last one looked at."""

    def look():
        return {name: each for name, each in world.tables().items() if name not in COUNTED}

    if world.settled is None:
        world.settled = look()

    def is_unchanged():
        before, world.settled = world.settled, look()
        return world.settled == before

    return is_unchanged


@pytest.mark.parametrize("hostile", TYPES + SHAPES + HEADERS, ids=str)
def test_a_hostile_application_is_refused_alike_at_both_doors(world, unchanged, hostile):
    answers = [_send(world, hostile, door) for door in ("hot", "ordinary")]

    for answer in answers:
        _check(answer, hostile)
    told = [{**answer.json(), "request_id": ""} for answer in answers]
    assert told[0] == told[1]
    assert unchanged()


@pytest.mark.parametrize("hostile", FOREIGN + SANDBOX + STATES, ids=str)
def test_a_hostile_request_is_refused_and_changes_nothing(world, unchanged, hostile):
    answer = _send(world, hostile, "hot")

    _check(answer, hostile)
    assert unchanged()


def test_the_table_is_long_and_names_each_request_once():
    table = [str(each) for each in TYPES + SHAPES + HEADERS + FOREIGN + SANDBOX + STATES]

    assert len(table) == len(set(table)) >= 130


def test_the_untouched_application_is_taken_by_both_doors_and_replays_answer_alike(world):
    """What the table changes would have been taken: else the refusals above prove little."""
    world.settled = None
    sent = [
        world.send("POST", APPLY, token=world.b.token, key="untouched-1", json=APPLICATION,
                   door=door)
        for door in ("hot", "ordinary", "hot")
    ]  # fmt: skip

    assert [answer.status_code for answer in sent] == [201, 201, 201]
    assert len({answer.content for answer in sent}) == 1
    before = world.tables()
    other = APPLICATION | {"amount_minor": 2_000_000}
    for door in ("hot", "ordinary"):
        answer = world.send(
            "POST", APPLY, token=world.b.token, key="untouched-1", json=other, door=door
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")
    assert world.tables() == before


def test_the_same_key_on_another_address_is_no_replay(world):
    """A repayment's key used for another loan, or an acceptance's for another application."""
    world.settled = None
    key = "one-key-two-addresses"
    path = f"/v1/loans/{world.b.loan}/repayments"
    first = world.send("POST", path, token=world.b.token, key=key, json={"amount_minor": 5_000})
    again = world.send("POST", path, token=world.b.token, key=key, json={"amount_minor": 5_000})
    before = world.tables()

    other = world.send("POST", path, token=world.b.token, key=key, json={"amount_minor": 5_001})
    elsewhere = world.send(
        "POST", f"/v1/loans/{world.a.loan}/repayments", token=world.b.token, key=key,
        json={"amount_minor": 5_000},
    )  # fmt: skip

    assert (first.status_code, again.json()) == (201, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert elsewhere.status_code in (404, 409)
    assert world.tables() == before
