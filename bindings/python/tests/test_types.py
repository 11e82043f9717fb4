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


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """What mypy keeps of one run for the next: of the standard library most of all."""
    return tmp_path_factory.mktemp("mypy")


def run(module, *arguments):
    command = [sys.executable, "-m", module, *map(str, arguments)]
    # Where it is installed it is found as any package; mypy refuses to be told of that folder.
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=300)


def test_the_package_is_strictly_typed(cache):
    done = run("mypy", "--config-file", SETTINGS, "--cache-dir", cache, "-p", "ossup")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_stubs_are_as_they_are_generated_and_describe_the_modules():
    subprocess.run([sys.executable, HERE.parent / "tools" / "stubs.py", "--check"], check=True)
    allowed = HERE.parent / "tools" / "stubtest.txt"
    done = run("mypy.stubtest", "ossup", "--mypy-config-file", SETTINGS, "--allowlist", allowed)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_programs_of_the_guide_are_checked_strictly(cache, tmp_path):
    for number, source in enumerate(guide.programs()):
        (tmp_path / f"program{number}.py").write_text(source.replace(guide.OFFICIAL, "import ossup as oss"))
    wrong = tmp_path / "program_wrong.py"
    wrong.write_text((tmp_path / "program0.py").read_text().replace("bucket=args.bucket", "bucket=3"))
    files = sorted(tmp_path.glob("*.py"))
    assert len(files) == 6
    done = run("mypy", "--config-file", SETTINGS, "--cache-dir", cache, *files)
    assert 'incompatible type "int"' in done.stdout and "Found 1 error in 1 file" in done.stdout, done.stdout + done.stderr
    assert wrong.name in done.stdout
