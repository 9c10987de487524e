"""What identity holds of a person; of the rest the vault ends last, by whose hashes others lie."""

from __future__ import annotations

from tongtu.identity.flow.correction import SEALED_WANTED
from tongtu.identity.flow.document import SEALED_DOCUMENTS
from tongtu.identity.flow.vault import SEALED_VALUES
from tongtu.runtime.api import End, Holding

_OWN = "t.cell = :cell and t.party = :party"
_BLIND = "t.cell = any(:cells) and t.{} = any(:blinds)"

HELD = (
    Holding(
        "identity.code",
        _BLIND.format("phone_blind"),
        "登录验证码的记录",
        "Records of one-time codes",
        hidden=("phone_blind", "code_hash"),
    ),
    Holding(
        "identity.handle",
        _BLIND.format("blind") + " and t.party = :party",
        "手机号与证件号到账户的索引",
        "The index from phone and resident id to the account",
        duties=("contract",),
        hidden=("blind",),
    ),
    Holding(
        "identity.token",
        "t.cell = :cell and t.subject = :party and t.role = 'borrower' and t.revoked_at is null",
        "登录凭证",
        "Sign-ins",
        duties=("contract",),
        end=End.BLANK,
        blank="revoked_at = coalesce(t.revoked_at, :at)",
        hidden=("hash", "revoked_xid"),
    ),
    Holding(
        "identity.document",
        _OWN + " and t.erased_at is null",
        "你上传的证明材料",
        "Documents you uploaded",
        end=End.BLANK,
        blank="sealed = null, salt = null, erased_at = :at",
        hidden=("salt", "commitment"),
        sealed=SEALED_DOCUMENTS,
        is_file=True,
    ),
    Holding(
        "identity.document_access",
        _OWN,
        "谁看过你的证明材料",
        "Who looked at your documents",
        duties=("kyc", "credit_agreement"),
    ),
    Holding(
        "identity.consent",
        _OWN,
        "你的授权与撤回",
        "Your consents and withdrawals",
        duties=("decision", "application", "automated_log", "credit_agreement", "contract"),
        hidden=("salt", "text_sha256"),
        beside="select to_jsonb(x) - 'sha256' from identity.consent_text x"
        " where x.sha256 = t.text_sha256",
    ),
    Holding(
        "identity.recipient_told",
        _OWN,
        "哪些出借人被告知你的信息已更正、删除或不再授权",
        "Which lenders were told that your data was put right, erased, or is theirs no more",
        duties=("privacy_request",),
    ),
    Holding(
        "identity.vault_access",
        _OWN,
        "谁看过你的身份信息",
        "Who looked at what names you",
        duties=("kyc", "credit_agreement", "contract"),
    ),
    Holding(
        "identity.correction",
        _OWN,
        "更正前后的内容",
        "What was put right, before and after",
        duties=("privacy_request",),
        hidden=("before",),
        sealed=SEALED_WANTED,
    ),
    Holding(
        "identity.vault",
        _OWN,
        "姓名、手机号、证件号、地址、银行卡",
        "Name, phone, resident id, address, card",
        duties=("kyc", "credit_agreement", "contract"),
        hidden=("blind",),
        sealed=SEALED_VALUES,
    ),
)
# Ends first, once no contract runs: nobody signs in or applies while the rest ends. The row stays
# as a number.
PARTY = Holding(
    "identity.party",
    "t.cell = :cell and t.id = :party and t.state = 'open'",
    "账户",
    "The account",
    duties=("contract",),
    end=End.BLANK,
    blank="state = 'erased', is_identified = false, adult_on = null, consent_mask = 0,"
    " links = null",
    hidden=("links",),
)
# What shows that a request was answered; ends by its own term.
ANSWERS = Holding(
    "identity.privacy_request",
    _OWN,
    "你的个人信息请求",
    "Your requests about your data",
    duties=("privacy_request",),
    end=End.BLANK,
    blank="reason = left(t.reason, 0)",
)
NUMBERED = {
    "identity.consent_text": "texts, each once for all who were shown it",
    "identity.privacy_item": "what a request came to: kinds and counts, no content",
    "identity.consent_use": "one row a batch of decisions: numbers of parties, with their bits",
    "identity.attempt": "keyed hashes of what was tried, one window each; ended after two days",
    "identity.approval": "proposals of staff about numbered things",
    "identity.staff": "staff, who are no applicants",
    "identity.staff_tie": "keyed hashes of whom a member of staff does not decide about",
}
