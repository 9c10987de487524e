"""Checkpoints in a contract on an EVM chain: put there in order, read back as signed notes.

Needs the extra `chain` (web3). The contract keeps size, root and the log's own
signature, so that what is read back is the very note, and the chain is not believed about it.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from tongtu.kernel.errors import Broken
from tongtu.witness.note import (
    LogKey,
    checkpoint_text,
    line_of,
    note_text,
    read_checkpoint,
    signatures_of,
)

CONTRACT = "anchor.json"  # what the compiler made of anchor.vy (`python -m tools.contract`)
TIMEOUT_S = 30
_HALF = 32


class ChainAnchor:
    """An `AnchorBackend` in a contract; `secret` is the paying account's key, None: the node's."""

    def __init__(self, web3: Any, address: str, key: LogKey, secret: str | None = None) -> None:
        self._web3 = web3
        self._key = key
        self._secret = secret
        self._address = web3.to_checksum_address(address)
        self._contract = web3.eth.contract(address=self._address, abi=compiled()["abi"])

    @property
    def where(self) -> str:
        return f"evm:{self._address}"

    def put(self, note: str) -> None:
        _, size, root = read_checkpoint(note_text(note))
        own = next(signatures_of(note, self._key.name, self._key.hash), None)
        if own is None or len(own) != 2 * _HALF:
            raise Broken("the checkpoint has no signature of this log")
        if self._read(lambda ask: (ask.size().call(), ask.root().call())) == (size, root):
            return
        call = self._contract.functions.anchor(size, root, own[:_HALF], own[_HALF:])
        try:
            done = self._web3.eth.wait_for_transaction_receipt(self._send(call), TIMEOUT_S)
        except self._faults() as fault:
            raise Broken(f"the chain does not take the checkpoint: {fault}") from fault
        if done["status"] != 1:
            raise Broken("the chain took the checkpoint back")

    def newest(self) -> str | None:
        told = self._read(
            lambda ask: (
                ask.size().call(),
                ask.root().call(),
                ask.signature_r().call() + ask.signature_s().call(),
            )
        )
        return self._note(*told) if told[0] else None

    def notes(self) -> list[str]:
        try:
            found = self._contract.events.Anchored().get_logs(from_block=0)
        except self._faults() as fault:
            raise Broken(f"the chain does not answer: {fault}") from fault
        return [self._of_event(one["args"]) for one in found]

    def _of_event(self, args: Mapping[str, Any]) -> str:
        signature = bytes(args["signature_r"]) + bytes(args["signature_s"])
        return self._note(int(args["size"]), bytes(args["root"]), signature)

    def _note(self, size: int, root: bytes, signature: bytes) -> str:
        text = checkpoint_text(self._key.name, size, bytes(root))
        return f"{text}\n{line_of(self._key.name, self._key.hash + bytes(signature))}"

    def _read(self, ask: Any) -> Any:
        try:
            return ask(self._contract.functions)
        except self._faults() as fault:
            raise Broken(f"the chain does not answer: {fault}") from fault

    def _send(self, call: Any) -> Any:
        eth = self._web3.eth
        if self._secret is None:
            return call.transact({"from": eth.accounts[0]})
        payer = eth.account.from_key(self._secret)
        nonce = eth.get_transaction_count(payer.address, "pending")
        made = call.build_transaction({"from": payer.address, "nonce": nonce})
        return eth.send_raw_transaction(payer.sign_transaction(made).raw_transaction)

    @staticmethod
    def _faults() -> tuple[type[Exception], ...]:
        """What web3, its HTTP client and a chain of its own raise when it does not do it."""
        return (*_named("web3.exceptions", "Web3Exception"), OSError, ValueError)


def open_chain(url: str, address: str, key: LogKey, secret: str | None) -> ChainAnchor:
    """Return the anchor in the contract at `address`. Raises Broken: the extra is not installed."""
    return ChainAnchor(connect(url), address, key, secret)


def connect(url: str) -> Any:
    """Return web3 on a node. Raises Broken: the extra `chain` is not installed."""
    web3 = needed("web3")
    return web3.Web3(web3.Web3.HTTPProvider(url, request_kwargs={"timeout": TIMEOUT_S}))


def deploy(web3: Any, secret: str | None = None) -> str:
    """Put the contract on the chain; return its address."""
    made = compiled()
    factory = web3.eth.contract(abi=made["abi"], bytecode=made["bytecode"])
    if secret is None:
        sent = factory.constructor().transact({"from": web3.eth.accounts[0]})
    else:
        payer = web3.eth.account.from_key(secret)
        nonce = web3.eth.get_transaction_count(payer.address, "pending")
        built = factory.constructor().build_transaction({"from": payer.address, "nonce": nonce})
        sent = web3.eth.send_raw_transaction(payer.sign_transaction(built).raw_transaction)
    done = web3.eth.wait_for_transaction_receipt(sent, TIMEOUT_S)
    return str(done["contractAddress"])


@cache
def compiled() -> dict[str, Any]:
    """Return ABI and code of the contract, and of which source they were made."""
    text = resources.files(__package__).joinpath(CONTRACT).read_text(encoding="utf-8")
    made: dict[str, Any] = json.loads(text)
    return made


def needed(name: str) -> Any:
    """Return a module of the extra `chain`: the core runs without it, so it is asked for here.

    Raises:
        Broken: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Broken(f"an anchor on a chain needs the extra `chain` ({name})") from None


def _named(module: str, name: str) -> tuple[type[Exception], ...]:
    try:
        return (getattr(importlib.import_module(module), name),)
    except ImportError:
        return ()
