"""The door of access: how somebody signs in, and what they may do then."""

from tongtu.access.flow.challenge import PasskeyRefused
from tongtu.access.flow.look import is_served_by, note_look, read_looks
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
from tongtu.access.rules.organisation import Kind, Organisation, read_organisations
from tongtu.access.rules.pace import Pace, Rate, address_key
from tongtu.access.rules.permission import Permission
from tongtu.access.store.permission import load_permissions, shipped_permissions

__all__ = [
    "HELD",
    "LABEL_MAX",
    "NUMBERED",
    "PASSKEYS_MAX",
    "SEALED",
    "Assertion",
    "Event",
    "Given",
    "Kind",
    "Look",
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
    "address_key",
    "branch_of",
    "check_fresh",
    "check_post",
    "choose_branch",
    "close_member",
    "device_name",
    "end_passkey",
    "end_sessions",
    "enrol",
    "enrolment_options",
    "find_by_login",
    "hand_out",
    "is_served_by",
    "list_events",
    "list_passkeys",
    "list_sessions",
    "load_organisations",
    "load_permissions",
    "move_member",
    "note_look",
    "open_house",
    "open_member",
    "place_member",
    "read_looks",
    "read_organisations",
    "send_step_up_code",
    "session_id",
    "shipped_permissions",
    "sign_in",
    "sign_in_by_code",
    "sign_in_options",
    "step_up",
    "step_up_by_code",
    "step_up_by_totp",
    "step_up_options",
]
