"""Drives the emulator through the official Python SDK: `python suite.py [TEXT]` runs the cases whose name has TEXT."""

import importlib
import sys
from pathlib import Path

import harness

CASES = Path(__file__).parent / "cases"


def main() -> int:
    for module in sorted(CASES.glob("*.py")):
        importlib.import_module(f"cases.{module.stem}")
    return harness.run(sys.argv[1] if len(sys.argv) > 1 else "")


if __name__ == "__main__":
    sys.exit(main())
