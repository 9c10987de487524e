"""What access holds of a person."""

from __future__ import annotations

from tongtu.runtime.api import Holding

_RUNNING = ("contract",)

HELD = (
    Holding(
        "access.passkey",
        "t.cell = :cell and t.owner = :party and t.role = 'borrower'",
        "通行密钥的公钥",
        "Public keys of your passkeys",
        duties=_RUNNING,
        hidden=("credential", "public_key"),
    ),
    Holding(
        "access.session",
        "t.cell = :cell and t.subject = :party and t.role = 'borrower'",
        "登录记录与设备名",
        "Sign-ins and names of devices",
        duties=_RUNNING,
        hidden=("token_hash",),
    ),
    Holding(
        "access.event",
        "t.cell = :cell and t.subject = :party",
        "账户安全事件",
        "Events of the account's safety",
        duties=_RUNNING,
    ),
    Holding(
        "access.served_by",
        "t.cell = :cell and t.party = :party",
        "你选的网点",
        "The branch you chose",
        duties=_RUNNING,
    ),
    Holding(
        "access.look",
        "t.cell = :cell and t.party = :party",
        "工作人员查看你信息的记录",
        "Looks of staff at your data",
        duties=("kyc", "credit_agreement", "contract"),
    ),
)
NUMBERED = {
    "access.used_challenge": "hashes of challenges, dead after minutes",
    "access.staff_login": "staff, who are no applicants",
    "access.member": "staff, who are no applicants",
    "access.delegation": "staff, who are no applicants",
    "access.organisation": "organisations",
}
