"""Flows under control while records come in: pause and resume.

A paused tenant's bronze goes on and its silver and gold wait; its neighbours go on; what it missed comes with the resume, and the
rows are those of a run without any pause. Commands may come beside a running engine, twice, and in any order; each is kept.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from small_shop import SmallShop  # noqa: E402
from suite import Suite  # noqa: E402

TENANTS = ("amber", "birch", "cedar")
WAIT_SECONDS = 300  # for what comes within seconds; a bound, not an expectation
WHO = ("--actor", "dana", "--reason", "prices are wrong")


class Control:
    def __init__(self, suite):
        self.suite = suite
        self.rounds = 400 if suite.full else 25
        self.shop = SmallShop(suite, "shop", list(TENANTS))
        self.made = 0

    def batch(self, tenants=TENANTS, records=3):
        """One file a tenant."""
        first, self.made = self.made, self.made + records
        return [self.shop.file(tenant, f"{first:06}", [self.shop.order(tenant, first + i) for i in range(records)]) for tenant in tenants]

    def orders(self, tenant):
        return int(self.shop.one(tenant, "SELECT count(*) FROM silver.order"))

    def status(self, tenant, layer="silver"):
        return next(row for row in self.shop.json("status") if (row["tenant"], row["layer"]) == (tenant, layer))

    def begin(self):
        self.shop.run("apply")
        self.shop.run("ingest", *self.batch())
        self.shop.run("run")

    def pause(self):
        shop = self.shop
        shop.run("ingest", *self.batch())
        would = shop.json("manifest", "pause", "--tenant", "amber", "--dry-run")
        assert would == {"action": "pause", "tenant": "amber", "application": None, "dry_run": True, "changed": True, "manifests": 1}
        done = shop.json("manifest", "pause", "--tenant", "amber", *WHO)
        assert done["changed"] and done["manifests"] == 1, done
        assert not shop.json("manifest", "pause", "--tenant", "amber", *WHO)["changed"]
        shop.run("ingest", *self.batch())  # bronze goes on
        shop.run("run")
        assert [self.orders(tenant) for tenant in TENANTS] == [3, 9, 9]
        amber = self.status("amber")
        assert (amber["paused"], amber["waiting"]) == (1, 1), amber
        assert "paused: tenant amber since" in shop.run("status").out and "by dana: prices are wrong" in shop.run("status").out
        totals = shop.totals()
        assert totals["amber"]["waiting"] == 6 and totals["amber"]["records"] == 9, totals["amber"]

    def resume(self):
        shop = self.shop
        done = shop.json("manifest", "resume", "--tenant", "amber", *WHO)
        assert done["changed"] and done["manifests"] == 1, done
        shop.run("run")
        assert [self.orders(tenant) for tenant in TENANTS] == [9, 9, 9]
        assert not shop.json("manifest", "resume", "--tenant", "amber")["changed"]
        commands = [(row["action"], row["tenant"], row["actor"]) for row in shop.json("manifest", "commands")]
        assert commands == [("resume", "amber", "dana"), ("pause", "amber", "dana")], commands
        shop.totals()

    def one_application(self):
        shop = self.shop
        shop.run("manifest", "pause", "--tenant", "birch", "--application", "shop")
        shop.run("ingest", *self.batch())
        shop.run("run")
        assert [self.orders(tenant) for tenant in TENANTS] == [12, 9, 12]
        shop.run("manifest", "pause", "--tenant", "birch")
        refused = shop.run("manifest", "resume", "--tenant", "birch", "--application", "shop", expect="error")
        assert "Resume all of it" in refused.err, refused.err
        shop.run("manifest", "resume", "--tenant", "birch")
        shop.run("run")
        assert self.orders("birch") == 12

    def under_load(self):
        """Beside `assay up`, with files coming in: any order of commands, and every record arrives."""
        shop, log = self.shop, os.path.join(self.suite.folder, "up.log")
        with open(log, "w", encoding="utf-8") as errors:
            process = subprocess.Popen([self.suite.options.assay, "-C", shop.folder, "--json", "up", "--listen", "127.0.0.1:0",
                                        "--commit-age", "0", "--watch", os.path.join(shop.folder, "in")],
                                       stdout=subprocess.PIPE, stderr=errors, text=True)
        over = threading.Event()

        def feed():
            while not over.is_set():
                self.batch(records=2)
                time.sleep(0.05)

        feeder = threading.Thread(target=feed)
        try:
            assert json.loads(process.stdout.readline())["url"]
            feeder.start()
            for _ in range(self.rounds):
                action = self.suite.random.choice(("pause", "resume"))
                shop.run("manifest", action, "--tenant", self.suite.random.choice(TENANTS), "--actor", "suite")
            shop.run("manifest", "pause", "--tenant", "cedar", "--actor", "suite")
            # What an epoch has taken up is finished; then nothing comes any more.
            held = self.still("cedar")
            grown = self.orders("amber")
            for tenant in TENANTS:
                shop.run("manifest", "resume", "--tenant", tenant)
            over.set()
            feeder.join()
            wanted = self.made
            self.wait_for("all records", lambda: [self.orders(tenant) for tenant in TENANTS] == [wanted] * len(TENANTS))
            assert held < wanted and grown <= wanted
        finally:
            over.set()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=WAIT_SECONDS) == 0
            process.stdout.close()
        with open(log, encoding="utf-8") as file:
            events = [json.loads(line) for line in file]
        assert not [event for event in events if event["event"] in ("failed", "tenant_failed")], events[-3:]
        shop.totals()

    def still(self, tenant):
        """The count of a tenant's orders once two looks half a second apart agree, while bronze grows."""
        end = time.monotonic() + WAIT_SECONDS
        while True:
            before, bronze = self.orders(tenant), self.status(tenant, "bronze")["records"]
            time.sleep(0.5)
            if self.orders(tenant) == before and self.status(tenant, "bronze")["records"] > bronze:
                return before
            assert time.monotonic() < end, "the paused tenant never stood still"

    @staticmethod
    def wait_for(what, condition):
        end = time.monotonic() + WAIT_SECONDS
        while not condition():
            assert time.monotonic() < end, f"in vain waited for {what}"
            time.sleep(0.2)

    def same_rows(self):
        """A shop that was never paused has the same rows."""
        calm = SmallShop(self.suite, "calm", list(TENANTS))
        calm.run("apply")
        calm.run("ingest", os.path.join(self.shop.folder, "in"))
        calm.run("run")
        for tenant in TENANTS:
            for table in ("silver.order", "silver.order_line", "silver.customer_content"):
                columns = self.shop.json("sql", "--tenant", tenant, f"SELECT * FROM {table} LIMIT 1")["columns"]
                # When and by which record a content was first seen depends on the batches.
                seen = ("ingest_time", "knowledge_time", "manifest_id", "record_id", "event_time")
                text = f"SELECT {', '.join(name for name in columns if name not in seen)} FROM {table}"
                rows = [sorted(map(repr, shop.sql(tenant, text))) for shop in (self.shop, calm)]
                assert rows[0] and rows[0] == rows[1], (tenant, table, len(rows[0]), len(rows[1]))

    def bad_input(self):
        shop = self.shop
        wrong = shop.run("manifest", "pause", "--tenant", "nobody", expect=3)
        assert "amber" in wrong.err, wrong.err
        wrong = shop.run("manifest", "pause", "--tenant", "amber", "--application", "till", expect=2)
        assert "shop" in wrong.err, wrong.err
        shop.run("manifest", "pause", expect=2)
        assert shop.json("manifest", "resume", "--tenant", "amber")["changed"] is False


def main():
    suite = Suite("control")
    work = Control(suite)
    suite.case("begin", work.begin)
    suite.case("a paused tenant's bronze goes on, its silver waits", work.pause)
    suite.case("what it missed comes with the resume", work.resume)
    suite.case("one application alone", work.one_application)
    suite.case("any order of commands beside assay up", work.under_load)
    suite.case("the rows of a run without a pause", work.same_rows)
    suite.case("bad input", work.bad_input)
    suite.finish()


if __name__ == "__main__":
    main()
