"""The file system of fsspec: its own suite, and what it promises beyond."""

import os
import pickle
import time

import fsspec
import pytest
from fsspec.tests import abstract

import ossup.fsspec
from conftest import BUCKET, pattern

ossup.fsspec.register()


@pytest.fixture
def options(emulator):
    key, secret = emulator.credentials
    return {"endpoint": emulator.endpoint, "region": emulator.region, "key": key, "secret": secret}


class Fixtures(abstract.AbstractFixtures):
    @pytest.fixture(scope="class")
    def fs(self, emulator):
        key, secret = emulator.credentials
        return fsspec.filesystem("oss", endpoint=emulator.endpoint, region=emulator.region, key=key, secret=secret)

    @pytest.fixture
    def fs_path(self):
        return f"{BUCKET}/suite"

    @pytest.fixture
    def fs_join(self):
        return lambda *parts: "/".join(parts)

    @pytest.fixture
    def supports_empty_directories(self):
        return False

    @pytest.fixture(scope="class")
    def fs_glob_edge_cases_files(self, fs):
        """Written once for all the patterns, which only read it, and apart from the other sources."""
        source = self._glob_edge_cases_files(fs, lambda *parts: "/".join(parts), f"{BUCKET}/edges")
        yield source
        fs.rm(source, recursive=True)


class TestCopy(abstract.AbstractCopyTests, Fixtures):
    pass


class TestGet(abstract.AbstractGetTests, Fixtures):
    pass


class TestPut(abstract.AbstractPutTests, Fixtures):
    pass


class TestPipe(abstract.AbstractPipeTests, Fixtures):
    pass


class TestOpen(abstract.AbstractOpenTests, Fixtures):
    pass


@pytest.fixture
def fs(options, emulator):
    emulator.clear_faults()
    emulator.clear_history()
    return fsspec.filesystem("oss", skip_instance_cache=True, **options)


