"""What holds for every call: readers, callbacks, signals, forks, errors."""

import gzip
import io
import logging
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time

import pytest

import ossup as oss
from conftest import BUCKET, pattern
from ossup.emulator import Emulator

PART = 100 * 1024


def put(key):
    return oss.PutObjectRequest(bucket=BUCKET, key=key)


class Reader:
    """Something with `read` and nothing else."""

    def __init__(self, content, most=1 << 30):
        self.inner, self.most = io.BytesIO(content), most

    def read(self, size=-1):
        return self.inner.read(min(size, self.most))


def chunks(content, size):
    return (content[start : start + size] for start in range(0, len(content), size))


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, 5 * PART + 3])
@pytest.mark.parametrize(
    "make",
    [
        bytes,
        bytearray,
        memoryview,
        io.BytesIO,
        Reader,
        lambda content: Reader(content, most=1000),
        lambda content: chunks(content, 3333),
        lambda content: [content],
        lambda content: gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(content))),
    ],
    ids=["bytes", "bytearray", "memoryview", "BytesIO", "reader", "short reads", "generator", "list", "gzip"],
)
def test_a_reader_of_any_kind_is_uploaded_whole(make, size, client, emulator):
    content = pattern(size)
    result = client.uploader(part_size=PART).upload_from(put("reader"), make(content))
    assert (result.size, result.verified) == (size, "crc64")
    assert emulator.content(BUCKET, "reader") == content


@pytest.mark.parametrize("buffering", [0, 4096], ids=["raw", "buffered"])
def test_an_open_file_is_uploaded_from_where_it_was_read_to(buffering, client, emulator, tmp_path):
    content = pattern(5 * PART)
    path = tmp_path / "file"
    path.write_bytes(content)
    with open(path, "rb", buffering=buffering) as file:
        file.read(10)
        result = client.uploader(part_size=PART).upload_from(put("file"), file)
        assert file.tell() == len(content) and file.read() == b""
    assert result.size == len(content) - 10
    assert emulator.content(BUCKET, "file") == content[10:]


def test_a_compressed_file_is_uploaded_as_it_reads_and_not_as_it_is_on_the_disk(client, emulator, tmp_path):
    path = tmp_path / "file.gz"
    with gzip.open(path, "wb") as file:
        file.write(pattern(3 * PART))
    with gzip.open(path) as file:
        client.uploader(part_size=PART).upload_from(put("gz"), file)
    assert emulator.content(BUCKET, "gz") == pattern(3 * PART)


def test_a_temporary_file_is_uploaded_with_what_was_not_flushed(client, emulator):
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"hello")
        file.seek(1)
        client.uploader().upload_from(put("temporary"), file)
        assert file.tell() == 5
    assert emulator.content(BUCKET, "temporary") == b"ello"


def test_a_pipe_is_uploaded_to_its_end(client, emulator):
    reading, writing = os.pipe()
    content = pattern(3 * PART)

    def write():
        with os.fdopen(writing, "wb") as file:
            file.write(content)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reading, "rb") as file:
        client.uploader(part_size=PART).upload_from(put("pipe"), file)
    thread.join()
    assert emulator.content(BUCKET, "pipe") == content


@pytest.mark.parametrize("make", [io.StringIO, lambda text: iter([text])], ids=["text file", "strings"])
def test_text_is_refused_with_what_to_do_instead(make, client, emulator):
    with pytest.raises(oss.exceptions.ParamInvalidError, match="'rb'"):
        client.uploader().upload_from(put("text"), make("hello"))
    assert emulator.history() == []


def test_what_a_reader_raises_comes_back_and_nothing_is_left(client, emulator):
    class Broken(Exception):
        pass

    def blocks():
        yield pattern(5 * PART)
        raise Broken("the disk is gone")

    with pytest.raises(Broken, match="the disk is gone"):
        client.uploader(part_size=PART).upload_from(put("broken"), blocks())
    assert emulator.uploads(BUCKET) == [] and emulator.content(BUCKET, "broken") is None


