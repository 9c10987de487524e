"""The door of access: how somebody signs in, and what they may do then."""

from tongtu.access.flow.appointment import (
    Appointed,
    Appointment,
    allow_post,
    needs_two,
    propose_post,
)
from tongtu.access.flow.challenge import PasskeyRefused
from tongtu.access.flow.delegation import (
    Wish,
    act_for,
    allow_delegation,
    check_second_person,
    end_delegation,
    list_delegations,
    propose_delegation,
)
from tongtu.access.flow.look import Glance, audit_looks, is_served_by, note_look, read_looks
from tongtu.access.flow.organisation import (
    branch_of,
    choose_branch,
    load_organisations,
    open_house,
    place_member,
)
from tongtu.access.flow.passkey import (
    end_passkey,
    enrol,
    enrolment_options,
    list_passkeys,
    sign_in,
    sign_in_options,
    step_up,
    step_up_options,
)
from tongtu.access.flow.person import disclose_person, show_person
from tongtu.access.flow.proof import Assertion, NewKey
from tongtu.access.flow.roster import (
    Post,
    check_post,
    close_member,
    find_by_login,
    move_member,
    open_member,
)
from tongtu.access.flow.session import (
    check_fresh,
    end_sessions,
    list_events,
    list_sessions,
    session_id,
    sign_in_by_code,
)
from tongtu.access.flow.staff import SEALED, Given, PasswordDoor, hand_out, step_up_by_totp
from tongtu.access.flow.step_up import send_step_up_code, step_up_by_code
from tongtu.access.model import (
    LABEL_MAX,
    PASSKEYS_MAX,
    Event,
    Look,
    Method,
    Passkey,
    RelyingParty,
    Session,
    SignedCaller,
)
from tongtu.access.personal import HELD, NUMBERED
from tongtu.access.rules.device import device_name
from tongtu.access.rules.masking import Masking, masked, read_masking
from tongtu.access.rules.organisation import Kind, Organisation, read_organisations
from tongtu.access.rules.pace import Pace, Rate, address_key
from tongtu.access.rules.permission import Permission
from tongtu.access.store.delegation import Delegation
from tongtu.access.store.look import KeptLook, LooksSought
from tongtu.access.store.masking import load_masking, shipped_masking
from tongtu.access.store.organisation import places_of
from tongtu.access.store.permission import load_permissions, shipped_permissions

__all__ = [
    "HELD",
    "LABEL_MAX",
    "NUMBERED",
    "PASSKEYS_MAX",
    "SEALED",
    "Appointed",
    "Appointment",
    "Assertion",
    "Delegation",
    "Event",
    "Given",
    "Glance",
    "KeptLook",
    "Kind",
    "Look",
    "LooksSought",
    "Masking",
    "Method",
    "NewKey",
    "Organisation",
    "Pace",
    "Passkey",
    "PasskeyRefused",
    "PasswordDoor",
    "Permission",
    "Post",
    "Rate",
    "RelyingParty",
    "Session",
    "SignedCaller",
    "Wish",
    "act_for",
    "address_key",
    "allow_delegation",
    "allow_post",
    "audit_looks",
    "branch_of",
    "check_fresh",
    "check_post",
    "check_second_person",
    "choose_branch",
    "close_member",
    "device_name",
    "disclose_person",
    "end_delegation",
    "end_passkey",
    "end_sessions",
    "enrol",
    "enrolment_options",
    "find_by_login",
    "hand_out",
    "is_served_by",
    "list_delegations",
    "list_events",
    "list_passkeys",
    "list_sessions",
    "load_masking",
    "load_organisations",
    "load_permissions",
    "masked",
    "move_member",
    "needs_two",
    "note_look",
    "open_house",
    "open_member",
    "place_member",
    "places_of",
    "propose_delegation",
    "propose_post",
    "read_looks",
    "read_masking",
    "read_organisations",
    "send_step_up_code",
    "session_id",
    "shipped_masking",
    "shipped_permissions",
    "show_person",
    "sign_in",
    "sign_in_by_code",
    "sign_in_options",
    "step_up",
    "step_up_by_code",
    "step_up_by_totp",
    "step_up_options",
]
