"""What verification holds of a person: outcomes, never a picture or a template."""

from __future__ import annotations

from tongtu.runtime.api import Holding

_OWN = "t.cell = :cell and t.party = :party"
_KYC = ("kyc", "contract")

HELD = (
    Holding("verification.challenge", _OWN, "活体检测的随机动作", "Challenges of a face check",
            hidden=("hash",)),
    Holding("verification.resumption", _OWN, "转渠道办理的一次性码", "Codes to go on elsewhere",
            hidden=("hash",)),
    Holding(
        "verification.frame",
        "t.cell = :cell and t.identity_case in (select c.id from verification.identity_case c"
        " where c.cell = :cell and c.party = :party)",
        "已用过的画面指纹",
        "Hashes of pictures already used",
        hidden=("hash",),
    ),
    Holding("verification.element", _OWN, "各项核验的结果", "What each check found",
            duties=_KYC, hidden=("salt", "commitment")),
    Holding("verification.question", _OWN, "向核验机构的询问", "Questions to licensed verifiers",
            duties=_KYC),
    Holding("verification.standing", _OWN, "核验等级", "How far you are verified", duties=_KYC),
    Holding("verification.identity_case", _OWN, "身份核验的办理", "Cases of verification",
            duties=_KYC),
)  # fmt: skip