@pytest.mark.parametrize("size", [0, 10, 100 * 1024, 350 * 1024 + 1])
def test_an_opened_file_is_an_object_once_it_is_closed(size, fs, emulator):
    fs.rm_file(f"{BUCKET}/opened")
    with fs.open(f"oss://{BUCKET}/opened", "wb", block_size=100 * 1024) as file:
        for start in range(0, size, 30_000):
            file.write(pattern(size)[start : start + 30_000])
        assert emulator.content(BUCKET, "opened") is None
    assert emulator.content(BUCKET, "opened") == pattern(size)
    with fs.open(f"oss://{BUCKET}/opened", "rb", block_size=10_000) as file:
        assert file.read() == pattern(size)
        file.seek(size // 2)
        assert file.read(7) == pattern(size)[size // 2 :][:7]


def test_an_exception_while_a_file_is_open_publishes_nothing(fs, emulator):
    with pytest.raises(ZeroDivisionError), fs.open(f"{BUCKET}/given-up", "wb", block_size=100 * 1024) as file:
        file.write(pattern(250 * 1024))
        raise ZeroDivisionError
    assert emulator.content(BUCKET, "given-up") is None and emulator.uploads(BUCKET) == []


def test_a_file_is_appended_to_and_not_created_twice(fs, emulator):
    fs.pipe_file(f"{BUCKET}/log", b"one ")
    with fs.open(f"{BUCKET}/log", "ab") as file:
        file.write(b"two")
    assert emulator.content(BUCKET, "log") == b"one two"
    with pytest.raises(FileExistsError):
        fs.open(f"{BUCKET}/log", "xb")
    with pytest.raises(FileExistsError):
        fs.pipe_file(f"{BUCKET}/log", b"x", mode="create")
    assert emulator.content(BUCKET, "log") == b"one two"


@pytest.mark.parametrize("old, new", [(10, 10), (150_000, 10), (150_000, 250_000), (10, 250_000), (150_000, 0)])
def test_what_is_appended_is_verified_and_the_old_object_is_not_fetched(old, new, fs, emulator):
    path = f"{BUCKET}/appended"
    fs.pipe_file(path, pattern(old), content_type="text/x", metadata={"a": "1"})
    emulator.clear_history()
    with fs.open(path, "ab", block_size=100 * 1024) as file:
        assert file.tell() == old
        file.write(pattern(new))
    assert emulator.content(BUCKET, "appended") == pattern(old) + pattern(new)
    assert bool(emulator.history("GetObject")) == (old < 100 * 1024)
    assert (fs.info(path)["content_type"], fs.info(path)["metadata"]) == ("text/x", {"a": "1"})
    assert emulator.uploads(BUCKET) == []


def test_a_transaction_publishes_all_or_nothing(fs, emulator):
    with fs.transaction:
        with fs.open(f"{BUCKET}/transaction", "wb", block_size=100 * 1024) as file:
            file.write(pattern(250 * 1024))
        assert emulator.content(BUCKET, "transaction") is None
    assert emulator.content(BUCKET, "transaction") == pattern(250 * 1024)
    with pytest.raises(ZeroDivisionError), fs.transaction:
        with fs.open(f"{BUCKET}/rolled-back", "wb", block_size=100 * 1024) as file:
            file.write(pattern(250 * 1024))
        raise ZeroDivisionError
    assert emulator.content(BUCKET, "rolled-back") is None and emulator.uploads(BUCKET) == []


def test_ranges_may_be_negative_and_one_sided_and_are_read_together(fs, emulator):
    content = pattern(200_000)
    fs.pipe_file(f"{BUCKET}/ranges", content)
    for start, end in [(None, None), (5, None), (None, 7), (5, 7), (-5, None), (None, -5), (-10, -5), (7, 5), (300_000, None)]:
        assert fs.cat_file(f"{BUCKET}/ranges", start, end) == content[start:end], (start, end)
    emulator.clear_history()
    starts, ends = [0, 1000, 5000, 100_000], [10, 2000, 5001, 100_100]
    assert fs.cat_ranges([f"{BUCKET}/ranges"] * 4, starts, ends) == [content[a:b] for a, b in zip(starts, ends)]
    assert len(emulator.history("GetObject")) <= 2
    missing = fs.cat_ranges([f"{BUCKET}/nothing"], [0], [1])
    assert isinstance(missing[0], FileNotFoundError)


def test_files_go_up_and_down_verified_and_with_a_callback(fs, emulator, tmp_path, big_file):
    callback = fsspec.callbacks.Callback()
    fs.put_file(big_file, f"{BUCKET}/up", callback=callback)
    assert callback.value == callback.size == big_file.stat().st_size
    fs.get_file(f"{BUCKET}/up", tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == big_file.read_bytes()
    emulator.add_fault(operation="GetObject", times=None, effects=[{"flip_byte": 1000}])
    with pytest.raises(ossup.DownloadError):
        fs.get_file(f"{BUCKET}/up", tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == big_file.read_bytes()


def test_a_file_system_is_pickled_and_used_in_a_child(fs, emulator, options):
    fs.pipe_file(f"{BUCKET}/pickled", b"x")
    again = pickle.loads(pickle.dumps(fs))
    assert again.cat_file(f"{BUCKET}/pickled") == b"x"
    child = os.fork()
    if child == 0:
        status = 1
        try:
            one = fsspec.filesystem("oss", skip_instance_cache=True, **options)
            status = 0 if one.cat_file(f"{BUCKET}/pickled") == b"x" else 2
        finally:
            os._exit(status)
    deadline = time.monotonic() + 30
    while (done := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert done[1] == 0 and done[0] == child
    assert fs.cat_file(f"{BUCKET}/pickled") == b"x"


@pytest.mark.asyncio
async def test_it_is_used_from_a_loop_of_the_caller(options):
    fs = fsspec.filesystem("oss", asynchronous=True, skip_instance_cache=True, **options)
    await fs._pipe_file(f"{BUCKET}/async", b"hello")
    assert await fs._cat_file(f"{BUCKET}/async", 1, 3) == b"el"
    assert (await fs._info(f"{BUCKET}/async"))["size"] == 5


def test_what_is_listed_is_found_and_removed(fs):
    for name in ("a/1", "a/b/2", "c"):
        fs.pipe_file(f"second-bucket/tree/{name}", b"x")
    assert fs.ls("second-bucket/tree", detail=False) == ["second-bucket/tree/a", "second-bucket/tree/c"]
    assert fs.find("second-bucket/tree") == [f"second-bucket/tree/{n}" for n in ("a/1", "a/b/2", "c")]
    assert fs.find("second-bucket/tree", maxdepth=1) == ["second-bucket/tree/c"]
    assert fs.isdir("second-bucket/tree/a") and fs.isfile("second-bucket/tree/c") and not fs.exists("second-bucket/no")
    assert fs.du("second-bucket/tree") == 3 and "second-bucket" in fs.ls("", detail=False)
    assert fs.checksum("second-bucket/tree/c") == fs.checksum("second-bucket/tree/c")
    assert fs.modified("second-bucket/tree/c").year >= 2020
    fs.rm("second-bucket/tree", recursive=True)
    assert fs.find("second-bucket/tree") == []
    with pytest.raises(FileNotFoundError):
        fs.info("second-bucket/tree/c")


def test_a_tree_is_copied_and_fetched_without_looking_at_each_object_twice(fs, emulator, tmp_path):
    names = [f"{folder}{n}" for folder in ("", "a/", "a/b/") for n in range(4)]
    for name in names:
        fs.pipe_file(f"{BUCKET}/wide/{name}", b"x")
    emulator.clear_history()
    fs.copy(f"{BUCKET}/wide/**", f"{BUCKET}/wide-copy", recursive=True)
    requests = [record["operation"] for record in emulator.history()]
    assert requests.count("CopyObject") == len(names)
    assert requests.count("HeadObject") <= len(names) + 8 and requests.count("ListObjectsV2") <= 8, requests
    assert fs.find(f"{BUCKET}/wide-copy") == [f"{BUCKET}/wide-copy/{name}" for name in sorted(names)]
    emulator.clear_history()
    fs.get(f"{BUCKET}/wide/", str(tmp_path), recursive=True)
    requests = [record["operation"] for record in emulator.history()]
    assert requests.count("GetObject") == len(names) and len(requests) <= 2 * len(names) + 8, requests
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()) == sorted(names)
    emulator.clear_history()
    assert len(fs.find(f"{BUCKET}/wide", withdirs=True)) == len(names) + 3
    assert len(emulator.history()) == 1
    assert fs.find(f"{BUCKET}/wide", maxdepth=2) == [f"{BUCKET}/wide/{name}" for name in sorted(names) if "b/" not in name]
    assert fs.find(f"{BUCKET}/wide/a/0", withdirs=True) == [f"{BUCKET}/wide/a/0"] and fs.find(f"{BUCKET}/wide/no") == []
    with pytest.raises(FileNotFoundError):
        fs.get_file(f"{BUCKET}/wide/no", tmp_path / "no")
    with pytest.raises(FileNotFoundError):
        fs.cp_file(f"{BUCKET}/wide/no", f"{BUCKET}/wide/yes")


def test_the_entry_point_leads_to_our_file_system(run):
    from importlib.metadata import entry_points

    if not [point for point in entry_points(group="fsspec.specs") if point.value.startswith("ossup.")]:
        pytest.skip("ossup-fsspec is not installed")
    program = "import fsspec; print(fsspec.get_filesystem_class('oss'))"
    assert "ossup.fsspec.OSSFileSystem" in run("-c", program).stdout


def test_a_file_that_is_never_closed_leaves_nothing_behind(fs, emulator):
    file = fs.open(f"{BUCKET}/forgotten", "wb", block_size=100 * 1024)
    file.write(pattern(250 * 1024))
    assert len(emulator.uploads(BUCKET)) == 1
    del file
    assert emulator.uploads(BUCKET) == [] and emulator.content(BUCKET, "forgotten") is None
