"""Many small commits, and the lake stays small: compaction, expiry, orphans; another reader (pyiceberg) counts.

Rows, their hashes and the proof are the same before and after; who reads meanwhile never fails; a SIGKILL at every
durable effect of each of the three leaves nothing but files that `assay lake orphans` removes. Runs in .venv.
"""

import collections
import json
import os
import signal
import subprocess
import sys
import threading
import time

from pyiceberg.catalog.sql import SqlCatalog

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from small_shop import SmallShop  # noqa: E402
from suite import TIMEOUT_SECONDS, Suite  # noqa: E402

TENANTS = ("amber", "birch")
COMMITS_CI, COMMITS_FULL = 24, 10_000
RECORDS = 2  # of a tenant in a commit
EVERY = 500  # commits between two rounds of maintenance at full size
WAIT_SECONDS = 300  # for what comes within seconds; a bound, not an expectation
FILES_MAX, SNAPSHOTS_MAX, METADATA_MAX = 20, 200, 1 << 20
STEPS = {"compact": ["staging_file", "file_sync", "iceberg_metadata", "control_transaction"],
         "expire": ["iceberg_metadata", "control_transaction"]}
TABLES = ("silver.order", "silver.order_line", "silver.customer_content", "vault.hub_customer", "mart.order")


def events_of(log):
    with open(log, encoding="utf-8") as file:
        return [json.loads(line) for line in file.read().splitlines() if line.endswith("}")]


