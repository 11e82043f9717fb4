"""What an upload through the package costs, beside the command line and the official package.

    measure.py --ossup PROGRAM --wheel FILE [--rounds N] [--size MIB] [--files N] [--write FILE]

The server is a process of its own on the last processor, each client one on the first, in turns. CPU time and peak memory
are the operating system's account: around the call for CPU time, of the whole process for memory.
"""

import argparse
import compileall
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PART_SIZE = 6 * 1024 * 1024
PARALLEL = 3
THREADS = 16
SMALL = 4096
BUCKET = "demo"
CLIENTS = {"ossup": "ossup", "official": "alibabacloud_oss_v2"}


def client(package, endpoint):
    """A client of one of the two packages, which have the same names."""
    oss = __import__(CLIENTS[package])
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
    config.region = "cn-hangzhou"
    config.endpoint = endpoint
    config.use_path_style = True
    return oss, oss.Client(config)


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak(process="self"):
    """The most memory that a process has had so far, in MiB; 0 of one that has ended."""
    with open(f"/proc/{process}/status") as status:
        return next((int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM")), 0.0)


def work(package, what, endpoint, path, size):
    """Runs in a process of its own and prints its costs. `size` is what the server must have at the end."""
    oss, connection = client(package, endpoint)
    began, used = time.perf_counter(), cpu()
    if what == "file":
        uploader = connection.uploader(part_size=PART_SIZE, parallel_num=PARALLEL)
        uploader.upload_file(oss.PutObjectRequest(bucket=BUCKET, key="file"), path)
    else:
        uploader = connection.uploader()

        def upload(name):
            request = oss.PutObjectRequest(bucket=BUCKET, key=f"files/{name}")
            uploader.upload_file(request, os.path.join(path, name))

        with ThreadPoolExecutor(THREADS) as threads:
            for _ in threads.map(upload, os.listdir(path)):
                pass
    used, took = cpu() - used, time.perf_counter() - began
    most = peak()
    if what == "file":
        stored = connection.head_object(oss.HeadObjectRequest(bucket=BUCKET, key="file")).content_length
        assert stored == size, f"{stored} bytes are stored, not {size}"
    else:
        names = 0
        for page in connection.list_objects_v2_paginator().iter_page(
            oss.ListObjectsV2Request(bucket=BUCKET, prefix="files/")
        ):
            names += len(page.contents or [])
        assert names == size, f"{names} objects are stored, not {size}"
    print(json.dumps({"cpu": used, "wall": took, "peak": most}))


def command(program, endpoint, path):
    """The same file by the command line."""
    began = time.perf_counter()
    arguments = ["cp", path, f"oss://{BUCKET}/file", "--endpoint", endpoint, "--region", "cn-hangzhou"]
    arguments += ["--part-size", str(PART_SIZE), "--parallel-num", str(PARALLEL), "--no-checkpoint", "--json", "-f"]
    process = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # The account of a program that has ended counts the memory of the one that started it.
    most, ended = 0.0, 0
    while not ended:
        most = peak(process.pid) or most
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
        time.sleep(0 if ended else 0.02)
    assert status == 0, f"the command line ended with {status}"
    took = time.perf_counter() - began
    return {"cpu": used.ru_utime + used.ru_stime, "wall": took, "peak": most}


class Server:
    """The emulator on the last processor, with an empty folder in memory where there is one."""

    def __init__(self, program, processor):
        shm = "/dev/shm"
        self.folder = tempfile.mkdtemp(dir=shm if os.path.isdir(shm) else None)
        arguments = ["serve", "--port", "0", "--dir", self.folder, "--etag", "crc", "--durability", "process"]
        # Before it starts: its threads keep the processors that they begin with, and it makes as many as there are.
        own = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {processor})
        self.process = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, text=True)
        os.sched_setaffinity(0, own)
        self.endpoint = None
        while self.endpoint is None:
            line = self.process.stdout.readline()
            assert line, "the emulator did not start"
            self.endpoint = next((word for word in line.split() if word.startswith("http://127.")), None)

    def __enter__(self):
        return self.endpoint

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)


def start_time(statement):
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - began


