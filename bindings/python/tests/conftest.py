"""What tests share: an emulator in this process, and programs that run in processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ossup.emulator import Emulator

HERE = Path(__file__).parent
BUCKET = "example-bucket"


@pytest.fixture(scope="session")
def emulator():
    """One server for all tests; each uses keys or buckets of its own."""
    with Emulator(BUCKET, "second-bucket") as emulator:
        yield emulator


@pytest.fixture
def client(emulator):
    """A client of the server."""
    emulator.clear_faults()
    emulator.clear_history()
    return emulator.client()


@pytest.fixture(scope="session")
def run(emulator):
    """Runs a Python program as a user would, with the server's address in its environment."""

    def run(*arguments, check=True, **environment):
        variables = {**os.environ, **emulator.environment(), "NO_PROXY": "127.0.0.1", "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            env={**variables, **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def big_file(tmp_path):
    """A file of 13 MiB and a bit: three parts of the default size."""
    path = tmp_path / "big.bin"
    path.write_bytes(pattern(13 * 1024 * 1024 + 7))
    return path


def pattern(size):
    """Bytes that no two parts have in common."""
    block = b"".join(number.to_bytes(4, "little") for number in range(16 * 1024))
    return b"".join(bytes([number % 251]) + block for number in range(size // len(block) + 1))[:size]


def results(text):
    """The results that `record.py` wrote."""
    return [json.loads(line.removeprefix("RESULT ")) for line in text.splitlines() if line.startswith("RESULT ")]
