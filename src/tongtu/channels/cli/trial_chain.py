"""A chain in memory behind JSON-RPC, with the anchor's contract on it: for trials, it forgets.

Needs the extra `chain` (eth-tester, py-evm). It listens on this machine only and pays for whoever
asks: nothing of value belongs on it.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tongtu.witness.api import deploy, needed

BODY_BYTES_MAX = 1_000_000
_FAILED = -32_000  # "server error" of JSON-RPC


class TrialChain:
    """Answers JSON-RPC out of a chain of this process."""

    def __init__(self) -> None:
        web3 = needed("web3")
        needed("eth_tester")
        self._web3 = web3.Web3(web3.EthereumTesterProvider())
        self._lock = threading.Lock()
        # With what turns the words of JSON-RPC into those of this chain, and back.
        self._ask = self._web3.provider.request_func(self._web3, self._web3.middleware_onion)
        self.contract = deploy(self._web3)

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON-RPC answer of one question."""
        method, params = asked["method"], asked.get("params", [])
        try:
            with self._lock:  # the chain is made for one caller at a time
                told = self._ask(method, params)
        except Exception as fault:  # noqa: BLE001 - its packages raise whatever they meet
            told = {"error": {"code": _FAILED, "message": f"{type(fault).__name__}: {fault}"}}
        kept = {"error": told["error"]} if "error" in told else {"result": plain(told["result"])}
        return {"jsonrpc": "2.0", "id": asked.get("id"), **kept}


def plain(value: Any) -> Any:
    """Return a value as JSON-RPC writes it: numbers and bytes in hexadecimal."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return {name: plain(one) for name, one in dict(value).items()}


def chain_server(chain: TrialChain, port: int) -> ThreadingHTTPServer:
    """Return the door to a chain, on this machine only; `port` 0 takes a free one."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            if not 0 < length <= BODY_BYTES_MAX:
                self.send_error(413)
                return
            try:
                asked = json.loads(self.rfile.read(length))
                many = [chain.answer(one) for one in asked] if isinstance(asked, list) else []
                told: object = many or chain.answer(asked)
            except (ValueError, KeyError, TypeError, AttributeError):
                self.send_error(400)
                return
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: object) -> None:
            """Say nothing: each line of the log would be a poll."""

    return ThreadingHTTPServer(("127.0.0.1", port), Door)


def serve_chain(port: int) -> int:
    """Serve until a signal; prints the setting that anchors on it."""
    chain = TrialChain()
    with chain_server(chain, port) as server:
        print(f'anchor = "evm:{chain.contract}@http://127.0.0.1:{server.server_port}"', flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0
