"""Uploads a file to an emulator inside this program: `python examples/upload.py FILE`."""

import sys

import ossup as oss
from ossup.emulator import Emulator


def main() -> None:
    (path,) = sys.argv[1:]
    with Emulator("demo") as emulator:
        uploader = emulator.client().uploader(part_size=1024 * 1024, parallel_num=3)
        result = uploader.upload_file(oss.PutObjectRequest(bucket="demo", key="film.mkv"), path)
        print(f"{result.size} bytes at {emulator.endpoint}/demo/film.mkv, ETag {result.etag}, verified: {result.verified}")


if __name__ == "__main__":
    main()
