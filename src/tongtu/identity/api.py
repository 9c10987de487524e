"""The door of identity: parties, sign-in, tokens, consents, vault, approvals."""

from tongtu.identity.flow.approval import (
    REASON_MAX,
    REASON_MIN,
    Proposal,
    approve,
    list_waiting,
    propose,
    reject,
    spend_approval,
)
from tongtu.identity.flow.command import CommandKey, once, once_in_steps
from tongtu.identity.flow.consent import (
    grant_consents,
    is_own_consent,
    list_consents,
    withdraw_consent,
)
from tongtu.identity.flow.demo_person import DemoPerson, new_demo_person
from tongtu.identity.flow.identify import find_profile, identify, is_identified
from tongtu.identity.flow.opening import open_merchant_party, open_person_party
from tongtu.identity.flow.sign_in import finish_sign_in, start_sign_in
from tongtu.identity.flow.tie import TIE_KINDS, check_untied, note_tie
from tongtu.identity.flow.token import (
    Doorkeeper,
    authorise,
    issue_token,
    open_staff,
    revoke,
    revoke_staff,
)
from tongtu.identity.flow.vault import platform, read_vault
from tongtu.identity.model import (
    LENDERS_MAX,
    STAFF,
    Approval,
    Caller,
    Challenge,
    CodeToSend,
    Consent,
    Grant,
    Profile,
    Role,
    Scope,
    Token,
    VaultKind,
    consent_bit,
)
from tongtu.identity.rules import (
    RESERVED_REGION,
    ResidentId,
    check_character,
    is_synthetic_phone,
    parse_name,
    parse_phone,
    parse_resident_id,
)
from tongtu.identity.store.party import adult_on

__all__ = [
    "LENDERS_MAX",
    "REASON_MAX",
    "REASON_MIN",
    "RESERVED_REGION",
    "STAFF",
    "TIE_KINDS",
    "Approval",
    "Caller",
    "Challenge",
    "CodeToSend",
    "CommandKey",
    "Consent",
    "DemoPerson",
    "Doorkeeper",
    "Grant",
    "Profile",
    "Proposal",
    "ResidentId",
    "Role",
    "Scope",
    "Token",
    "VaultKind",
    "adult_on",
    "approve",
    "authorise",
    "check_character",
    "check_untied",
    "consent_bit",
    "find_profile",
    "finish_sign_in",
    "grant_consents",
    "identify",
    "is_identified",
    "is_own_consent",
    "is_synthetic_phone",
    "issue_token",
    "list_consents",
    "list_waiting",
    "new_demo_person",
    "note_tie",
    "once",
    "once_in_steps",
    "open_merchant_party",
    "open_person_party",
    "open_staff",
    "parse_name",
    "parse_phone",
    "parse_resident_id",
    "platform",
    "propose",
    "read_vault",
    "reject",
    "revoke",
    "revoke_staff",
    "spend_approval",
    "start_sign_in",
    "withdraw_consent",
]
