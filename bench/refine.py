#!/usr/bin/env python3
"""`./dev bench refine`: the kernel against simdjson's DOM and against DuckDB, interleaved, one thread each.

The inputs are the retail invoices and the flights of the outside data (ASSAY_DATA), each repeated to 300 MB; the plans
are compiled from the examples' workspaces. DuckDB extracts the same typed columns (bench/refine/*.sql), and its row
counts and sums must equal those of the kernel, or the run fails.
"""

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests"))
from suite import data_folder  # noqa: E402

PROGRAMS = os.path.join(ROOT, "build", "release", "bench", "refine")


def plan_of(example, folder):
    workspace = os.path.join(ROOT, "examples", example, "workspace")
    (tenant,) = os.listdir(os.path.join(workspace, "tenants"))
    path = os.path.join(folder, f"{example}.plan.json")
    with open(path, "wb") as file:
        subprocess.run([os.path.join(PROGRAMS, "assay_bench_plan_of"), workspace, tenant], stdout=file, check=True)
    return path


def retail_input(data, folder):
    path = os.path.join(folder, "retail.ndjson")
    converter = os.path.join(ROOT, "examples", "retail", "convert.py")
    subprocess.run([sys.executable, converter, "--data", data, path], check=True, stdout=subprocess.DEVNULL)
    return path


def flights_input(data, folder):
    path = os.path.join(folder, "flights.ndjson")
    with gzip.open(os.path.join(data, "flights-opensearch", "flights.json.gz")) as source, open(path, "wb") as target:
        shutil.copyfileobj(source, target)
    return path


def main():
    parser = argparse.ArgumentParser(prog="dev bench refine", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--rounds", default="7", help="passes of each; the median counts (default %(default)s)")
    parser.add_argument("--size", default="300MB", help="that each input is repeated to (default %(default)s)")
    options = parser.parse_args()
    data = data_folder()
    if data is None:
        sys.exit("the outside data is missing; set ASSAY_DATA to its folder")
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        cases = [f"{name}={make(data, folder)},{plan_of(name, folder)},{ROOT}/bench/refine/{name}.sql"
                 for name, make in (("retail", retail_input), ("flights", flights_input))]
        arguments = ["--rounds", options.rounds, "--size", options.size, "--folder", folder]
        arguments += ["--json"] if options.json else []
        sys.exit(subprocess.run([os.path.join(PROGRAMS, "assay_bench_refine"), *arguments, *cases], check=False).returncode)


if __name__ == "__main__":
    main()
