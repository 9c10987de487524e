import pytest

from tongtu.risk.rules.signal import (
    HOUR_S,
    HUB_CAPS,
    KINDS,
    MONTH_S,
    OWN_MAX,
    QUIET,
    SCAN_MAX,
    SignalBook,
)

AT = 1_800_000_000
DEVICE, IP, PHONE, RESIDENT, ADDRESS, CARD = range(6)


def keys(**by_kind):
    return tuple(by_kind.get(kind, 0) for kind in KINDS)


@pytest.fixture
def book():
    return SignalBook()


def test_an_application_that_shares_nothing_is_quiet(book):
    book.add(1, 101, keys(device=7, ip=8, phone=9), AT)

    assert book.look(102, keys(device=70, ip=80, phone=90), AT) == QUIET


@pytest.mark.parametrize(
    ("age_s", "counts"),
    [
        (0, (1, 1, 1, 1)),
        (HOUR_S - 1, (1, 1, 1, 1)),
        (HOUR_S, (0, 1, 1, 1)),
        (24 * HOUR_S - 1, (0, 1, 1, 1)),
        (24 * HOUR_S, (0, 0, 1, 1)),
        (7 * 24 * HOUR_S - 1, (0, 0, 1, 1)),
        (7 * 24 * HOUR_S, (0, 0, 0, 1)),
        (MONTH_S - 1, (0, 0, 0, 1)),
        (MONTH_S, (0, 0, 0, 0)),
    ],
)
@pytest.mark.parametrize("kind", ["device", "ip", "phone", "resident_id"])
def test_each_kind_is_counted_in_four_windows_to_the_second(book, kind, age_s, counts):
    book.add(1, 101, keys(**{kind: 7}), AT - age_s)

    found = book.look(102, keys(**{kind: 7}), AT)._asdict()

    name = kind.removesuffix("_id")
    assert tuple(found[f"{name}_{window}"] for window in ("1h", "24h", "7d", "30d")) == counts
    others = {n: v for n, v in found.items() if not n.startswith(name) and n != "ring_parties"}
    assert others == {n: v for n, v in QUIET._asdict().items() if n in others}


def test_counts_say_at_least_so_many_beyond_their_bound(book):
    for n in range(SCAN_MAX + 1):
        book.add(n, 1_000 + n, keys(ip=7), AT)

    assert book.look(9, keys(ip=7), AT).ip_1h == SCAN_MAX == 64


def test_a_persons_own_applications_count_by_week_and_link_nobody(book):
    for n in range(3):
        book.add(n, 101, keys(device=7), AT)

    found = book.look(101, keys(device=7), AT)

    assert (found.party_7d, found.device_parties, found.ring_parties) == (3, 1, 1)


def test_persons_hang_together_over_devices_phones_addresses_and_cards(book):
    book.add(1, 101, keys(device=1, phone=51), AT)
    book.add(2, 102, keys(device=1, address=2), AT)
    book.add(3, 103, keys(address=2, card=3), AT)
    book.add(4, 104, keys(card=3, phone=4), AT)
    book.add(5, 105, keys(device=99, phone=98), AT)

    assert book.ring(106, keys(phone=4), AT) == {101, 102, 103, 104, 106}
    assert book.look(106, keys(phone=4), AT).ring_parties == 5


def test_an_internet_address_that_a_hotel_shares_chains_nobody(book):
    for n in range(500):
        book.add(n, 1_000 + n, keys(device=5_000 + n, ip=7), AT)

    found = book.look(9, keys(device=6_000, ip=7), AT)

    assert (found.ring_parties, found.device_parties) == (1, 1)


@pytest.mark.parametrize("kind", sorted(HUB_CAPS))
def test_a_key_of_more_persons_than_its_cap_chains_nobody(book, kind):
    cap = HUB_CAPS[kind]
    for n in range(cap - 1):
        book.add(n, 1_000 + n, keys(**{KINDS[kind]: 7}), AT)
    at_cap = book.look(9, keys(**{KINDS[kind]: 7}), AT).ring_parties
    book.add(cap, 1_000 + cap, keys(**{KINDS[kind]: 7}), AT)

    beyond = book.look(9, keys(**{KINDS[kind]: 7}), AT).ring_parties

    assert (at_cap, beyond) == (cap, 1)


def test_a_link_older_than_thirty_days_chains_nobody(book):
    book.add(1, 101, keys(device=1, card=2), AT - MONTH_S)
    book.add(2, 102, keys(card=2), AT)

    assert book.ring(103, keys(device=1), AT) == {103}


def test_what_is_forgotten_never_was(book):
    book.add(1, 101, keys(device=1, ip=2), AT)
    before = book.look(103, keys(device=1, ip=2), AT)
    book.add(2, 102, keys(device=1, ip=2), AT)
    book.forget(2)
    book.forget(2)

    assert book.look(103, keys(device=1, ip=2), AT) == before
    book.forget(1)
    assert (book.look(103, keys(device=1, ip=2), AT), len(book)) == (QUIET, 0)


def test_an_application_that_is_told_twice_counts_once(book):
    book.add(1, 101, keys(device=1), AT)
    book.add(1, 101, keys(device=1), AT)

    assert book.look(102, keys(device=1), AT).device_1h == 1


def test_memory_lets_go_what_is_older_than_thirty_days(book):
    for n in range(10):
        book.add(n, 1_000 + n, keys(device=n + 1), AT - MONTH_S)

    for n in range(10, 15):
        book.add(n, 1_000 + n, keys(device=n + 1), AT)

    assert (len(book), book.row(0), book.row(14)[1]) == (5, None, 1_014)


def test_only_a_persons_latest_applications_are_followed(book):
    book.add(0, 101, keys(device=1), AT)
    for n in range(1, OWN_MAX + 1):
        book.add(n, 101, keys(device=100 + n), AT)
    book.add(50, 102, keys(device=100 + OWN_MAX), AT)

    assert book.ring(103, keys(device=1), AT) == {101, 102, 103}
    assert book.ring(104, keys(device=100 + OWN_MAX), AT) == {101, 102, 104}
