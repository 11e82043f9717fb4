"""What `import ossup` brings with it: a program that starts often pays for it each time."""

import os
import subprocess
import sys
from pathlib import Path

import ossup

# What `typing`, `enum` and `datetime` need, which the names of the official package are made of.
MOST = 40
HEAVY = ["asyncio", "concurrent.futures", "email", "fsspec", "http", "importlib.metadata", "inspect", "json", "logging"]
HEAVY += ["pathlib", "pytest", "shutil", "socket", "ssl", "subprocess", "tempfile", "threading", "urllib", "xml"]


def test_an_import_brings_no_module_that_only_some_programs_use():
    program = "import sys; before = set(sys.modules); import ossup; print(*sorted(set(sys.modules) - before))"
    environment = {**os.environ, "PYTHONPATH": str(Path(ossup.__file__).parent.parent)}
    # Without `site`, whose own imports would hide ours.
    command = [sys.executable, "-S", "-c", program]
    brought = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split()
    others = [name for name in brought if name.partition(".")[0] != "ossup"]
    assert not set(HEAVY) & set(others), others
    assert len(others) <= MOST, others
    assert not {"ossup.aio", "ossup.dropin", "ossup.emulator", "ossup.fsspec"} & set(brought), brought
