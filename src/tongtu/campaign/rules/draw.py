"""Who is pushed to and who is held out: drawn from campaign and person alone, once and for all."""

from __future__ import annotations

import hashlib

from tongtu.campaign.model import Group

PPM = 1_000_000


def group_of(campaign: int, party: int, hold_out_ppm: int) -> Group:
    """Return the group of a person. Nothing known of them enters: it is chance, and repeatable."""
    drawn = hashlib.blake2b(f"{campaign}|{party}".encode(), digest_size=8).digest()
    is_held_out = int.from_bytes(drawn, "big") % PPM < hold_out_ppm
    return Group.HOLD_OUT if is_held_out else Group.PUSH
