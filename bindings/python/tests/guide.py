"""The five programs of the upload manager's guide, taken from its text."""

from pathlib import Path

GUIDE = Path(__file__).with_name("uploader-guide.zh-tw.txt")
FIRST, LAST = "import argparse", "    main()"
MODULE = "alibabacloud_oss_v2"
OFFICIAL = f"import {MODULE} as oss"
CHECKPOINTS = "/Users/yourLocalPath/checkpoint/"


def programs():
    """The programs in the order of the guide."""
    found, program = [], None
    for line in GUIDE.read_text(encoding="utf-8").splitlines():
        if line.strip() == FIRST:
            program = []
        if program is not None:
            program.append(line)
            if line.startswith(LAST):
                found.append("\n".join(program) + "\n")
                program = None
    return found
