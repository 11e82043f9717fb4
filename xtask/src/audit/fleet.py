"""The examples for many machines: the program for dask on a cluster of four workers of which two are killed, and the manifest
for Kubernetes beside the schemas of its versions.

    fleet.py OSSUP EXAMPLES
"""

import collections
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

import kubernetes_validate
import psutil
import yaml
from distributed import Client, LocalCluster

FILES = 1_200
SHARDS = 8
WORKERS = 4
KILLED = 2
# What `ossup sync` transfers at once.
JOBS = 4
# The first version of Kubernetes whose Jobs have all that the manifest uses, and a later one.
VERSIONS = ["1.29", "1.34"]


def check_manifest(path: pathlib.Path) -> None:
    """The manifest fits to the schemas, which refuse what is wrong, and says one number of shards everywhere."""
    job = yaml.safe_load(path.read_text())
    for version in VERSIONS:
        kubernetes_validate.validate(job, version, strict=True)
        for place, value in (("completions", "eight"), ("completionmode", "Indexed")):
            wrong = copy.deepcopy(job)
            wrong["spec"][place] = value
            try:
                kubernetes_validate.validate(wrong, version, strict=True)
            except kubernetes_validate.ValidationError:
                continue
            raise AssertionError(f"the schema of {version} takes {place}: {value}")
    # What the server of Kubernetes demands beyond the schema.
    spec = job["spec"]
    assert spec["completionMode"] == "Indexed" and spec["template"]["spec"]["restartPolicy"] == "Never", spec
    assert 0 <= spec["maxFailedIndexes"] <= spec["completions"], spec
    container = spec["template"]["spec"]["containers"][0]
    for rule in spec["podFailurePolicy"]["rules"]:
        codes = rule["onExitCodes"]
        assert codes["containerName"] == container["name"] and codes["values"] == sorted(set(codes["values"])), rule
        assert 0 not in codes["values"], rule
    command = container["command"]
    assert command[command.index("--shard") + 1] == f"auto/{spec['completions']}", command
    print(f"{path.name}: fits to the schemas of Kubernetes {' and '.join(VERSIONS)}")


class Server:
    """The emulator, slow enough that a cluster has something to do."""

    def __init__(self, ossup: pathlib.Path, folder: pathlib.Path) -> None:
        faults = folder / "faults.json"
        faults.write_text(json.dumps([{"operation": "PutObject", "nth": 1, "times": None, "effects": [{"delay": 30}]}]))
        command = [ossup, "serve", "--port", "0", "--control", "0", "--dir", folder / "state", "--faults", faults]
        self.process = subprocess.Popen([*command, "--durability", "process"], stdout=subprocess.PIPE, text=True)
        lines = {}
        while "buckets made at the start" not in lines:
            name, _, value = self.process.stdout.readline().partition(": ")
            lines[name] = value.strip()
        self.endpoint, self.control = lines["endpoint"], lines["control"]

    def puts(self) -> collections.Counter:
        """How often each object was sent."""
        with urllib.request.urlopen(f"{self.control}/history") as response:
            history = json.load(response)
        sent = (entry["key"] for entry in history if entry["operation"] == "PutObject")
        return collections.Counter(key for key in sent if key.startswith("data/"))


def kill_two_workers(address: str) -> list[str]:
    """Ends two workers that are at work, and what they started, as the end of their machines would."""
    with Client(address) as client:
        busy = [worker for worker, tasks in client.processing().items() if tasks]
        assert len(busy) == WORKERS, busy
        processes = client.run(os.getpid)
        for worker in busy[:KILLED]:
            process = psutil.Process(processes[worker])
            started = process.children(recursive=True)
            assert any("ossup" in child.name() for child in started), started
            for each in (process, *started):
                each.kill()
    return busy[:KILLED]


def run_cluster(ossup: pathlib.Path, program: pathlib.Path, folder: pathlib.Path) -> None:
    source = folder / "source"
    for number in range(FILES):
        path = source / f"d{number % 40}" / f"{number:05}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number) * 10)
    os.environ |= {"OSS_ACCESS_KEY_ID": "fleet", "OSS_ACCESS_KEY_SECRET": "secret-of-the-fleet", "HOME": str(folder)}
    os.environ["PATH"] = f"{ossup.parent}{os.pathsep}{os.environ['PATH']}"
    server = Server(ossup, folder)
    try:
        flags = ["--endpoint", server.endpoint]
        extra = folder / "extra"
        extra.mkdir()
        for number in range(20):
            (extra / f"extra-{number}").write_text("1")
        subprocess.run([ossup, "cp", "-r", extra, "oss://demo/data/", *flags], check=True, stdout=subprocess.DEVNULL)
        before = server.puts()
        with LocalCluster(n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
            address = cluster.scheduler_address
            arguments = [address, source, "oss://demo/data/", str(SHARDS), "--delete", *flags]
            running = subprocess.Popen([sys.executable, program, *arguments], stdout=subprocess.PIPE, text=True)
            while (server.puts() - before).total() < FILES // 6:
                assert running.poll() is None, "it ended before a worker was killed"
                time.sleep(0.05)
            killed = kill_two_workers(address)
            at = (server.puts() - before).total()
            print(f"killed {', '.join(killed)} after {at} objects")
            output, _ = running.communicate(timeout=300)
        assert running.returncode == 0, output
        summary = json.loads(output.splitlines()[-1])
        print(f"dask: {summary}")
        # Deletions are among what is done. A shard that ran twice skips what it had stored.
        assert summary["deleted"] == 20, summary
        assert summary["done"] - summary["deleted"] + summary["skipped"] == FILES, summary
        assert summary["skipped"] > 0, "no killed shard continued"
        sent = server.puts() - before
        assert len(sent) == FILES, f"{len(sent)} of {FILES} objects were sent"
        twice = sent.total() - FILES
        assert twice <= KILLED * JOBS, f"{twice} objects were sent twice"
        subprocess.run([ossup, "check", source, "oss://demo/data/", *flags], check=True)
        print(f"every object is there and verified; {twice} were sent twice, being under way when a worker was killed")
    finally:
        server.process.terminate()
        server.process.wait()


def main() -> None:
    ossup, examples = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    check_manifest(examples / "job.yaml")
    with tempfile.TemporaryDirectory() as folder:
        run_cluster(ossup, examples / "dask_sync.py", pathlib.Path(folder))


if __name__ == "__main__":
    main()
