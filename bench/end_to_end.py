#!/usr/bin/env python3
"""`./dev bench end-to-end`: the demo's orders from files to gold, stage by stage, by the CLI.

Each stage is a process of its own, as users start it; its wall time, processor time and peak memory are those of that
process. `--memory` also compares the peak memory of `assay run` at ten times the input (3 GB against 300 MB unless
said otherwise): it must not grow with the input. All of that is one tenant's, so that every epoch of both runs is a
whole one of one tenant, which is what takes most memory; every order is another one, so that state grows with them.
That takes about 10 minutes and 10 GB of room.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "bench", "support"))
sys.path.insert(0, os.path.join(ROOT, "examples"))
from measured import measured  # noqa: E402
from steps import assay_program, generator_program  # noqa: E402

UNTIL = "2025-03-15"  # a fixed last day: every run refines the same bytes
MEMORY_RATIO_MAX = 1.2
MEMORY_TENANT = "aurora"  # of the commerce example: the largest
UNITS = {"kb": 10**3, "mb": 10**6, "gb": 10**9}


def options_of_user():
    parser = argparse.ArgumentParser(prog="dev bench end-to-end", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--size", default="60MB", help="bytes of orders (default %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="runs; the median is shown (default %(default)s)")
    parser.add_argument("--memory", action="store_true", help="also the peak memory of `run` at ten times the input")
    parser.add_argument("--memory-size", default="300MB", help="the smaller of the two (default %(default)s)")
    return parser.parse_args()


def bytes_of(text):
    return int(float(text[:-2]) * UNITS[text[-2:].lower()])


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.assay = assay_program()

    def note(self, text):
        print(text, file=sys.stderr, flush=True)

    def generate(self, size, *options):
        folder = os.path.join(self.folder, f"input-{size}")
        made = measured(generator_program(), "--json", "--out", folder, "--size", size, "--until", UNTIL,
                        *options)["report"]
        self.note(f"input: {made['records']:,} records, {made['bytes']:,} bytes in {made['files']} files")
        return folder, made

    def pass_through(self, source, stages):
        """A new workspace, taken through the stages; the measurements by stage."""
        workspace = os.path.join(self.folder, "workspace")
        shutil.rmtree(workspace, ignore_errors=True)
        subprocess.run([self.assay, "init", "--example", "commerce", workspace], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([self.assay, "-C", workspace, "apply"], check=True, stdout=subprocess.DEVNULL)
        commands = {"ingest": ["ingest", source], "run": ["run"], "verify": ["verify"]}
        results = {stage: measured(self.assay, "-q", "-C", workspace, "--json", *commands[stage]) for stage in stages}
        shutil.rmtree(workspace)
        return results

    def throughput(self, size, repeat):
        source, made = self.generate(size)
        passes = []
        for number in range(repeat):
            self.note(f"pass {number + 1} of {repeat}")
            passes.append(self.pass_through(source, ("ingest", "run", "verify")))
        stages = {}
        for stage in passes[0]:
            seconds = statistics.median(one[stage]["seconds"] for one in passes)
            stages[stage] = {
                "seconds": seconds,
                "processor_seconds": statistics.median(one[stage]["processor_seconds"] for one in passes),
                "megabytes_per_second": made["bytes"] / seconds / 1e6,
                "records_per_second": made["records"] / seconds,
                "peak_bytes": max(one[stage]["peak_bytes"] for one in passes),
            }
        seconds = sum(stages[stage]["seconds"] for stage in ("ingest", "run"))
        whole = {"seconds": seconds, "megabytes_per_second": made["bytes"] / seconds / 1e6,
                 "records_per_second": made["records"] / seconds}
        return {"input": made, "passes": repeat, "stages": stages, "files_to_gold": whole}

    def memory(self, small):
        """The peak of `assay run` at one and at ten times the input."""
        peaks = {}
        for name, size in (("small", bytes_of(small)), ("large", 10 * bytes_of(small))):
            source, made = self.generate(str(size), "--tenants", MEMORY_TENANT)
            run = self.pass_through(source, ("ingest", "run"))["run"]
            self.note(f"run: peak {run['peak_bytes'] / 2**20:,.0f} MiB in {run['seconds']:,.0f} s")
            peaks[name] = {"bytes": made["bytes"], "records": made["records"], "epochs": run["report"]["epochs"],
                           "seconds": run["seconds"], "processor_seconds": run["processor_seconds"],
                           "peak_bytes": run["peak_bytes"]}
            shutil.rmtree(source)
        ratio = peaks["large"]["peak_bytes"] / peaks["small"]["peak_bytes"]
        return {**peaks, "ratio": ratio, "ratio_max": MEMORY_RATIO_MAX}


def show(result):
    made = result["input"]
    print(f"{made['records']:,} records, {made['bytes'] / 1e6:,.1f} MB; median of {result['passes']}")
    print(f"{'stage':<16}{'s':>8}{'CPU s':>8}{'MB/s':>8}{'records/s':>12}{'peak MiB':>10}")
    for stage, figures in result["stages"].items():
        print(f"{stage:<16}{figures['seconds']:>8.2f}{figures['processor_seconds']:>8.2f}"
              f"{figures['megabytes_per_second']:>8.1f}{figures['records_per_second']:>12,.0f}"
              f"{figures['peak_bytes'] / 2**20:>10.0f}")
    whole = result["files_to_gold"]
    print(f"{'files to gold':<16}{whole['seconds']:>8.2f}{'':>8}{whole['megabytes_per_second']:>8.1f}"
          f"{whole['records_per_second']:>12,.0f}")
    if "memory" in result:
        memory = result["memory"]
        print(f"peak memory of run: {memory['large']['peak_bytes'] / 2**20:,.0f} MiB at "
              f"{memory['large']['bytes'] / 1e6:,.0f} MB, {memory['small']['peak_bytes'] / 2**20:,.0f} MiB at "
              f"{memory['small']['bytes'] / 1e6:,.0f} MB: {memory['ratio']:.2f} times (at most {memory['ratio_max']})")


def main():
    options = options_of_user()
    folder = tempfile.mkdtemp(prefix="assay-bench-")
    try:
        bench = Bench(folder)
        result = bench.throughput(options.size, options.repeat)
        if options.memory:
            result["memory"] = bench.memory(options.memory_size)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result, indent=2)) if options.json else show(result)
    memory = result.get("memory")
    sys.exit(1 if memory and memory["ratio"] > memory["ratio_max"] else 0)


if __name__ == "__main__":
    main()