class Maintenance:
    def __init__(self, suite):
        self.suite = suite
        self.commits = COMMITS_FULL if suite.full else COMMITS_CI
        self.shop = SmallShop(suite, "shop", list(TENANTS))
        self.made = 0
        self.before = None

    # What is there.

    def tables(self):
        """Each table of the lake, as another reader sees it."""
        data = os.path.join(self.shop.folder, ".assay")
        catalog = SqlCatalog("lake", uri=f"sqlite:///{data}/control.db", warehouse=f"file://{data}/lake")
        names = [name for space in catalog.list_namespaces() for name in catalog.list_tables(space)]
        return {".".join(name): catalog.load_table(name) for name in names}

    def files(self):
        """Live files of a tenant, day and table."""
        counts = collections.Counter()
        for name, table in self.tables().items():
            for task in table.scan().plan_files():
                counts[(name, *(str(task.file.partition[i]) for i in range(len(task.file.partition))))] += 1
        return counts

    def on_disk(self):
        lake = os.path.join(self.shop.folder, ".assay", "lake")
        return sum(len(files) for _, _, files in os.walk(lake))

    def rows(self, tenants=TENANTS, tables=TABLES):
        return {(tenant, table): sorted(map(repr, self.shop.sql(tenant, f"SELECT * FROM {table}")))
                for tenant in tenants for table in tables}

    # What is done.

    def commit(self):
        shop, number = self.shop, self.made
        self.made += 1
        shop.run("ingest", *[shop.file(tenant, f"{number:06}", [shop.order(tenant, number * RECORDS + i, at="2024-05-01T08:00:00Z")
                                                              for i in range(RECORDS)]) for tenant in TENANTS])
        shop.run("run")

    def maintain(self, keep=100, grace=0):
        self.shop.run("lake", "compact")
        self.shop.run("lake", "expire", "--keep", keep)
        self.shop.run("lake", "orphans", "--older-than", grace)

    def many_commits(self):
        self.shop.run("apply")
        for i in range(self.commits):
            self.commit()
            if self.suite.full and i % EVERY == EVERY - 1 and i + 1 < self.commits:
                self.maintain()
        most = max(self.files().values())
        assert most >= min(self.commits, EVERY), f"the fault is not there: at most {most} files of a partition"
        self.before = self.rows()
        assert len(self.before[("amber", "silver.order")]) == self.commits * RECORDS

    def dry_runs(self):
        files, disk = self.files(), self.on_disk()
        plan = self.shop.json("lake", "compact", "--dry-run")
        assert plan["dry_run"] and "silver.order" in {table["table"] for table in plan["tables"]}, plan
        expiry = self.shop.json("lake", "expire", "--keep", 5, "--dry-run")
        assert all(table["snapshots"] > 0 for table in expiry["tables"]) and expiry["tables"], expiry
        self.shop.run("lake", "orphans", "--older-than", 0, "--dry-run")
        assert (self.files(), self.on_disk()) == (files, disk)

    def readers_meanwhile(self):
        """Readers poll while all three work; each of them reads everything."""
        wanted = str(self.commits * RECORDS)
        failures, reads, done = [], [0], threading.Event()

        def poll(tenant):
            while not done.is_set():
                seen = self.shop.run("sql", "--tenant", tenant, "--json", "SELECT count(*) FROM silver.order", expect="any")
                reads[0] += 1
                if seen.returncode != 0 or wanted not in seen.out:
                    failures.append(seen.out + seen.err)

        def look():
            while not done.is_set():
                try:
                    rows = sum(task.file.record_count for task in self.tables()["silver.order"].scan().plan_files())
                    if rows != len(TENANTS) * self.commits * RECORDS:
                        failures.append(f"pyiceberg counts {rows} rows")
                except Exception as error:  # noqa: BLE001 - a failed read is what is looked for
                    failures.append(repr(error))
                reads[0] += 1

        threads = [threading.Thread(target=poll, args=("amber",)), threading.Thread(target=look)]
        for thread in threads:
            thread.start()
        try:
            compacted = self.shop.json("lake", "compact")
            expired = self.shop.json("lake", "expire", "--keep", 5)
            orphans = self.shop.json("lake", "orphans")  # with the grace that readers need
        finally:
            done.set()
            for thread in threads:
                thread.join()
        assert not failures, failures[:3]
        assert reads[0] >= 4, reads
        assert compacted["tables"] and expired["tables"], (compacted, expired)
        assert orphans["retired"] == 0 and orphans["waiting"] > self.commits, orphans

    def few_files(self):
        files = self.files()
        assert max(files.values()) <= FILES_MAX, files.most_common(3)
        for name, table in self.tables().items():
            size = os.path.getsize(table.metadata_location.removeprefix("file://"))
            assert len(table.metadata.snapshots) <= SNAPSHOTS_MAX and size <= METADATA_MAX, (name, size)
            assert len(table.metadata.snapshots) <= 6, (name, len(table.metadata.snapshots))

    def nothing_lost(self):
        assert self.rows() == self.before
        self.shop.totals()
        assert self.shop.json("lake", "compact")["tables"] == []

    def other_reader(self):
        """pyiceberg reads the replaced tables whole, and knows how each snapshot came about."""
        table = self.tables()["silver.order"]
        assert table.scan().to_arrow().num_rows == len(TENANTS) * self.commits * RECORDS
        operations = {snapshot.summary.operation.value for snapshot in table.metadata.snapshots}
        assert operations == {"append", "replace"}, operations

    def retired_files_go(self):
        before = self.on_disk()
        gone = self.shop.json("lake", "orphans", "--older-than", 0)
        assert gone["retired"] > self.commits and gone["waiting"] == 0, gone
        assert self.on_disk() == before - gone["retired"] - gone["unlisted"]
        assert self.shop.json("lake", "orphans", "--older-than", 0)["retired"] == 0
        self.nothing_lost()

    def life_goes_on(self):
        self.commit()
        amber = ("amber", "silver.order")
        self.before = self.rows()
        assert len(self.before[amber]) == self.made * RECORDS
        self.shop.totals()
        number = self.shop.one("amber", "SELECT order_no FROM silver.order ORDER BY 1 LIMIT 1")
        assert number in self.shop.run("why", "--tenant", "amber", "silver.order", number, "amount").out

    def by_itself(self):
        """`assay up` looks at the tables' files every few epochs, while files come in."""
        log = os.path.join(self.suite.folder, "up.log")
        with open(log, "w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [self.suite.options.assay, "-C", self.shop.folder, "--json", "up", "--listen", "127.0.0.1:0", "--commit-age", "0",
                 "--watch", os.path.join(self.shop.folder, "in"), "--maintain-every", "40"],
                stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            assert json.loads(process.stdout.readline())["url"]
            end = time.monotonic() + WAIT_SECONDS
            while not any(event["event"] == "maintained" and int(event["compacted"]) >= 15 for event in events_of(log)):
                assert time.monotonic() < end and process.poll() is None, open(log, encoding="utf-8").read()[-2000:]
                number = self.made
                self.made += 1
                self.shop.file("amber", f"{number:06}", [self.shop.order("amber", number * RECORDS, at="2024-05-01T08:00:00Z")])
                while not any(event["event"] == "bronze" and event["records"] == "1" for event in events_of(log)[-8:]):
                    assert time.monotonic() < end, "the file was not taken"
                    time.sleep(0.02)
                time.sleep(0.15)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=WAIT_SECONDS) == 0
            process.stdout.close()
        assert not [event for event in events_of(log) if event["event"] == "maintenance_failed"]
        assert max(self.files().values()) <= FILES_MAX + 20, self.files().most_common(3)  # what came since
        self.shop.totals()

    # Killing.

    def killed(self, point, *arguments):
        process = subprocess.run([self.suite.options.assay, "-q", "-C", self.shop.folder, *arguments], capture_output=True,
                                 timeout=TIMEOUT_SECONDS, env={**os.environ, "ASSAY_KILL_AT": point})
        assert process.returncode in (0, -signal.SIGKILL), process.stderr.decode()[-2000:]
        return process.returncode != 0

    def kill(self, command, step, side):
        self.commit()
        few = (TENANTS[:1], ("silver.order", "vault.hub_customer"))
        before = self.rows(*few)
        arguments = {"compact": ["--min-files", "2"], "expire": ["--keep", "2"]}[command]
        assert self.killed(f"{step}.{side}:1", "lake", command, *arguments), "the kill never fired"
        assert self.rows(*few) == before
        self.shop.run("lake", command, *arguments)
        assert self.rows(*few) == before
        self.shop.run("lake", "orphans", "--older-than", 0)
        report = self.shop.json("verify")
        assert report["ok"], report["problems"][:3]
        assert not [notice for notice in report.get("notices", []) if "orphan" in notice], report["notices"]

    def bad_input(self):
        wrong = self.shop.run("--json", "lake", "compact", "--table", "silver.nothing", expect=3)
        assert '"code":3004' in wrong.err and "silver.order" in wrong.err, wrong.err
        for arguments in (("compact", "--target-size", "big"), ("expire", "--keep", "0"), ("orphans", "--older-than", "-1"), ()):
            self.shop.run("lake", *arguments, expect=2)


def main():
    suite = Suite("maintenance")
    work = Maintenance(suite)
    suite.case(f"{work.commits} small commits", work.many_commits)
    suite.case("--dry-run changes nothing", work.dry_runs)
    suite.case("readers never fail meanwhile", work.readers_meanwhile)
    suite.case("few files, few snapshots, small metadata", work.few_files)
    suite.case("rows and proof are the same", work.nothing_lost)
    suite.case("another reader reads all of it", work.other_reader)
    suite.case("retired files go after their grace", work.retired_files_go)
    suite.case("ingestion goes on", work.life_goes_on)
    for command, steps in STEPS.items():
        for step in steps:
            for side in ("before", "after"):
                suite.case(f"killed: {command}, {side} {step}", work.kill, command, step, side)
    suite.case("assay up does it by itself", work.by_itself)
    suite.case("at the end everything is proven", work.shop.totals)
    suite.case("bad input", work.bad_input)
    suite.finish()


if __name__ == "__main__":
    main()
