"""The SDK's uploader and downloader."""

import io
import os
import subprocess
import sys
import textwrap

import alibabacloud_oss_v2 as oss

from harness import case, equal, holds, refused
from stage import PART, client, crc, md5_hex, pattern

BODY = pattern(5 * PART + 1234)


def request(stage, key, **fields):
    return oss.PutObjectRequest(bucket=stage.bucket, key=key, **fields)


def uploads(stage):
    got = stage.client.list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=stage.bucket))
    return [upload.upload_id for upload in got.uploads or []]


@case("a file smaller than a part goes up with one PutObject")
def _(stage):
    got = stage.client.uploader().upload_file(request(stage, "a"), stage.file("a.txt", b"small"))
    equal((got.status_code, got.etag, got.hash_crc64, got.upload_id or ""), (200, f'"{md5_hex(b"small")}"', crc(b"small"), ""))
    equal((stage.head("a").object_type, stage.head("a").content_type), ("Normal", "text/plain"))


@case("a larger file goes up in parts, in parallel and alone")
def _(stage):
    path = stage.file("a.txt", BODY)
    for parallel in (1, 3, 8):
        uploader = stage.client.uploader(part_size=PART, parallel_num=parallel)
        seen = []
        got = uploader.upload_file(request(stage, "a", progress_fn=lambda n, done, total: seen.append((n, done, total))), path)
        equal((got.hash_crc64, got.etag.endswith('-6"')), (crc(BODY), True))
        equal(seen[-1][1:], (len(BODY), len(BODY)))
        read = stage.get("a")
        equal((read.content, read.object_type, read.content_type), (BODY, "Multipart", "text/plain"))
    equal(uploads(stage), [])


@case("the fields of the request arrive, whether the file is small or large")
def _(stage):
    fields = {
        "metadata": {"colour": "blue"}, "tagging": "k=v", "storage_class": "IA", "acl": "public-read",
        "cache_control": "no-cache", "content_disposition": "inline", "content_type": "text/special",
    }
    for key, body in (("small", b"x"), ("large", BODY)):
        stage.client.uploader(part_size=PART).upload_file(request(stage, key, **fields), stage.file(key, body))
        got = stage.head(key)
        equal((dict(got.metadata), got.tagging_count, got.storage_class), ({"colour": "blue"}, 1, "IA"))
        equal((got.cache_control, got.content_disposition, got.content_type), ("no-cache", "inline", "text/special"))
        equal(stage.client.get_object_acl(oss.GetObjectAclRequest(bucket=stage.bucket, key=key)).acl, "public-read")


@case("a stream goes up, with and without a known length")
def _(stage):
    uploader = stage.client.uploader(part_size=PART)
    uploader.upload_from(request(stage, "seekable"), io.BytesIO(BODY))
    equal(stage.get("seekable").content, BODY)

    class Pipe(io.RawIOBase):
        """Reads once, from the front."""

        def __init__(self):
            super().__init__()
            self._rest = io.BytesIO(BODY)

        def readable(self):
            return True

        def readinto(self, buffer):
            return self._rest.readinto(buffer)

    uploader.upload_from(request(stage, "pipe"), io.BufferedReader(Pipe(), PART))
    equal(stage.get("pipe").content, BODY)


@case("forbid-overwrite stops an upload, and no parts are left")
def _(stage):
    stage.put("a", b"x")
    for body in (b"small", BODY):
        with refused(409, "FileAlreadyExists"):
            path = stage.file("f", body)
            stage.client.uploader(part_size=PART).upload_file(request(stage, "a", forbid_overwrite=True), path)
    equal((uploads(stage), stage.get("a").content), ([], b"x"))


@case("an upload that fails is aborted, or keeps its parts when asked to")
def _(stage):
    def stop(_increment, done, _total):
        if done >= 2 * PART:
            os.truncate(path, PART)

    for leave in (False, True):
        path = stage.file("f", BODY)
        # The SDK states a length that the file no longer has, and then waits for a response.
        uploader = client(readwrite_timeout=2).uploader(part_size=PART, parallel_num=1, leave_parts_on_error=leave)
        try:
            uploader.upload_file(request(stage, "a", progress_fn=stop), path)
        except oss.UploadError as error:
            holds(error.upload_id and error.path == f"oss://{stage.bucket}/a", error)
        else:
            raise AssertionError("a file cut short went through")
        equal((leave, len(uploads(stage))), (leave, 1 if leave else 0))


