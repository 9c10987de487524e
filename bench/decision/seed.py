"""What the load needs before it begins: parties with consents, their tokens, real applications."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from tongtu.kernel.ids import EPOCH_MS
from tongtu.replay.api import read_applicants

TOKEN_PREFIX = "bench-token-of-a-synthetic-one-"
_FIRST_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000) - EPOCH_MS
_PARTIES = """
insert into identity.party (cell, id, is_identified, adult_on, consent_mask, opened_at)
select 0, (($2::int8 + n) << 22) | ((n % 4096) << 10), true, '2001-01-01', $3, $4
  from generate_series(0, $1::int8 - 1) n
"""
_TOKENS = """
insert into identity.token (cell, hash, role, subject, issued_at, expires_at)
select 0, sha256(($5 || lpad(n::text, 8, '0'))::bytea), 'borrower',
       (($2::int8 + n) << 22) | ((n % 4096) << 10), $3, $4
  from generate_series(0, $1::int8 - 1) n
"""


def consents(lenders: int) -> int:
    """Return the bits of identity, automated decision, and sharing with lenders 1 to n."""
    return 0b11 | sum(1 << (8 + number) for number in range(1, lenders + 1))


async def seed_parties(dsn: str, parties: int, lenders: int) -> None:
    """Write parties 0..n-1 and a token for each, as sign-in and consent would have."""
    now = datetime.now(UTC)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_PARTIES, parties, _FIRST_MS, consents(lenders), now)
        await connection.execute(
            _TOKENS, parties, _FIRST_MS, now, now + timedelta(days=1), TOKEN_PREFIX
        )
        await connection.execute("vacuum analyze identity.party, identity.token")
    finally:
        await connection.close()


def train(home: Path) -> None:
    """Make the demo data and a scorecard in `home`, as a set-up does."""
    environment = {"PYTHONPATH": "src", "TONGTU_HOME": str(home), "PATH": "/usr/bin:/bin"}
    for step in ("data", "train"):
        done = subprocess.run(
            [sys.executable, "-m", "tongtu", step],
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"tongtu {step} failed:\n{done.stderr}")


def write_bodies(home: Path, path: Path) -> int:
    """Write the replay's applications as bodies without their device; return how many."""
    applicants = read_applicants(home / "data" / "credit_data.csv", training=False)
    lines = [
        json.dumps(
            {
                "product": "consumer_cash",
                "amount_minor": one.amount_minor,
                "tenor_months": one.tenor_months,
                "purpose": "goods",
                "facts": one.facts,
            },
            separators=(",", ":"),
        )[1:]
        for one in applicants
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)
