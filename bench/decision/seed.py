"""What the load needs before it begins: models, parties with tokens, real applications."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import asyncpg

from tongtu.identity.api import Caller, Role
from tongtu.identity.flow.sealed_token import TokenSeal
from tongtu.identity.store.token import Found
from tongtu.kernel.ids import EPOCH_MS
from tongtu.replay.api import read_applicants
from tongtu.risk.api import (
    Status,
    Wanted,
    adopt,
    folder_of,
    make_move,
    propose_move,
    register_study,
)
from tongtu.runtime.api import Keys, Settings, SystemEntropy, open_runtime

KEPT = Path(__file__).parents[2] / "build" / "bench-models"
TOKENS = "tokens"
_FIRST_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000) - EPOCH_MS
_PARTIES = """
insert into identity.party (cell, id, is_identified, adult_on, consent_mask, opened_at)
select 0, (($2::int8 + n) << 22) | ((n % 4096) << 10), true, '2001-01-01', $3, $4
  from generate_series(0, $1::int8 - 1) n
"""
_TOKEN_COLUMNS = ("cell", "hash", "role", "subject", "issued_at", "expires_at")


def consents(lenders: int) -> int:
    """Return the bits of identity, automated decision, and sharing with lenders 1 to n."""
    return 0b11 | sum(1 << (8 + number) for number in range(1, lenders + 1))


async def seed_parties(dsn: str, home: Path, parties: int, lenders: int) -> None:
    """Write parties 0..n-1 and a token for each, as sign-in and consent would have.

    The texts stand in `tokens` beside the home whose key sealed them, one a line.
    """
    now = datetime.now(UTC)
    found = [
        Found(Caller(Role.BORROWER, _party(n), 0, 0), now + timedelta(days=1))
        for n in range(parties)
    ]
    async with open_runtime(Settings(home=home, dsn=dsn)) as runtime:
        of = runtime.keys, runtime.token_mark
    texts = write_tokens(of, found, home.parent / TOKENS)
    rows = [
        (0, sha256(text.encode()).digest(), Role.BORROWER.value, one.caller.subject, now,
         one.expires_at)
        for text, one in zip(texts, found, strict=True)
    ]  # fmt: skip
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_PARTIES, parties, _FIRST_MS, consents(lenders), now)
        await connection.copy_records_to_table(
            "token", schema_name="identity", columns=_TOKEN_COLUMNS, records=rows
        )
        await connection.execute("vacuum analyze identity.party, identity.token")
    finally:
        await connection.close()


def write_tokens(of: tuple[Keys, bytes], found: Iterable[Found], path: Path) -> list[str]:
    """Seal a token for each, write their texts, one a line, and return them.

    `of`: the keys and the mark of the database they are for.
    """
    seal, entropy = TokenSeal(*of, Settings().token_epoch), SystemEntropy()
    texts = [seal.seal(one, entropy) for one in found]
    path.write_text("\n".join(texts) + "\n", encoding="ascii")
    return texts


def _party(n: int) -> int:
    """Return the id of party n, as the statement above has it."""
    return (_FIRST_MS + n) << 22 | (n % 4096) << 10


def train(home: Path) -> None:
    """Put the demo data, a scorecard and its challenger into `home`, as the demo's set-up does.

    They are made once a clone: each step leaves alone what this very code made of these rows.
    """
    for step in (("data",), ("train",), ("train", "--challenger")):
        _tongtu(KEPT, step)
    for part in ("data", "models"):
        shutil.copytree(KEPT / part, home / part)


def _tongtu(home: Path, step: tuple[str, ...]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    environment = {"PYTHONPATH": "src", "TONGTU_HOME": str(home), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-m", "tongtu", *step],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"tongtu {' '.join(step)} failed:\n{done.stderr}")


def challenger_of(home: Path) -> Path:
    """Return the folder of the challenger that `train` put there."""
    return folder_of(home, (home / "models" / "challenger").read_text(encoding="ascii"))


async def let_challenge(home: Path, dsn: str) -> None:
    """Let the challenger score beside the scorecard: proposed by one person, done by another."""
    model = (home / "models" / "challenger").read_text(encoding="ascii")
    async with open_runtime(Settings(home=home, dsn=dsn)) as runtime:
        analyst, operator = Caller(Role.ANALYST, 900, 0, 0), Caller(Role.OPERATOR, 901, 0, 0)
        async with runtime.database.transaction() as connection:
            await adopt(connection, runtime)
            await register_study(connection, runtime, model)
            wanted = Wanted(model, Status.SHADOW, "so that the bench measures what runs")
            approval = await propose_move(connection, runtime, analyst, wanted)
        async with runtime.database.transaction() as connection:
            await make_move(connection, runtime, operator, approval.id)


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
