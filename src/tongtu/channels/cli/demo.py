"""`tongtu demo`: serve first, then fetch data, train, replay real applications and report.

Everything runs as `tongtu` commands of their own; this one starts them in order and shows them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib import metadata
from pathlib import Path
from threading import Event
from typing import Any

import httpx

from tongtu.channels.cli.challenger import trained
from tongtu.channels.cli.staff import ask, write
from tongtu.kernel.errors import Broken
from tongtu.runtime.api import load

START_TIMEOUT_S = 120
MODEL_TIMEOUT_S = 60
STOP_TIMEOUT_S = 40
LOOK_EVERY_S = 0.3
LAN_PORT = 8443
SHOP_LOGIN = "merchant_haoyu"
_pause = Event()


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--once", action="store_true", help="stop after the report")
    parser.add_argument("--applications", type=int, default=1_200)
    parser.add_argument("--months", type=int, default=3)
    parser.add_argument("--lan", metavar="ADDRESS", help="serve https there for phones, with a QR")
    parser.add_argument("--lan-port", type=int, default=LAN_PORT)
    parser.add_argument("--concurrency", type=int, default=16)


def run(arguments: argparse.Namespace) -> int:
    """Return the replay's status; without --once only after the server was stopped."""
    settings = load(os.environ, Path.cwd()).settings
    environment = os.environ | {"TONGTU_DEMO": "true", "TONGTU_HOME": str(settings.home)}
    environment.setdefault("TONGTU_PORT", "0")
    environment.setdefault("TONGTU_LOG_LEVEL", "warning")
    lan = None
    if arguments.lan:
        # Whoever is in the same network may look around as anybody synthetic: that is asked for.
        lan = f"https://{arguments.lan}:{arguments.lan_port}"
        environment["TONGTU_HTTPS"] = f"{arguments.lan}:{arguments.lan_port}"
        environment |= {"TONGTU_ORIGINS": lan, "TONGTU_DEMO_EXPOSED": "true"}
    print(_sizes())
    served = settings.home / "serve.json"
    served.unlink(missing_ok=True)
    began_s = time.monotonic()  # house: seam - how long the start took is told
    shop: subprocess.Popen[str] | None = None
    server = subprocess.Popen([*_tongtu("serve")], env=environment)
    try:
        url = _wait_for_server(server, served)
        took_s = time.monotonic() - began_s  # house: seam - how long the start took is told
        print(
            f"serving after {took_s:.1f} s: {url}  (training and replay go on behind it)",
            flush=True,
        )
        for words in (("data",), ("train",), ("train", "--challenger")):
            _run(words, environment)
        _wait_for(server, f"{url}/ready", MODEL_TIMEOUT_S)
        _let_challenge(url, settings.home)
        shop = _open_shop(url, settings.home)
        status = subprocess.run(
            _tongtu(
                "replay", "--url", url, "--applications", str(arguments.applications),
                "--months", str(arguments.months), "--concurrency", str(arguments.concurrency),
            ),
            env=environment, check=False,
        ).returncode  # fmt: skip
        _say_where(url, _wait_for_shop(shop), settings.home)
        if lan is not None:
            _say_lan(lan)
        if not arguments.once:
            print("serving until Ctrl-C", flush=True)
            server.wait()
    except KeyboardInterrupt:
        status = 0
    finally:
        for process in (shop, server):
            if process is not None:
                _stop(process)
    return status


def _let_challenge(url: str, home: Path) -> None:
    """Let the trained challenger score beside the scorecard, as two persons of the demo do it."""
    logins = json.loads((home / "demo-logins.json").read_text(encoding="utf-8"))
    model = trained(home)
    assert model is not None, "it was trained a moment ago"
    with _as(url, logins["operator"]) as first, _as(url, logins["operator_2"]) as second:
        known = {one["hash"]: one["status"] for one in ask(first, "GET", "/v1/models")["items"]}
        if known.get(model) in {"shadow", "champion"}:
            return
        write(first, "/v1/models", {"hash": model})
        wanted = {"to": "shadow", "why": "trained for this demo"}
        approval = write(first, f"/v1/models/{model}/moves", wanted)["approval"]
        write(second, f"/v1/operations/model-moves/{approval}/approval", None)
    print(f"challenger {model[:12]} scores beside, by the word of two operators", flush=True)


