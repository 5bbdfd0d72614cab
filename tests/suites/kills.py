"""SIGKILL at every durable effect and at random: after a restart everything is as if nothing had happened.

Each workspace takes the same files, one `assay ingest` and one `assay run` after the other, and is killed on the way:
at failpoints (ASSAY_KILL_AT, docs/testing.md: before and after each of intent, staging_file, file_sync,
iceberg_metadata, control_transaction, state, acknowledge), at a random passed point, and from outside at a random
moment. At the end the content columns of its current views must equal those of a workspace that was never killed, and
`assay verify --deep` must pass.
"""

import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from suite import ROOT, TIMEOUT_SECONDS, Suite  # noqa: E402

sys.path.insert(0, os.path.join(ROOT, "examples"))
from steps import generator_program  # noqa: E402

STEPS = ["intent", "staging_file", "file_sync", "iceberg_metadata", "control_transaction", "state", "acknowledge"]
POINTS = [(step, side) for step in STEPS for side in ("before", "after")]
ROUNDS = 4            # files a workspace takes
ORDERS = 240          # in all files together
STRAY_BYTES = 200_000
PROVENANCE = {"ingest_time", "knowledge_time", "manifest_id"}


class Kill:
    """One planned kill: at a named point, at any n-th point, or after a time."""

    def __init__(self, kind, point=None):
        self.kind, self.point = kind, point

    def environment(self, rng, again):
        if self.kind == "point":
            often = {"staging_file", "file_sync", "iceberg_metadata"}
            n = 1 if again or self.point[0] not in often else rng.randrange(1, 6)
            return {"ASSAY_KILL_AT": f"{self.point[0]}.{self.point[1]}:{n}"}
        return {"ASSAY_KILL_AT": f"random:{rng.randrange(1, 60)}"} if self.kind == "any" else {}

    def fits(self, command):
        return not (self.kind == "point" and self.point[0] == "state" and command == "ingest")