def test_what_a_progress_function_raises_comes_back_and_ends_the_upload(client, emulator, big_file):
    def progress(added, so_far, total):
        raise KeyError("no such bar")

    request = oss.PutObjectRequest(bucket=BUCKET, key="raises", progress_fn=progress)
    with pytest.raises(KeyError, match="no such bar"):
        client.uploader(part_size=PART).upload_file(request, big_file)
    assert emulator.uploads(BUCKET) == [] and emulator.content(BUCKET, "raises") is None


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_progress_is_told_on_the_calling_thread_and_ends_with_the_whole(kind, client, big_file):
    calls = []

    def progress(added, so_far, total):
        calls.append((threading.get_ident(), added, so_far, total))

    size = big_file.stat().st_size
    request = oss.PutObjectRequest(bucket=BUCKET, key="progress", progress_fn=progress)
    if kind == "file":
        client.uploader().upload_file(request, big_file)
    else:
        client.uploader().upload_from(request, chunks(big_file.read_bytes(), 1 << 20))
    assert {thread for thread, *_ in calls} == {threading.get_ident()}
    assert sum(added for _, added, *_ in calls) == size
    assert calls[-1][2:] == (size, size)
    so_far = [call[2] for call in calls]
    assert so_far == sorted(so_far)


def test_other_threads_run_while_a_call_waits(client, emulator):
    emulator.add_fault(operation="PutObject", effects=[{"delay": 600}])
    counted = 0
    done = threading.Event()

    def count():
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.01)

    thread = threading.Thread(target=count)
    thread.start()
    client.uploader().upload_from(put("waits"), b"hello")
    done.set()
    thread.join()
    assert counted >= 20


INTERRUPTED = """
import sys, ossup as oss
from ossup.emulator import Emulator
cfg = oss.config.load_default()
cfg.endpoint, cfg.region, path, checkpoints = sys.argv[1:]
uploader = oss.Client(cfg).uploader(part_size=102400, parallel_num=1, enable_checkpoint=True, checkpoint_dir=checkpoints)
told = False
def progress(added, so_far, total):
    global told
    if so_far >= 307200 and not told:
        told = True
        print("running", flush=True)
result = uploader.upload_file(oss.PutObjectRequest(bucket="example-bucket", key="resumed", progress_fn=progress), path)
print("reused", result.parts_reused, flush=True)
"""


