"""`python -m ossup` is the command line."""

import signal
import subprocess
import sys

from conftest import BUCKET, pattern


def test_a_file_goes_up_and_an_exit_code_comes_back(run, emulator, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(pattern(300_000))
    done = run("-m", "ossup", "cp", file, f"oss://{BUCKET}/from-the-command-line", "--json")
    assert emulator.content(BUCKET, "from-the-command-line") == pattern(300_000) and '"status":"done"' in done.stdout
    refused = run("-m", "ossup", "no-such-command", check=False)
    assert refused.returncode == 64 and "no-such-command" in refused.stderr


def test_control_c_ends_it_as_it_ends_the_program(tmp_path):
    command = [sys.executable, "-m", "ossup", "serve", "--port", "0", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        assert "http://127.0.0.1:" in serving.stdout.readline()
        serving.send_signal(signal.SIGINT)
        _, errors = serving.communicate(timeout=20)
    assert serving.returncode == 0 and "Traceback" not in errors, errors