class Kills:
    def __init__(self, suite):
        self.suite, self.rng = suite, random.Random(suite.seed)
        self.at_point = {point: 0 for point in POINTS}
        self.done, self.open_epoch = 0, 0
        self.files = self.generate()
        self.run_seconds = {"ingest": 0.3, "run": 0.6}

    def generate(self):
        folder = os.path.join(self.suite.folder, "input")
        subprocess.run([generator_program(), "--seed", "11", "--until", "2024-06-30", "--orders", str(ORDERS), "--out", folder],
                       check=True, capture_output=True)
        paths = sorted(os.path.join(base, name) for base, _, names in os.walk(folder) for name in names)
        rounds = [[] for _ in range(ROUNDS)]
        for index, path in enumerate(paths):
            rounds[index % ROUNDS].append(path)
        for index, files in enumerate(rounds):  # one that no route takes, too long for the quarantine's table
            files.append(os.path.join(folder, f"stray-{index}.txt"))
            with open(files[-1], "w", encoding="utf-8") as file:
                file.write(json.dumps({"stray": index, "text": "x" * STRAY_BYTES}) + "\n")
        return [files for files in rounds if files]

    def workspace(self, name):
        folder = os.path.join(self.suite.folder, name)
        self.suite.run("init", "--example", "commerce", folder)
        self.suite.run("-C", folder, "apply")
        return folder

    def actions(self):
        for files in self.files:
            yield "ingest", files
            yield "run", []

    # Killing.

    def attempt(self, folder, command, arguments, kill, again=False):
        """Starts the command with a kill; True if it really died of signal 9."""
        environment = {**os.environ, **kill.environment(self.rng, again)}
        process = subprocess.Popen([self.suite.options.assay, "-q", "-C", folder, command, *arguments],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
        if kill.kind == "time":
            time.sleep(self.rng.random() * self.run_seconds[command])
            process.send_signal(signal.SIGKILL)
        _, error = process.communicate(timeout=TIMEOUT_SECONDS)
        if process.returncode != -signal.SIGKILL:
            assert process.returncode == 0, f"{command} failed: {error.decode()[-2000:]}"
            return False
        self.done += 1
        if kill.kind == "point":
            self.at_point[kill.point] += 1
        with sqlite3.connect(f"file:{folder}/.assay/control.db?mode=ro", uri=True) as database:
            self.open_epoch += database.execute("SELECT count(*) FROM intent WHERE state = 'open'").fetchone()[0]
        return True

    def take_through(self, folder, kills):
        """All actions, each killed by the next kills that fit, then finished without one."""
        for command, arguments in self.actions():
            deaths = 0
            while kills and deaths < 3:
                index = next((i for i, kill in enumerate(kills) if kill.fits(command)), None)
                if index is None:
                    break
                kill = kills[index]
                if not self.attempt(folder, command, arguments, kill, again=deaths > 0):
                    break  # it was done before the kill came: the action is over, the kill waits for the next one
                kills.pop(index)
                deaths += 1
            began = time.monotonic()
            self.suite.run("-q", "-C", folder, command, *arguments)
            if deaths == 0:
                self.run_seconds[command] = max(0.05, time.monotonic() - began)

    # Comparing.

    def digests(self, folder):
        """{(tenant, table): (rows, sum of hashes of the content columns)}."""
        found = {}
        for tenant in sorted(os.listdir(os.path.join(folder, "tenants"))):
            columns = self.suite.json("-C", folder, "sql", "--tenant", tenant,
                                      "SELECT table_schema, table_name, column_name FROM information_schema.columns "
                                      "WHERE table_schema IN ('bronze', 'silver', 'vault', 'mart', 'feature') ORDER BY ALL")["rows"]
            tables = {}
            for schema, table, column in columns:
                if column not in PROVENANCE:
                    tables.setdefault(f"{schema}.{table}", []).append(column)
            # Assertions of a history may differ by arrival; its current view may not.
            tables = {name: cols for name, cols in tables.items()
                      if not (name.endswith("_history") or f"{name}_current" in tables)}
            parts = [f"SELECT '{name}' AS t, count(*) AS n, coalesce(sum(hash({', '.join(chr(34) + c + chr(34) for c in cols)})"
                     f"::HUGEINT), 0)::VARCHAR AS h FROM {name}" for name, cols in sorted(tables.items())]
            rows = self.suite.json("-C", folder, "sql", "--tenant", tenant, " UNION ALL ".join(parts) + " ORDER BY t")["rows"]
            found.update({(tenant, row[0]): (row[1], row[2]) for row in rows})
        found.update(self.spilled(folder))
        return found

    def spilled(self, folder):
        """{("quarantine", name): (size, SHA-256)} of the records that are files of their own."""
        found = {}
        for name in os.listdir(os.path.join(folder, ".assay", "quarantine")):
            with open(os.path.join(folder, ".assay", "quarantine", name), "rb") as file:
                data = file.read()
            found["quarantine", name] = (len(data), hashlib.sha256(data).hexdigest())
        assert len(found) == len(self.files), f"{len(found)} spilled records of {len(self.files)}"
        return found


def main():
    suite = Suite("kills")
    kills = Kills(suite)
    total, each = (200, 5) if suite.full else (20, 1)
    plan = [Kill("point", point) for point in POINTS for _ in range(each)]
    plan += [Kill("any" if i % 2 else "time") for i in range(total - len(plan))]
    kills.rng.shuffle(plan)

    reference = kills.workspace("reference")
    kills.take_through(reference, [])
    expected = kills.digests(reference)

    def reference_is_sound():
        assert any(rows for rows, _ in expected.values()), "the reference is empty"
        suite.run("-C", reference, "verify", "--deep")

    suite.case("a run without kills is proved", reference_is_sound)

    def survive(name, share):
        folder = kills.workspace(name)
        kills.take_through(folder, share)
        found = kills.digests(folder)
        different = {key: (expected.get(key), found.get(key)) for key in expected.keys() | found.keys()
                     if expected.get(key) != found.get(key)}
        assert not different, f"content differs: {different}"
        suite.run("-C", folder, "verify", "--deep")

    index = 0
    while plan and index < 4 * total:
        before = kills.done
        share = [plan.pop() for _ in range(min(10, len(plan)))]
        suite.case(f"workspace {index}: {len(share)} kills", survive, f"killed-{index}", share)
        suite.passed += kills.done - before if not suite.failed else 0
        plan += share  # what did not come to pass is tried again in the next workspace
        index += 1

    def enough():
        short = {point: count for point, count in kills.at_point.items() if count < each}
        assert kills.done >= total, f"only {kills.done} of {total} kills really happened"
        assert not short, f"too few kills at {short}"
        assert kills.open_epoch >= 0.3 * kills.done, f"an epoch was open at {kills.open_epoch} of {kills.done} kills only"

    suite.case("enough kills, at every point, with epochs open", enough)
    print(f"  {kills.done} processes died of signal 9, {kills.open_epoch} of them with an epoch open")
    suite.finish()


if __name__ == "__main__":
    main()
