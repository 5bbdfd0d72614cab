"""A workspace with its data, as the suites drive it: by the CLI, and never by its files."""

import collections
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Deployment:
    """One workspace in a folder of its own, made from an example or from a folder of files, and applied."""

    def __init__(self, suite, name, example=None, workspace=None):
        self.suite = suite
        self.folder = os.path.join(suite.folder, name)
        if example:
            suite.run("init", "--example", example, self.folder)
        else:
            shutil.copytree(workspace, self.folder)
        suite.run("-C", self.folder, "apply")

    def json(self, *arguments, **options):
        return self.suite.json("-C", self.folder, *arguments, **options)

    def run(self, *arguments, **options):
        return self.suite.run("-C", self.folder, *arguments, **options)

    def ingest(self, *arguments, **options):
        return self.json("ingest", *arguments, **options)

    def refine(self, **options):
        return self.json("run", **options)

    def rows(self, sql, tenant):
        return self.json("sql", sql, "--tenant", tenant)["rows"]

    def value(self, sql, tenant):
        rows = self.rows(sql, tenant)
        assert len(rows) == 1 and len(rows[0]) == 1, f"one value expected from {sql}, got {rows[:5]}"
        return rows[0][0]

    def number(self, sql, tenant):
        """A count, however JSON carried it."""
        return int(self.value(sql, tenant))

    def row_hashes(self, table, tenant):
        """What an event table says, whatever way its rows came: the sorted hashes of its content columns."""
        return [row[0] for row in self.rows(f"SELECT hex(row_hash) AS h FROM {table} ORDER BY h", tenant)]

    def accounting(self, layer="silver"):
        """The sums over the accounts of all manifests of a layer; maps are summed by their keys."""
        total = collections.Counter()
        for manifest in self.json("manifest", "list", "--layer", layer):
            for name, value in manifest["beside"]["accounting"].items():
                is_map = isinstance(value, dict)
                total.update({(name, key): count for key, count in value.items()} if is_map else {name: value})
        return total

    def verify(self, *arguments):
        proof = self.json("verify", *arguments)
        assert proof["ok"] is True and proof["problems"] == [], proof
        assert proof["checks"], "a proof without checks proves nothing"
        return proof


def peak_rss_of(command, **options):
    """Runs a command to its end; (exit code, peak resident bytes, stdout, stderr) of that process alone."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, **options)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        kilobytes = usage.ru_maxrss if sys.platform != "darwin" else usage.ru_maxrss // 1024
        return process.returncode, kilobytes * 1024, out.read().decode("utf-8", "replace"), err.read().decode(
            "utf-8", "replace")