def _as(url: str, token: str) -> httpx.Client:
    headers = {"authorization": f"Bearer {token}"}
    return httpx.Client(base_url=url, headers=headers, timeout=MODEL_TIMEOUT_S, trust_env=False)


def _tongtu(*words: str) -> list[str]:
    return [sys.executable, "-m", "tongtu", *words]


def _run(words: tuple[str, ...], environment: dict[str, str]) -> None:
    if subprocess.run(_tongtu(*words), env=environment, check=False).returncode:
        raise Broken(f"tongtu {words[0]} failed; its message stands above")


def _wait_for_server(server: subprocess.Popen[bytes], served: Path) -> str:
    for _ in range(int(START_TIMEOUT_S / LOOK_EVERY_S)):
        if server.poll() is not None:
            raise Broken("the server did not start; its message stands above")
        if served.exists():
            url = str(json.loads(served.read_text(encoding="utf-8"))["url"])
            _wait_for(server, f"{url}/health", START_TIMEOUT_S)
            return url
        _pause.wait(LOOK_EVERY_S)
    raise Broken(f"the server did not start within {START_TIMEOUT_S} s")


def _wait_for(server: subprocess.Popen[bytes], url: str, timeout_s: float) -> None:
    for _ in range(int(timeout_s / LOOK_EVERY_S)):
        if server.poll() is not None:
            raise Broken("the server ended; its message stands above")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        _pause.wait(LOOK_EVERY_S)
    raise Broken(f"{url} did not answer within {timeout_s:.0f} s")


def _open_shop(url: str, home: Path) -> subprocess.Popen[str]:
    """Start the sample shop of the first merchant: an origin and a process of its own."""
    token = json.loads((home / "demo-logins.json").read_text(encoding="utf-8"))[SHOP_LOGIN]
    return subprocess.Popen(
        [sys.executable, "-m", "tongtu.simulators.shop", "--platform", url],
        env=os.environ | {"SHOP_SIMULATOR_TOKEN": token},
        stdin=subprocess.PIPE,  # it ends with this process, however that ends
        stdout=subprocess.PIPE,
        text=True,
    )


def _wait_for_shop(shop: subprocess.Popen[str]) -> str:
    assert shop.stdout is not None
    line = shop.stdout.readline()
    if not line:
        raise Broken("the sample shop did not start; its message stands above")
    return f"http://127.0.0.1:{int(json.loads(line)['port'])}"


def _say_where(url: str, shop: str, home: Path) -> None:
    doors = (
        ("borrower", f"{url}/"),
        ("console", f"{url}/console  (the demo's roles stand on its first page, one tap each)"),
        ("regulator", f"{url}/console  as demo-regulator; offline: tongtu verify"),
        ("shop", f"{shop}/  another origin, with <tongtu-offer>"),
        ("API", f"{url}/schema  (OpenAPI 3.1; `make sdk` makes clients of it)"),
        ("report", str(home / "reports" / "replay.html")),
        ("log-ins", f"{home / 'demo-logins.json'}  (tokens by role)"),
    )
    for name, where in doors:
        print(f"{name:>10}: {where}")


def _say_lan(url: str) -> None:
    """Tell phones of this network where to go, as words and as a picture to scan."""
    print(f"     phone: {url}/  (scan it; passkeys want a name, as HOST=desk.local)")
    print(f"      root: {url}/v1/authority/root  to install on the phone, for this demo only")
    try:
        import segno  # noqa: PLC0415 - optional extra
    except ImportError:
        print("     no QR: it is drawn where tongtu[identity] is installed")
        return
    segno.make(f"{url}/", error="m").terminal(compact=True)


def _stop(server: subprocess.Popen[Any]) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _sizes() -> str:
    """Return the installed size of the core and of everything, as the packages' own lists say."""
    lock = Path("requirements/core.txt")
    core = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (lock.read_text(encoding="utf-8").splitlines() if lock.exists() else ())
        if "==" in line and not line.startswith((" ", "#"))
    }
    sizes = {
        dist.metadata["Name"].lower().replace("_", "-"): sum(
            Path(str(file.locate())).stat().st_size
            for file in dist.files or ()
            if Path(str(file.locate())).is_file()
        )
        for dist in metadata.distributions()
    }
    of_core = sum(size for name, size in sizes.items() if name in core)
    return (
        f"installed: {of_core / 1e6:.0f} MB the core ({len(core & set(sizes))} packages), "
        f"{sum(sizes.values()) / 1e6:.0f} MB with demo and tools"
    )