def median(rows, column):
    return statistics.median(row[column] for row in rows)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--ossup", required=True)
    options.add_argument("--wheel", required=True)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--size", type=int, default=2048)
    options.add_argument("--files", type=int, default=5000)
    options.add_argument("--write")
    options = options.parse_args()
    processors = sorted(os.sched_getaffinity(0))
    first, last = processors[0], processors[-1]
    apart = "on different processors" if first != last else "ON ONE PROCESSOR, which proves nothing"
    os.sched_setaffinity(0, {first})
    os.environ |= {"OSS_ACCESS_KEY_ID": "id", "OSS_ACCESS_KEY_SECRET": "secret"}

    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        file, files = Path(folder, "file"), Path(folder, "files")
        with file.open("wb") as target:
            for _ in range(options.size):
                target.write(os.urandom(1024 * 1024))
        files.mkdir()
        for number in range(options.files):
            (files / f"{number:06}").write_bytes(os.urandom(SMALL))

        def measured(what, path, expected):
            for round in range(options.rounds):
                names = [*CLIENTS, "command line"] if what == "file" else [*CLIENTS]
                for name in names:
                    with Server(options.ossup, last) as endpoint:
                        if name == "command line":
                            row = command(options.ossup, endpoint, path)
                        else:
                            child = [sys.executable, __file__, "work", name, what, endpoint, path, str(expected)]
                            row = json.loads(subprocess.run(child, check=True, stdout=subprocess.PIPE).stdout)
                    rows.setdefault((what, name), []).append(row)
                    print(f"{what:6} round {round + 1}  {name:13} {row['cpu']:7.3f} CPU s  {row['wall']:7.2f} s  {row['peak']:6.1f} MiB", file=sys.stderr)

        measured("file", str(file), options.size * 1024 * 1024)
        measured("files", str(files), options.files)

    # Not the first one, which writes the byte code.
    compileall.compile_dir(os.path.dirname(__import__("ossup").__file__), quiet=1)
    bare = statistics.median(start_time("pass") for _ in range(11))
    imported = {name: statistics.median(start_time(f"import {module}") for _ in range(11)) - bare for name, module in CLIENTS.items()}
    wheel = os.path.getsize(options.wheel) / (1024 * 1024)

    def cost(what, name):
        return median(rows[what, name], "cpu")

    most = max(row["peak"] for row in rows["file", "ossup"])
    targets = [
        ("a file: CPU against our own command line", cost("file", "ossup") / cost("file", "command line"), 1.1, "×"),
        ("a file: peak memory of the process, the most of all runs", most, 40, "MiB"),
        ("small files: CPU against the official package", cost("files", "ossup") / cost("files", "official"), 0.25, "×"),
        ("import", imported["ossup"] * 1000, 80, "ms"),
        ("wheel", wheel, 8, "MiB"),
    ]
    table = [
        f"Client and server {apart}; medians of {options.rounds} interleaved rounds; Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}.",
        "",
        "| work | client | CPU s | wall s | peak MiB |",
        "|---|---|---|---|---|",
    ]
    titles = {"file": f"{options.size} MiB file, 6 MiB × {PARALLEL}", "files": f"{options.files} × 4 KiB, {THREADS} threads"}
    for (what, name), of in rows.items():
        shown = f"**{name}**" if name == "ossup" else name
        table.append(f"| {titles[what]} | {shown} | {median(of, 'cpu'):.3f} | {median(of, 'wall'):.2f} | {median(of, 'peak'):.1f} |")
    table += ["", f"Import: ossup {imported['ossup'] * 1000:.0f} ms, official {imported['official'] * 1000:.0f} ms. Wheel: {wheel:.1f} MiB.", ""]
    table += ["| target | is | wanted | |", "|---|---|---|---|"]
    for name, value, wanted, unit in targets:
        verdict = "met" if value <= wanted else "**missed**"
        table.append(f"| {name} | {value:.2f} {unit} | ≤ {wanted} {unit} | {verdict} |")
    print("\n".join(table))
    if options.write:
        head = ["<!-- Written by `cargo xtask python --bench`. -->", "", "# What the Python package costs", ""]
        Path(options.write).write_text("\n".join(head + table) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "work":
        _, _, package, what, endpoint, path, size = sys.argv
        work(package, what, endpoint, path, int(size))
    else:
        main()
