"""What the examples' scripts share: they run `assay` as a user types it, and show what was typed."""

import glob
import json
import os
import shlex
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def data_folder():
    """The folder with the outside data: ASSAY_DATA, else shared/data beside the checkout."""
    return os.environ.get("ASSAY_DATA", os.path.join(os.path.dirname(ROOT), "shared", "data"))


def assay_program():
    path = os.environ.get("ASSAY", os.path.join(ROOT, "assay"))
    if not os.access(path, os.X_OK):
        sys.exit(f"{path} is missing; build it with ./dev build, or set ASSAY to the program")
    return path


def generator_program():
    """ASSAY_GENERATE, else that of the release build, else the one that was built last."""
    place = os.path.join("examples", "assay_generate")
    others = glob.glob(os.path.join(ROOT, "build", "*", place))
    built = [os.path.join(ROOT, "build", "release", place), *sorted(others, key=os.path.getmtime, reverse=True)]
    path = os.environ.get("ASSAY_GENERATE") or next((file for file in built if os.access(file, os.X_OK)), built[0])
    if not os.access(path, os.X_OK):
        sys.exit(f"{path} is missing; build it with ./dev build, or set ASSAY_GENERATE to the program")
    return path


class Steps:
    """Runs commands on one workspace. Times each; a command that fails ends the script with its own message."""

    def __init__(self, workspace):
        self.workspace = workspace
        self.assay = assay_program()
        self.seconds = {}

    def init(self, example):
        """Makes the workspace from the example, unless it is there already."""
        if os.path.exists(os.path.join(self.workspace, "assay.yaml")):
            return
        self._call([self.assay, "init", "--example", example, self.workspace], shown=f"init --example {example} ...")

    def show(self, *arguments):
        """Runs `assay ...` and lets the user read its output."""
        self._call([self.assay, "-C", self.workspace, *arguments], shown=shlex.join(arguments))

    def measure(self, *arguments, good=(0,)):
        """Runs `assay --json ...`; its document. Progress goes to the terminal as ever."""
        began = time.monotonic()
        result = subprocess.run([self.assay, "-C", self.workspace, "--json", *arguments], stdout=subprocess.PIPE,
                                check=False)
        self.seconds[arguments[0]] = self.seconds.get(arguments[0], 0) + time.monotonic() - began
        if result.returncode not in good:
            sys.exit(f"assay {shlex.join(arguments)} ended with {result.returncode}\n{result.stdout.decode()[-2000:]}")
        return json.loads(result.stdout)

    def value(self, sql, tenant):
        return self.measure("sql", sql, "--tenant", tenant)["rows"][0][0]

    @staticmethod
    def _call(command, shown):
        print(f"\n$ assay {shown}", flush=True)
        result = subprocess.run(command, check=False)
        if result.returncode != 0:
            sys.exit(f"assay {shown} ended with {result.returncode}")