def test_control_c_ends_within_a_second_and_the_next_run_resumes(emulator, client, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(pattern(30 * PART))
    program = tmp_path / "program.py"
    program.write_text(INTERRUPTED)
    command = [sys.executable, str(program), emulator.endpoint, emulator.region, str(path), str(tmp_path / "records")]
    environment = {**os.environ, **emulator.environment(), "PYTHONPATH": os.pathsep.join(sys.path)}
    emulator.add_fault(operation="UploadPart", part_number=6, times=None, effects=["stall"])
    first = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert first.stdout.readline() == "running\n"
    time.sleep(0.3)
    first.send_signal(signal.SIGINT)
    start = time.monotonic()
    _, errors = first.communicate(timeout=20)
    took = time.monotonic() - start
    assert "KeyboardInterrupt" in errors and took < 1.5, (took, errors)
    assert list((tmp_path / "records").iterdir()), "there is no checkpoint"
    emulator.clear_faults()
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert second.stdout.splitlines()[-1] == "reused 5", second.stdout + second.stderr
    assert emulator.content(BUCKET, "resumed") == path.read_bytes()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_client_is_used_before_a_fork_in_the_child_and_after_it(run, tmp_path, emulator):
    program = tmp_path / "fork.py"
    program.write_text(
        textwrap.dedent(
            """
            import os, sys, ossup as oss
            cfg = oss.config.load_default()
            cfg.endpoint, cfg.region = os.environ["OSS_ENDPOINT"], os.environ["OSS_REGION"]
            client = oss.Client(cfg)
            def upload(key):
                result = client.uploader().upload_from(oss.PutObjectRequest("example-bucket", key), key.encode())
                assert result.verified == "crc64"
            upload("fork-before")
            child = os.fork()
            upload(f"fork-{'child' if child == 0 else 'parent'}")
            if child == 0:
                os._exit(0)
            _, status = os.waitpid(child, 0)
            upload("fork-after")
            sys.exit(status)
            """
        )
    )
    run(program)
    for name in ("before", "child", "parent", "after"):
        assert emulator.content(BUCKET, f"fork-{name}") == f"fork-{name}".encode()


def test_a_refusal_has_the_official_classes_and_can_be_pickled(client):
    with pytest.raises(oss.UploadError) as raised:
        client.uploader().upload_from(oss.PutObjectRequest(bucket="no-such-bucket", key="k"), b"x")
    error = pickle.loads(pickle.dumps(raised.value))
    assert isinstance(error, oss.OssError) and error.stored is False and str(error) == str(raised.value)
    operation = error.unwrap()
    assert isinstance(operation, oss.exceptions.OperationError) and operation.name == "PutObject"
    cause = operation.unwrap()
    assert isinstance(cause, oss.exceptions.ServiceError)
    assert (cause.status_code, cause.code) == (404, "NoSuchBucket") and cause.request_id and cause.ec
    assert cause.headers["X-OSS-Request-ID"] == cause.request_id


def test_a_client_can_be_pickled(client, emulator):
    again = pickle.loads(pickle.dumps(client))
    again.uploader().upload_from(put("pickled"), b"x")
    assert emulator.content(BUCKET, "pickled") == b"x"


@pytest.mark.parametrize(
    "options, named", [({"part_size": 1}, "part_size"), ({"parallel_num": 1000}, "parallel_num")], ids=str
)
def test_an_option_outside_its_range_is_named_before_anything_is_sent(options, named, client, emulator):
    with pytest.raises(oss.exceptions.ParamInvalidError, match=named):
        client.uploader(**options).upload_from(put("option"), b"x")
    assert emulator.history() == []


def test_misspelt_names_are_errors_that_list_what_there_is(client):
    with pytest.raises(TypeError, match="storage_class"):
        oss.PutObjectRequest(bucket=BUCKET, key="k", storageclass="IA")
    with pytest.raises(TypeError, match="parallel_num"):
        client.uploader(parallel=3)
    with pytest.raises(oss.exceptions.FileNotExist):
        client.uploader().upload_file(put("k"), "/no/such/file")


def test_credentials_of_a_function_are_asked_for_and_its_exception_is_the_cause(emulator):
    asked = []

    def give():
        asked.append(threading.get_ident())
        return oss.Credentials(*emulator.credentials)

    config = emulator.config()
    config.credentials_provider = oss.credentials.CredentialsProviderFunc(give)
    oss.Client(config).uploader().upload_from(put("function"), b"x")
    assert asked

    def fail():
        raise LookupError("the vault is sealed")

    config.credentials_provider = oss.credentials.CredentialsProviderFunc(fail)
    with pytest.raises(oss.UploadError, match="the vault is sealed"):
        oss.Client(config).uploader().upload_from(put("function"), b"x")


def test_warnings_of_the_engine_are_logged(client, emulator, caplog):
    with caplog.at_level(logging.DEBUG, logger="ossup"):
        emulator.add_fault(operation="PutObject", effects=[{"response": {"status": 503, "code": "ServiceUnavailable"}}])
        emulator.client().uploader().upload_from(put("logged"), b"x")
    assert any(record.name.startswith("ossup.") for record in caplog.records)


def test_a_thousand_uploads_take_no_memory_and_no_handles(tmp_path):
    if not os.path.exists("/proc/self/statm"):
        pytest.skip("the system does not tell")
    path = tmp_path / "small"
    path.write_bytes(pattern(4096))

    def used():
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/self/fd"))

    # It is in this process too, and must not keep a history that grows.
    with Emulator(BUCKET, history_limit=10) as emulator:
        uploader = emulator.client().uploader()

        def upload(times):
            for _ in range(times):
                uploader.upload_file(put("leak"), path)

        upload(100)
        memory, handles = used()
        upload(900)
        more_memory, more_handles = used()
    assert more_handles <= handles
    assert more_memory - memory <= 2 * 1024 * 1024
