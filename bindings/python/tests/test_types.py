"""Types: of the package itself, of the guide's programs, and of the stubs beside what they describe."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import guide
import ossup
from conftest import HERE

pytest.importorskip("mypy")
SETTINGS = HERE.parent / "pyproject.toml"
PACKAGE = Path(ossup.__file__).parent


def mypy(*arguments, module="mypy"):
    command = [sys.executable, "-m", module, *map(str, arguments)]
    # Where it is installed it is found as any package; mypy refuses to be told of that folder.
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_is_strictly_typed():
    mypy("--strict", "--config-file", SETTINGS, "--cache-dir", os.devnull, "-p", "ossup")


def test_the_stubs_are_as_they_are_generated_and_describe_the_modules():
    subprocess.run([sys.executable, HERE.parent / "tools" / "stubs.py", "--check"], check=True)
    allowed = HERE.parent / "tools" / "stubtest.txt"
    mypy("ossup", "--mypy-config-file", SETTINGS, "--allowlist", allowed, module="mypy.stubtest")


def test_the_programs_of_the_guide_are_checked_strictly(tmp_path):
    for number, source in enumerate(guide.programs()):
        (tmp_path / f"program{number}.py").write_text(source.replace(guide.OFFICIAL, "import ossup as oss"))
    # Their `main` has no annotations, which is all that is not asked of them.
    loose = ["--allow-untyped-defs", "--allow-untyped-calls", "--check-untyped-defs"]
    files = sorted(tmp_path.glob("*.py"))
    mypy("--strict", *loose, "--cache-dir", tmp_path / "cache", *files)
    wrong = tmp_path / "wrong.py"
    wrong.write_text(files[0].read_text().replace("bucket=args.bucket", "bucket=3"))
    with pytest.raises(AssertionError, match='incompatible type "int"'):
        mypy("--strict", *loose, "--cache-dir", tmp_path / "cache", wrong)
