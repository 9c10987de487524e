"""Stand-ins for the outside world come up in demo mode only, and the rail is always named."""

from dataclasses import replace

import pytest

from tongtu.kernel.errors import Broken
from tongtu.main.refusal import check_start, rail_name
from tongtu.runtime.api import Settings, is_fine

DEMO = replace(Settings(), demo=True)
REAL = replace(Settings(), bank_url="https://rail.example:8443/iso")


def test_the_simulator_carries_money_in_demo_mode_only():
    assert rail_name(DEMO) == "simulator"

    with pytest.raises(Broken, match="set TONGTU_BANK_URL"):
        check_start(Settings())


def test_a_rail_is_named_by_its_host_without_port_or_password():
    assert rail_name(REAL) == "rail.example"
    assert rail_name(replace(DEMO, bank_url="http://user:word@[::1]:9/x")) == "::1"


@pytest.mark.parametrize("url", ["rail.example", "ftp://rail.example", "https://", "http://[::1"])
def test_what_is_no_address_is_refused_in_every_mode(url):
    for settings in (Settings(), DEMO):
        with pytest.raises(Broken, match="TONGTU_BANK_URL is not an address"):
            check_start(replace(settings, bank_url=url))


def test_a_check_is_in_order_when_it_says_ok_and_with_what():
    assert [is_fine(found) for found in ("ok", "ok: simulator", "", "okay", "at 3", "no: ok")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip


def test_demo_mode_listens_on_this_machine_only_unless_a_setting_says_otherwise():
    for host in ("0.0.0.0", "::", "10.0.0.7", "demo.example", ""):
        with pytest.raises(Broken, match="TONGTU_DEMO_EXPOSED=true"):
            check_start(replace(DEMO, host=host))
        check_start(replace(DEMO, host=host, demo_exposed=True))
        check_start(replace(REAL, host=host))
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"):
        check_start(replace(DEMO, host=host))
