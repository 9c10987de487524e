"""What risk holds of a person."""

from __future__ import annotations

from tongtu.runtime.api import Holding

_OWN = "t.cell = :cell and t.party = :party"
_DECIDED = ("decision", "application", "automated_log")

HELD = (
    Holding("risk.background", _OWN, "名单与外部信息的摘要", "What lists and reports came to",
            duties=("contract",)),
    Holding("risk.outside_row", _OWN, "税务、社保、运营商返回的数值",
            "Figures of tax, insurance and operator"),
    Holding("risk.name_hit", _OWN, "姓名与名单相近的提示及人工结论",
            "Names near yours on a list, and what a person found", duties=("kyc",)),
    Holding("risk.bureau_query", _OWN, "征信查询的记录", "Queries of a credit bureau",
            duties=_DECIDED),
    Holding("risk.outside_query", _OWN, "外部信息查询的记录", "Queries of outside sources",
            duties=_DECIDED),
    Holding("risk.credit_share", _OWN, "经持牌机构提供给贷款机构的记录",
            "What was given to lenders through the licensed bureau", duties=_DECIDED),
    Holding("risk.list_hit", "t.cell = :cell and t.application = any(:applications)",
            "申请与名单相遇的记录", "Applications that met a list", duties=_DECIDED),
)  # fmt: skip
NUMBERED = {
    "risk.signal_batch": "one row a batch: keyed hashes and numbers of cases, for links of fraud",
    "risk.list_entry": "lists kept by two persons; a name is sealed, all else is a keyed hash",
    "risk.alarm": "alarms about models, rules and staff",
}
