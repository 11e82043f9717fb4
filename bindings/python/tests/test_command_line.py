"""`python -m ossup` is the command line."""

import pytest

from conftest import BUCKET, pattern
from ossup import __main__ as command_line


@pytest.mark.skipif(command_line.program() is None, reason="the command line was not built")
def test_a_file_goes_up_and_an_exit_code_comes_back(run, emulator, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(pattern(300_000))
    run("-m", "ossup", "cp", file, f"oss://{BUCKET}/from-the-command-line")
    assert emulator.content(BUCKET, "from-the-command-line") == pattern(300_000)
    refused = run("-m", "ossup", "no-such-command", check=False)
    assert refused.returncode == 64 and refused.stderr


def test_without_the_program_the_exit_code_says_so(run, tmp_path):
    if command_line.program() is not None:
        pytest.skip("the command line was built")
    assert run("-m", "ossup", "version", check=False, PATH=str(tmp_path)).returncode == 69
