"""What may be said to a person, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

INBOX_MAX = 50

# Chinese first, English second: the reader of a code may read only one of them.
TEMPLATES: Mapping[str, str] = {
    "sign_in_code": (
        "【通途】验证码 {code}，5 分钟内有效，请勿告诉任何人。"
        " Your Tongtu code is {code}, valid for 5 minutes. Share it with nobody."
    ),
    "way_in_asked": (
        "【通途】有人申请更改您账户的手机号或身份证号，{on} 前不会生效。"
        "若非本人操作，请立即登录撤回。"
        " Somebody asked to change the phone or id of your Tongtu account; nothing changes before"
        " {on}. If it was not you, sign in now and take it back."
    ),
    "way_in_changed": (
        "【通途】您账户的手机号或身份证号已更改，所有登录已退出。若非本人操作，请立即联系我们。"
        " The phone or id of your Tongtu account was changed and every session ended. If it was not"
        " you, contact us at once."
    ),
    "agreement_signed": (
        "【通途】您的借款合同 {agreement} 已签署。 Your loan agreement {agreement} is signed."
    ),
    "paid_out": ("【通途】借款 {amount} 元已到账。 CNY {amount} has reached your account."),
    "contract_withdrawn": (
        "【通途】您已撤回借款合同 {agreement}。请于 {repay_by} 前归还 {amount} 元"
        "（含利息 {interest} 元），不收其他费用。"
        " You withdrew from loan agreement {agreement}. CNY {amount}, of it interest"
        " {interest}, go back by {repay_by}; nothing else is charged."
    ),
    "line_raise_offered": (
        "【通途】您的额度 {facility} 可提高至 {limit} 元，须您本人同意后生效，{until} 前有效；"
        "不同意则维持不变。"
        " Your line {facility} may rise to CNY {limit} if you agree by {until};"
        " otherwise it stays as it is."
    ),
    "line_change_announced": (
        "【通途】您的额度 {facility}：{change}，{on} 起生效。原因：{reason}。已支用部分不变。"
        "{until} 前可在页面要求人工复核。"
        " Your line {facility}: {change} from {on}. Reason: {reason}. What is drawn stays as"
        " it is. Until {until} you can ask on the page for a person to look at it."
    ),
    "line_resumed": (
        "【通途】您的额度 {facility} 已恢复支用。 You can draw on your line {facility} again."
    ),
    "line_ruled": (
        "【通途】您的额度 {facility} 经人工复核：{ruling}。"
        " A person looked at your line {facility}: {ruling}."
    ),
    "goods_offer": (
        "【通途】{item} 可分期，综合成本见商品页。{reason} 回复 T 关闭。"
        " {item} can be paid in instalments; the whole cost stands on its page. Reply T to stop."
        " {reason}"
    ),
    "product_news": (
        "【通途】{product}：利率和全部费用见页面。{reason} 回复 T 关闭。"
        " {product}: its rate and every cost stand on its page. Reply T to stop. {reason}"
    ),
    "overdue": (
        "【通途】您的借款 {loan} 有一期已到期未还，请登录查看。如有困难，可在页面上申请调整。"
        " An instalment of your loan {loan} is past due; please sign in. If times are hard, you can"
        " ask there for relief."
    ),
    "going_back": (
        "【通途】您的借款 {loan} 已结清，多付的 {amount} 元正退回您的付款账户。"
        " Your loan {loan} is paid off; the CNY {amount} paid beyond it are on their way back to"
        " the account they came from."
    ),
    "repayment_received": (
        "【通途】已收到还款 {amount} 元。 We received your repayment of CNY {amount}."
    ),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one person: to a party, or to a phone that is no party yet."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)
    party: int | None = None
    phone: str | None = None

    def __post_init__(self) -> None:
        if (self.party is None) == (self.phone is None):
            raise ValueError("a notice goes to a party or to a phone")


@dataclass(frozen=True, slots=True)
class Message:
    """A notice as its reader sees it; `code` when it carries a one-time code."""

    at: datetime
    text: str
    code: str | None
