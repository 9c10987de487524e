"""Settings: one table, three sources (default, TONGTU_HOME/tongtu.toml, TONGTU_* environment).

A name that nobody knows is refused in the file and reported in the environment, never ignored.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tongtu.kernel.errors import BadInput
from tongtu.kernel.ids import GENERATOR_BITS, SHARDS

FILE_NAME = "tongtu.toml"
PREFIX = "TONGTU_"
TOKEN_EPOCH_MAX = 255  # one byte in every token
PORT_MAX = 65_535
HOME_DEFAULT = Path(".tongtu")
_SECRET = re.compile(r"(?:[0-9a-f]{2}){32,64}")
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]{1,253})(:[0-9]{1,5})?")
_WORDS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class Source(Enum):
    """Where a setting's value comes from; the later wins."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"


def _setting(default: Any, text: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"text": text, "secret": secret})


# So many a platform in demo mode starts by itself.
DEMO_WITNESSES = 4


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator may choose. Durations are in seconds."""

    home: Path = _setting(HOME_DEFAULT, "folder of all data, keys and models")
    dsn: str | None = _setting(
        None, "an outside PostgreSQL (15 or later); empty = embedded", secret=True
    )
    host: str = _setting("127.0.0.1", "address the API listens on")
    port: int = _setting(8080, "port the API listens on")
    https: str | None = _setting(
        None,
        "address:port that the same is served at over https, by a certificate of the local"
        " authority: for phones in one's own network; empty = none",
    )
    trusted_proxies: str | None = _setting(
        None, "addresses and networks, by commas, whose X-Forwarded-For is believed; empty = none"
    )
    origins: str | None = _setting(
        None,
        "addresses of our pages as browsers show them, by commas, one host: passkeys are made for"
        " it; empty = http://localhost with the port",
    )
    cells: int = _setting(1, "ranges that the 4,096 shards are split into; fixed once data exists")
    generator: int = _setting(0, "number of this process among those that make ids (0..7)")
    instance: str = _setting("local", "name of this installation, part of the evidence log's name")
    demo: bool = _setting(False, "demo mode: synthetic persons and an inbox that can be read")
    demo_exposed: bool = _setting(
        False, "lets demo mode listen on an address that other machines reach"
    )
    zone: str = _setting("Asia/Shanghai", "time zone of business dates")
    rules: str | None = _setting(
        None, "folder of lenders, prices, products and rule tables; empty = the shipped ones"
    )
    reading_seconds: int = _setting(10, "least time the cost table stands before it is confirmed")
    bank_url: str | None = _setting(
        None, "address of the payment rail; empty = the simulator, in demo mode only"
    )
    bureau_url: str | None = _setting(
        None, "address of the credit bureau's adapter; empty = none is asked"
    )
    authority_url: str | None = _setting(
        None, "address of the licensed verifier's adapter; empty = none is asked, but in demo mode"
    )
    authority_secret: str | None = _setting(
        None,
        "secret (hexadecimal) that questions to the verifier and its answers are signed by",
        secret=True,
    )
    authority_certified: bool = _setting(
        False, "the verifier is certified to say that it saw a living person (ISO 30107-3)"
    )
    operator_url: str | None = _setting(
        None, "address of the telephone operators' adapter (CAMARA); empty = none is asked"
    )
    operator_secret: str | None = _setting(
        None, "secret (hexadecimal) that questions to the operator are signed by", secret=True
    )
    outside_urls: str | None = _setting(
        None,
        "addresses of outside sources, id=address by commas; empty = none is asked, in demo mode"
        " the simulator",
    )
    bank_window_days: int = _setting(
        10, "days back that the bank's books are read and matched again when they change late"
    )
    lender_urls: str | None = _setting(
        None, "addresses of remote lenders, id=address by commas; empty = none is asked"
    )
    gateway_url: str | None = _setting(
        None, "address of the licensed bureau that credit information goes through"
    )
    gateway_secret: str | None = _setting(
        None,
        "secret (hexadecimal) that deposits at the licensed bureau are signed by",
        secret=True,
    )
    webhooks_private: bool = _setting(
        False, "lets webhooks go to private addresses and by plain http: for trials only"
    )
    bank_secret: str | None = _setting(
        None, "secret (hexadecimal) that the rail signs its callbacks with", secret=True
    )
    tsa_url: str | None = _setting(
        None, "who stamps signatures (RFC 3161); empty = a local one, and no other is taken yet"
    )
    witnesses: str | None = _setting(
        None,
        "who co-signs the evidence log, KEY@address by commas; empty = nobody, four in demo mode",
    )
    witness_quorum: int = _setting(3, "so many of them make a checkpoint final")
    anchor: str | None = _setting(
        None,
        "where the log's checkpoints are anchored each minute: file:PATH on a medium of somebody"
        " else, or evm:0xCONTRACT@http://node (extra chain); empty = nowhere",
        secret=True,  # a node's address often ends with the key to it
    )
    anchor_secret: str | None = _setting(
        None,
        "key (hexadecimal) of the account that pays for anchors on a chain; empty = the node's own",
        secret=True,
    )
    gm: bool = _setting(
        False,
        "the national algorithms too: SM2 beside Ed25519 on checkpoints and messages, SM4 for"
        " signed papers (extra gm)",
    )
    token_epoch: int = _setting(
        1,
        "which key seals tokens (0..255); another number, and each token made before is looked up"
        " in the database instead of being believed",
    )
    log_level: str = _setting("info", "debug, info, warning or error")
    pool_max: int = _setting(16, "most pooled database connections")
    lane_batch_max: int = _setting(256, "most requests one commit carries")
    lane_queue_max: int = _setting(4096, "most requests a lane keeps waiting before it says 503")
    statement_timeout_s: int = _setting(60, "longest database statement outside migrations")
    stop_timeout_s: int = _setting(20, "longest wait for work in flight when stopping")
    postgres_user: str | None = _setting(
        None, "user the embedded PostgreSQL runs as under root; empty = tongtu, postgres or nobody"
    )
    postgres_port: int = _setting(0, "TCP port of the embedded PostgreSQL; 0 = Unix socket only")
    postgres_shared_mb: int = _setting(256, "shared buffers of the embedded PostgreSQL in MB")

    def __post_init__(self) -> None:
        _bounded("port", self.port, 0, 65_535)
        _bounded("cells", self.cells, 1, SHARDS)
        _bounded("generator", self.generator, 0, (1 << GENERATOR_BITS) - 1)
        _bounded("reading_seconds", self.reading_seconds, 0, 600)
        _bounded("bank_window_days", self.bank_window_days, 1, 90)
        _bounded("pool_max", self.pool_max, 2, 80)
        _bounded("lane_batch_max", self.lane_batch_max, 1, 2_000)
        _bounded("lane_queue_max", self.lane_queue_max, 1, 100_000)
        _bounded("witness_quorum", self.witness_quorum, 1, 16)
        _bounded("token_epoch", self.token_epoch, 0, TOKEN_EPOCH_MAX)
        _bounded("statement_timeout_s", self.statement_timeout_s, 1, 3_600)
        _bounded("stop_timeout_s", self.stop_timeout_s, 1, 600)
        _bounded("postgres_port", self.postgres_port, 0, 65_535)
        _bounded("postgres_shared_mb", self.postgres_shared_mb, 16, 1_048_576)
        for name in ("bank_secret", "gateway_secret", "authority_secret", "operator_secret",
                     "anchor_secret"):  # fmt: skip
            secret = getattr(self, name)
            if secret is not None and _SECRET.fullmatch(secret) is None:
                raise BadInput(f"setting {name} has at least 64 hexadecimal digits")
        if self.gateway_url is not None and self.gateway_secret is None:
            raise BadInput("setting gateway_url needs gateway_secret: deposits are signed by it")
        if self.authority_url is not None and self.authority_secret is None:
            raise BadInput("setting authority_url needs authority_secret: both sides sign by it")
        if self.operator_url is not None and self.operator_secret is None:
            raise BadInput("setting operator_url needs operator_secret: both sides sign by it")
        self.lenders()
        self._check_witnesses()
        if self.tsa_url is not None:
            # Its clock and root fit no paper of ours: each would be signed, kept, and "changed".
            raise BadInput(
                "setting tsa_url stays empty: papers take stamps of the local authority only, and"
                " would count as changed with another's. Unset it to go on; for a licensed one"
                " bind its stamps first in contracts.cms (form), contracts.verdict (root, clock)"
                " and main.platform, as contracts/README.md says under Not yet"
            )
        self.site_origins(self.port)
        self.https_address()
        self.informants()
        if self.log_level not in ("debug", "info", "warning", "error"):
            raise BadInput("setting log_level is debug, info, warning or error")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise BadInput(f"setting zone: no time zone is called {self.zone!r}") from None
        for proxy in self.proxies():
            _check_proxy(proxy)

    def lenders(self) -> dict[str, str]:
        """Return the address of each remote lender by its id."""
        return _addresses(
            self.lender_urls, "lender_urls looks like beidu=https://lender.example/tongtu"
        )

    def informants(self) -> dict[str, str]:
        """Return the address of each outside source by its id."""
        return _addresses(
            self.outside_urls, "outside_urls looks like tax=https://bureau.example/tax"
        )

    def witness_addresses(self) -> dict[str, str]:
        """Return the address of each witness of the evidence log by its verifier key."""
        pairs = self.witnesses.split(",") if self.witnesses else []
        found = dict(one.strip().partition("@")[::2] for one in pairs)
        if not all(key and url.startswith(("http://", "https://")) for key, url in found.items()):
            raise BadInput("setting witnesses looks like KEY@https://witness.example")
        return found

    def _check_witnesses(self) -> None:
        count = DEMO_WITNESSES if self.demo else 0
        if self.witnesses is not None:
            count = len(self.witness_addresses())
            if count < self.witness_quorum:
                raise BadInput("setting witnesses names fewer than witness_quorum")
        if 2 * self.witness_quorum <= count:
            raise BadInput(
                "setting witness_quorum is more than half of the witnesses: else two histories"
                " could each become final"
            )

    def https_address(self) -> tuple[str, int] | None:
        """Return where the pages are served over https as well. Raises BadInput."""
        if self.https is None:
            return None
        host, _, port = self.https.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or int(port) > PORT_MAX:
            raise BadInput("setting https looks like 192.168.1.20:8443")
        return host, int(port)

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the pages by https only, as `origins` says."""
        return self.origins is not None and "http://" not in self.origins

    def site_origins(self, port: int) -> tuple[str, tuple[str, ...]]:
        """Return the host that passkeys are made for, and the addresses its pages have.

        Raises:
            BadInput: another form, two hosts, or plain http for a host that is not this machine.
        """
        found = self.origins or f"http://localhost:{port}"
        origins = tuple(one.strip() for one in found.split(","))
        parsed = [_ORIGIN.fullmatch(one) for one in origins]
        hosts = {one["host"] for one in parsed if one}
        is_safe = all(
            one and (one["scheme"] == "https" or one["host"] == "localhost") for one in parsed
        )
        if not is_safe or len(hosts) != 1:
            raise BadInput("setting origins looks like https://loans.example: https, and one host")
        return hosts.pop(), origins

    def proxies(self) -> list[str]:
        """Return the peers whose word on a client's address is taken."""
        return (
            [one.strip() for one in self.trusted_proxies.split(",")] if self.trusted_proxies else []
        )


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with the source of each and the TONGTU_* variables that name no setting."""

    settings: Settings
    sources: dict[str, Source]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """One row of the table of settings."""

    name: str
    default: str
    text: str
    is_secret: bool


def described() -> tuple[Described, ...]:
    """Return the table of settings in order, as documents and `tongtu config` show it."""
    return tuple(
        Described(
            name=entry.name,
            default="" if entry.default in (None, MISSING) else str(entry.default),
            text=entry.metadata["text"],
            is_secret=entry.metadata["secret"],
        )
        for entry in fields(Settings)
    )


def load(environment: Mapping[str, str], directory: Path) -> Loaded:
    """Read the settings in force; relative paths are taken from `directory`.

    Raises:
        BadInput: a value that does not parse, a bound passed, an unknown name in the file.
    """
    home = directory / environment.get(f"{PREFIX}HOME", str(HOME_DEFAULT))
    values: dict[str, Any] = {"home": home.absolute()}
    sources = {entry.name: Source.DEFAULT for entry in fields(Settings)}
    if f"{PREFIX}HOME" in environment:
        sources["home"] = Source.ENVIRONMENT
    kinds = {entry.name: str(entry.type) for entry in fields(Settings) if entry.name != "home"}
    for name, value in _file_values(home / FILE_NAME).items():
        if name not in kinds:
            raise BadInput(f"{home / FILE_NAME}: there is no setting {name!r}")
        values[name] = _parsed(name, kinds[name], value)
        sources[name] = Source.FILE
    for name, kind in kinds.items():
        text = environment.get(PREFIX + name.upper())
        if text is not None:
            values[name] = _parsed(name, kind, text)
            sources[name] = Source.ENVIRONMENT
    known = {PREFIX + name.upper() for name in (*kinds, "home")}
    unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    return Loaded(Settings(**values), sources, tuple(unknown))


def _file_values(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is not TOML: {error}") from None


def _parsed(name: str, kind: str, value: Any) -> Any:
    text = str(value).strip()
    if kind == "bool":
        return _attempt(name, lambda: _WORDS[text.lower()], "true or false")
    if kind == "int":
        return _attempt(name, lambda: int(text), "a whole number")
    return text or None if kind.endswith("None") else text


def _attempt(name: str, parse: Callable[[], Any], expected: str) -> Any:
    try:
        return parse()
    except (KeyError, ValueError):
        raise BadInput(f"setting {name} must be {expected}") from None


def _addresses(text: str | None, like: str) -> dict[str, str]:
    pairs = text.split(",") if text else []
    found = dict(one.strip().partition("=")[::2] for one in pairs)
    if not all(name and url.startswith(("http://", "https://")) for name, url in found.items()):
        raise BadInput(f"setting {like}")
    return found


def _check_proxy(text: str) -> None:
    try:
        is_all = ip_network(text).prefixlen == 0
    except ValueError:
        raise BadInput(
            "setting trusted_proxies holds addresses like 10.0.0.7 and networks like 10.0.0.0/24"
        ) from None
    if is_all:
        raise BadInput("setting trusted_proxies must not trust every address")


def _bounded(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise BadInput(f"setting {name} lies between {least} and {most}")
