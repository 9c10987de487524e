"""A bank of its own process, and payments to give it."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tongtu.kernel.clock import FixedClock
from tongtu.kernel.ids import id_shard
from tongtu.payments.api import Instruction, PaymentKind, Warrant

SOURCE = Path(__file__).parents[3] / "src"
SECRET = bytes(range(32))
# The bank's clock stands where the clock of every test begins.
AT = FixedClock().now()


class BankProcess:
    """Starts, kills and reads the simulator."""

    def __init__(self, journal, *options):
        self.journal, self._options, self._process, self.port = journal, options, None, 0

    def start(self):
        command = [sys.executable, "-m", "tongtu.simulators.bank", "--data", str(self.journal)]
        command += ["--port", str(self.port), "--hold-seconds", "0.01"]
        command += ["--at", AT.isoformat(), *self._options]
        environment = {"PYTHONPATH": str(SOURCE), "BANK_SIMULATOR_SECRET": SECRET.hex()}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        told = json.loads(self._process.stdout.readline())
        assert told["simulator"] == "bank"
        self.port = told["port"]

    def kill(self, number=signal.SIGKILL):
        if self._process is not None:
            self._process.send_signal(number)
            code = self._process.wait(timeout=10)
            self._process.stdout.close()
            self._process = None
            return code
        return None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def events(self, kind):
        lines = [json.loads(line) for line in self.journal.read_bytes().splitlines()]
        return [line for line in lines if line["event"] == kind]


@pytest.fixture
def bank(tmp_path):
    opened = []

    def started(*options):
        process = BankProcess(tmp_path / "the bank" / "journal.jsonl", *options)
        opened.append(process)
        process.start()
        return process

    yield started
    for process in opened:
        process.kill()


@pytest.fixture
def made(runtime):
    """Make a payment and its warrant, of one party."""
    party = runtime.ids.new(7)

    def one(kind=PaymentKind.PAYOUT, amount_minor=250_000, lender=1):
        new, shard = runtime.ids.new, id_shard(party)
        instruction = Instruction(
            cell=0,
            id=new(shard),
            kind=kind,
            subject=new(shard),
            party=party,
            lender=lender,
            amount_minor=amount_minor,
            value_date=runtime.clock.now().date(),
        )
        warrant = Warrant(new(shard), runtime.entropy.bytes(32), new(shard), amount_minor)
        return instruction, warrant

    return one
