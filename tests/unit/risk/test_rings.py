"""All rings among applications: who hangs together, what is a hub, what is a couple."""

from tongtu.risk.rules.ring import Seen, rings_of


def seen(application, party, device=0, *, ip=0, phone=0, card=0, at_s=1_000):
    return Seen(application, party, at_s, (device, ip, phone, 0, 0, card))


def parties(ring):
    return [one.party for one in ring.members]


def test_persons_are_linked_through_persons_and_the_larger_ring_comes_first():
    rows = [
        seen(1, 11, device=70, at_s=5),
        seen(2, 12, device=70, card=90, at_s=6),
        seen(3, 13, card=90, at_s=9),
        seen(4, 14, card=90, at_s=7),
        *(seen(10 + n, 20 + n, phone=80) for n in range(3)),
        seen(5, 13, at_s=2),
    ]

    large, small = rings_of(rows)

    assert (parties(large), large.applications, large.key) == ([11, 12, 13, 14], 5, 70)
    assert [(one.kind, one.key, one.parties) for one in large.ties] == [
        ("device", 70, (11, 12)),
        ("card", 90, (12, 13, 14)),
    ]
    assert (large.first_at_s, large.last_at_s) == (2, 9)
    assert large.members[2].applications == (3, 5)
    assert parties(small) == [20, 21, 22]


def test_a_couple_a_hotels_address_and_a_branches_tablet_are_no_rings():
    couple = [seen(1, 1, device=7), seen(2, 2, device=7)]
    hotel = [seen(10 + n, 10 + n, ip=8) for n in range(9)]
    tablet = [seen(100 + n, 100 + n, device=9) for n in range(51)]

    assert rings_of(couple + hotel + tablet) == []
    assert len(rings_of(tablet[:50])) == 1