@case("an upload killed half-way resumes from its checkpoint and sends only the rest")
def _(stage):
    path = stage.file("big", BODY)
    checkpoints = stage.folder / "checkpoints"
    checkpoints.mkdir()
    program = textwrap.dedent(
        """
        import os, sys
        import alibabacloud_oss_v2 as oss
        from stage import PART, client
        bucket, path, folder = sys.argv[1:]
        def die(_increment, done, _total):
            if done >= 3 * PART:
                os._exit(9)
        uploader = client().uploader(part_size=PART, parallel_num=1, enable_checkpoint=True, checkpoint_dir=folder)
        uploader.upload_file(oss.PutObjectRequest(bucket=bucket, key="a", progress_fn=die), path)
        """
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, stage.bucket, path, f"{checkpoints}/"],
        cwd=os.path.dirname(os.path.dirname(os.path.abspath(__file__))), check=False, timeout=60,
    )
    equal((killed.returncode, len(list(checkpoints.iterdir()))), (9, 1))
    [left] = uploads(stage)
    equal(len(stage.list_parts("a", left).parts), 3)
    seen = []
    uploader = stage.client.uploader(part_size=PART, parallel_num=1, enable_checkpoint=True, checkpoint_dir=f"{checkpoints}/")
    got = uploader.upload_file(request(stage, "a", progress_fn=lambda n, done, total: seen.append(n)), path)
    equal((got.upload_id, sum(seen)), (left, len(BODY) - 3 * PART))
    equal((stage.get("a").content, got.hash_crc64), (BODY, crc(BODY)))
    equal((uploads(stage), list(checkpoints.iterdir())), ([], []))


@case("a checkpoint whose upload is gone starts over")
def _(stage):
    path = stage.file("big", BODY)
    folder = stage.folder / "checkpoints"
    folder.mkdir()

    def stop(_increment, done, _total):
        if done >= 2 * PART:
            raise KeyboardInterrupt

    uploader = stage.client.uploader(part_size=PART, parallel_num=1, enable_checkpoint=True, checkpoint_dir=f"{folder}/")
    try:
        uploader.upload_file(request(stage, "a", progress_fn=stop), path)
    except KeyboardInterrupt:
        pass
    [left] = uploads(stage)
    abort = oss.AbortMultipartUploadRequest(bucket=stage.bucket, key="a", upload_id=left)
    stage.client.abort_multipart_upload(abort)
    got = uploader.upload_file(request(stage, "a"), path)
    holds(got.upload_id != left, "the dead id was used")
    equal(stage.get("a").content, BODY)


@case("the downloader fetches in parts, into a file and into a stream")
def _(stage):
    stage.put("a", BODY)
    downloader = stage.client.downloader(part_size=PART, parallel_num=3)
    path = str(stage.folder / "whole")
    got = downloader.download_file(oss.GetObjectRequest(bucket=stage.bucket, key="a"), path)
    equal((got.written, open(path, "rb").read()), (len(BODY), BODY))
    sink = io.BytesIO()
    downloader.download_to(oss.GetObjectRequest(bucket=stage.bucket, key="a"), sink)
    equal(sink.getvalue(), BODY)


@case("a download resumes from its checkpoint")
def _(stage):
    stage.put("a", BODY)
    folder = stage.folder / "checkpoints"
    folder.mkdir()
    path = str(stage.folder / "got")

    def stop(_increment, done, _total):
        if done >= 3 * PART:
            raise KeyboardInterrupt

    downloader = stage.client.downloader(
        part_size=PART, parallel_num=1, enable_checkpoint=True, checkpoint_dir=f"{folder}/", verify_data=True
    )
    try:
        downloader.download_file(oss.GetObjectRequest(bucket=stage.bucket, key="a", progress_fn=stop), path)
    except KeyboardInterrupt:
        pass
    downloader.download_file(oss.GetObjectRequest(bucket=stage.bucket, key="a"), path)
    equal(open(path, "rb").read(), BODY)
