"""Programs for the official package, unchanged, on our engine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import guide
import ossup
from conftest import BUCKET, HERE, pattern, results


def user_agents(emulator):
    return {dict(record["headers"]).get("user-agent", "")[:6] for record in emulator.history()}


@pytest.fixture
def alone(emulator, tmp_path):
    """Runs Python with our package and no other: not the official one, nor anything that it needs."""
    folder = tmp_path / "packages"
    folder.mkdir()
    (folder / "ossup").symlink_to(Path(ossup.__file__).parent, target_is_directory=True)

    def run(*arguments):
        environment = {**os.environ, **emulator.environment(), "PYTHONPATH": str(folder)}
        command = [sys.executable, "-S", *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    return run


@pytest.mark.parametrize("number", range(5))
def test_a_program_of_the_guide_runs_unchanged_without_the_official_package(number, alone, emulator, tmp_path):
    program, file = tmp_path / "program.py", tmp_path / "content.bin"
    program.write_text(guide.programs()[number].replace(guide.CHECKPOINTS, f"{tmp_path}/"))
    file.write_bytes(pattern(1_000_000))
    emulator.clear_history()
    arguments = ["--region", emulator.region, "--bucket", BUCKET, "--endpoint", emulator.endpoint, "--file_path", file]
    done = alone("-m", "ossup.dropin", program, *arguments, "--key", f"dropin/{number}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"status code: {203 if number == 4 else 200}, ")
    assert emulator.content(BUCKET, f"dropin/{number}") == file.read_bytes()
    assert user_agents(emulator) == {"ossup/"}
    recorded = alone(HERE / "record.py", "dropin", program, *arguments, "--key", f"dropin/{number}")
    assert results(recorded.stdout)[0]["verified"] == "crc64", recorded.stderr


def test_a_name_that_is_nowhere_is_an_error_that_says_so(alone):
    program = "from ossup import dropin; dropin.install(); import alibabacloud_oss_v2 as oss; oss.PutCnameRequest"
    done = alone("-c", program)
    assert "AttributeError: ossup has no alibabacloud_oss_v2.PutCnameRequest" in done.stderr
    assert "the official package is not installed" in done.stderr


def test_a_name_that_only_the_official_package_has_comes_from_there(run):
    program = """
from ossup import dropin; dropin.install()
import alibabacloud_oss_v2 as oss, alibabacloud_oss_v2.crc
from alibabacloud_oss_v2.models import PutObjectRequest
import ossup
assert PutObjectRequest is ossup.PutObjectRequest and oss.Client is ossup.Client
assert oss.PutCnameRequest(bucket="b").bucket == "b"
assert alibabacloud_oss_v2.crc.Crc64(0) is not None
"""
    run("-c", program)


ACCELERATED = """
import io, json, os, sys
import alibabacloud_oss_v2 as oss
if sys.argv[1] != "plain":
    import ossup
cfg = oss.config.load_default()
cfg.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
cfg.endpoint, cfg.region = os.environ["OSS_ENDPOINT"], os.environ["OSS_REGION"]
client = oss.Client(cfg)
if sys.argv[1] == "one":
    client = ossup.accelerate(client)
elif sys.argv[1] == "all":
    ossup.accelerate()
path, folder = sys.argv[2:]
def facts(result):
    unlike = {"x-oss-request-id", "date", "x-oss-server-time", "content-length", "connection"}
    known = {n: v for n, v in vars(result).items() if n in NAMES}
    if "headers" in known:
        known["headers"] = {n.lower(): v for n, v in known["headers"].items() if n.lower() not in unlike}
    return [type(result).__module__, known]
NAMES = {"etag", "hash_crc64", "version_id", "status", "status_code", "headers", "written"}
done = []
uploader = client.uploader(part_size=200 * 1024)
done.append(facts(uploader.upload_file(oss.PutObjectRequest("example-bucket", "accelerated", acl="private"), path)))
with open(path, "rb") as file:
    done.append(facts(uploader.upload_from(oss.PutObjectRequest("example-bucket", "accelerated"), file)))
target = os.path.join(folder, "downloaded")
done.append(facts(client.downloader().download_file(oss.GetObjectRequest("example-bucket", "accelerated"), target)))
assert open(target, "rb").read() == open(path, "rb").read()
into = io.BytesIO()
done.append(facts(client.downloader().download_to(oss.GetObjectRequest("example-bucket", "accelerated"), into)))
assert into.getvalue() == open(path, "rb").read()
copy = oss.CopyObjectRequest("example-bucket", "copied", source_key="accelerated")
done.append(facts(client.copier().copy(copy)))
errors = []
for attempt in (
    lambda: uploader.upload_file(oss.PutObjectRequest("no-such-bucket", "k"), path),
    lambda: uploader.upload_file(oss.PutObjectRequest("example-bucket", "k"), "/no/such/file"),
    lambda: client.downloader().download_file(oss.GetObjectRequest("example-bucket", "no-such-key"), target),
    lambda: client.downloader().download_to(oss.GetObjectRequest("example-bucket", "no-such-key"), into),
    lambda: client.copier().copy(oss.CopyObjectRequest("example-bucket", "k", source_key="no-such-key")),
):
    try:
        attempt()
    except oss.exceptions.BaseError as error:
        chain = []
        while error is not None:
            chain.append(f"{type(error).__module__}.{type(error).__name__} {getattr(error, 'code', '')}")
            error = error.unwrap() if hasattr(error, "unwrap") else None
        errors.append(chain)
print(json.dumps([done, errors]))
if sys.argv[1] == "all":
    ossup.accelerate(False)
    assert type(client.uploader()).__module__ == "alibabacloud_oss_v2.uploader"
"""


@pytest.fixture(scope="module")
def accelerated(run, tmp_path_factory):
    """Runs the program in one of the ways: `plain` is the official package by itself."""
    folder = tmp_path_factory.mktemp("accelerated")
    (folder / "content.bin").write_bytes(pattern(1_000_000))
    (folder / "program.py").write_text(ACCELERATED)

    def run_in(way):
        return json.loads(run(folder / "program.py", way, folder / "content.bin", folder).stdout)

    return run_in


@pytest.fixture(scope="module")
def plain(accelerated):
    return accelerated("plain")


@pytest.mark.parametrize("way", ["one", "all"])
def test_accelerated_managers_give_the_official_results_and_errors(way, plain, accelerated, emulator):
    theirs, their_errors = plain
    emulator.clear_history()
    ours, our_errors = accelerated(way)
    assert user_agents(emulator) == {"ossup/"}
    assert [kind for kind, _ in ours] == [kind for kind, _ in theirs]
    for (_, own), (_, official) in zip(ours, theirs, strict=True):
        for name in official:
            assert own[name] == official[name], name
    assert our_errors == their_errors
