#!/usr/bin/env python3
"""`./dev bench refine`: the kernel against simdjson's DOM and against DuckDB, interleaved, one thread each.

Three inputs, each repeated to 300 MB: the demo's twelve variants as versions of one tenant, shuffled; the retail
invoices and the flights of the outside data (ASSAY_DATA). The plans are compiled from the examples' workspaces. DuckDB
extracts the same typed columns (bench/refine/*.sql), and its row counts and sums must equal those of the kernel, or
the run fails. In --json, "inputs" holds "vs_simdjson_dom" and "vs_duckdb" by input, "worst" the lowest of both.
"""

import argparse
import glob
import gzip
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests"))
from suite import data_folder  # noqa: E402

INPUTS = {"commerce": "bench-workspace", "retail": "workspace", "flights": "workspace"}
COMMERCE_BASE = "20MB"  # what is repeated, and so small that the repeated file comes close to any size asked for
COMMERCE_UNTIL = "2025-03-15"


def outside_data():
    data = data_folder()
    if data is None:
        sys.exit("the outside data is missing; set ASSAY_DATA to its folder")
    return data


class Maker:
    """Makes an input's records and its plan, in a folder, with the programs of a build."""

    def __init__(self, build, folder):
        self.build = build
        self.folder = folder

    def case(self, name):
        records = getattr(self, name)(os.path.join(self.folder, f"{name}.records.ndjson"))
        return f"{name}={records},{self.plan(name)},{ROOT}/bench/refine/{name}.sql"

    def plan(self, name):
        workspace = os.path.join(ROOT, "examples", name, INPUTS[name])
        (tenant,) = os.listdir(os.path.join(workspace, "tenants"))
        path = os.path.join(self.folder, f"{name}.plan.json")
        with open(path, "wb") as file:
            program = os.path.join(self.build, "bench", "refine", "assay_bench_plan_of")
            subprocess.run([program, workspace, tenant], stdout=file, check=True)
        return path

    def commerce(self, path):
        folder = os.path.join(self.folder, "commerce")
        generator = os.path.join(self.build, "examples", "assay_generate")
        subprocess.run([generator, "--out", folder, "--size", COMMERCE_BASE, "--one-tenant", "--until", COMMERCE_UNTIL],
                       check=True, stdout=subprocess.DEVNULL)
        (made,) = glob.glob(os.path.join(folder, "**", "*.ndjson"), recursive=True)
        os.rename(made, path)
        return path

    def retail(self, path):
        converter = os.path.join(ROOT, "examples", "retail", "convert.py")
        subprocess.run([sys.executable, converter, "--data", outside_data(), path], check=True, stdout=subprocess.DEVNULL)
        return path

    def flights(self, path):
        packed = os.path.join(outside_data(), "flights-opensearch", "flights.json.gz")
        with gzip.open(packed) as source, open(path, "wb") as target:
            shutil.copyfileobj(source, target)
        return path


def main():
    parser = argparse.ArgumentParser(prog="dev bench refine", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--rounds", default="7", help="passes of each; the median counts (default %(default)s)")
    parser.add_argument("--size", default="300MB", help="that each input is repeated to (default %(default)s)")
    parser.add_argument("--input", action="append", choices=INPUTS, help="only this one; may stand more than once")
    parser.add_argument("--only", choices=("kernel", "dom"), help="kernel: it alone; dom: the kernel and the DOM")
    parser.add_argument("--processor-time", action="store_true", help="count processor time, for machines that are busy")
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"),
                        help="the build whose programs run (default build/release)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        maker = Maker(options.build, folder)
        arguments = ["--rounds", options.rounds, "--size", options.size, "--folder", folder]
        arguments += ["--only", options.only] if options.only else []
        arguments += [flag for flag in ("--json", "--processor-time") if getattr(options, flag[2:].replace("-", "_"))]
        program = os.path.join(options.build, "bench", "refine", "assay_bench_refine")
        cases = [maker.case(name) for name in INPUTS if name in (options.input or INPUTS)]
        sys.exit(subprocess.run([program, *arguments, *cases], check=False).returncode)


if __name__ == "__main__":
    main()
