"""The small frame that every suite under tests/suites uses.

A suite is a program: `python3 tests/suites/NAME.py [--size ci|full] [--seed N] [--assay FILE]`. Each case is counted
once; the last line is `N passed, N failed` (with `, N skipped` where something was left out, and why is printed).
Cases run the CLI as a user types it and end only processes that they started.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIMEOUT_SECONDS = 1800  # of one command: only a hang takes that long, even where a machine is busy with other work


class Skip(Exception):
    """A case that cannot run here; its text says why."""


class Suite:
    def __init__(self, name):
        parser = argparse.ArgumentParser(prog=name)
        parser.add_argument("--size", choices=["ci", "full"], default="full")
        parser.add_argument("--seed", type=int, default=None)
        parser.add_argument("--assay", default=os.path.join(ROOT, "assay"))
        parser.add_argument("--keep", action="store_true", help="keep the working folder")
        self.options = parser.parse_args()
        self.name = name
        self.full = self.options.size == "full"
        self.seed = self.options.seed if self.options.seed is not None else random.SystemRandom().randrange(1 << 31)
        self.random = random.Random(self.seed)
        self.folder = tempfile.mkdtemp(prefix=f"assay-{name}-")
        self.passed, self.failed, self.skipped = 0, 0, 0
        self.started = time.monotonic()
        print(f"suite {name}, size {self.options.size}, seed {self.seed}", flush=True)

    def case(self, name, body, *arguments):
        """Runs one case; a raised exception (assert included) fails it."""
        began = time.monotonic()
        try:
            body(*arguments)
        except Skip as reason:
            self.skipped += 1
            print(f"  SKIP {name}: {reason}", flush=True)
        except Exception:  # noqa: BLE001 - a failing case must not end the suite
            self.failed += 1
            print(f"  FAIL {name} ({time.monotonic() - began:.1f} s)\n{traceback.format_exc()}", flush=True)
        else:
            self.passed += 1
            print(f"  ok   {name} ({time.monotonic() - began:.1f} s)", flush=True)

    def count(self, name, passed, failed, detail=""):
        """Adds many like cases at once (a conformance suite, bit flips)."""
        self.passed += passed
        self.failed += failed
        print(f"  {'ok  ' if failed == 0 else 'FAIL'} {name}: {passed} passed, {failed} failed{detail}", flush=True)

    def finish(self):
        if not self.options.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        print(f"suite {self.name}: {time.monotonic() - self.started:.1f} s, seed {self.seed}")
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{skipped}", flush=True)
        sys.exit(1 if self.failed or not self.passed + self.skipped else 0)

    # Running the CLI.

    def run(self, *arguments, cwd=None, expect=0, stdin=None, environment=None, timeout=TIMEOUT_SECONDS):
        """Runs `assay ...`; `expect` is the exit code, "any", or "error" for anything but 0."""
        result = subprocess.run(
            [self.options.assay, *map(str, arguments)], cwd=cwd, input=stdin, capture_output=True, timeout=timeout,
            env={**os.environ, **(environment or {})})
        result.out = result.stdout.decode("utf-8", "replace")
        result.err = result.stderr.decode("utf-8", "replace")
        good = {"any": True, "error": result.returncode not in (0, -6, -11)}.get(expect, result.returncode == expect)
        assert good, f"assay {' '.join(map(str, arguments))}: exit {result.returncode}, expected {expect}\n{result.out[-3000:]}\n{result.err[-3000:]}"
        return result

    def json(self, *arguments, **options):
        return json.loads(self.run("--json", *arguments, **options).out)


def data_folder():
    """The folder with the outside data (ASSAY_DATA, else ../shared/data beside the checkout); None where it is missing."""
    folder = os.environ.get("ASSAY_DATA", os.path.join(os.path.dirname(ROOT), "shared", "data"))
    return folder if os.path.isdir(folder) else None


def need_data(*parts):
    folder = data_folder()
    path = os.path.join(folder, *parts) if folder else None
    if not path or not os.path.exists(path):
        raise Skip(f"outside data {'/'.join(parts)} is missing; set ASSAY_DATA to its folder")
    return path
