"""Records come out of quarantine again: reprocessed, fixed or discarded, each exactly once, and the proof holds.

in = good + quarantined + discarded by name, after every step and after a SIGKILL at every durable effect of it. What a
mended mapping cures comes through at the next run by itself; --as-of still tells what was known before.
"""

import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from small_shop import SmallShop  # noqa: E402
from suite import TIMEOUT_SECONDS, Suite  # noqa: E402

STEPS = ["intent", "staging_file", "file_sync", "iceberg_metadata", "control_transaction", "state", "acknowledge"]
GOOD, SHAPELESS, WORDY, KEYLESS, BROKEN, UNROUTED = 40, 8, 6, 5, 3, 2
WHO = ("--actor", "dana", "--reason", "agreed with the tenant")


class Quarantine:
    def __init__(self, suite):
        self.suite = suite
        self.scale = 25 if suite.full else 1
        self.shop = SmallShop(suite, "shop", ["amber", "birch"])
        self.good, self.shapeless, self.wordy = GOOD * self.scale, SHAPELESS * self.scale, WORDY * self.scale
        self.before = None  # an instant at which everything refused was still in quarantine

    def listed(self, tenant="amber"):
        groups = self.shop.json("quarantine", "list", "--tenant", tenant)["groups"]
        counts = {}
        for group in groups:
            counts[group["code"]] = counts.get(group["code"], 0) + group["records"]
        return counts

    def example(self, code):
        groups = self.shop.json("quarantine", "list", "--tenant", "amber")["groups"]
        return next(group["example_record_id"] for group in groups if group["code"] == code)

    def fill(self):
        shop, number = self.shop, iter(range(10 ** 6))
        order = lambda **changed: shop.order("amber", next(number), **changed)  # noqa: E731
        records = [order() for _ in range(self.good)]
        records += [order(version="2", amount=..., sum_cents=next(number)) for _ in range(self.shapeless)]
        records += [order(quantity="a few") for _ in range(self.wordy)]
        records += [order(no=None) for _ in range(KEYLESS)]
        records += ['{"version": "1", "no": '] * BROKEN
        self.suite.random.shuffle(records)
        half = len(records) // 2
        nobodys = shop.file("amber", "stray", [order()] * UNROUTED, root="elsewhere")
        shop.run("apply")
        shop.run("ingest", shop.file("amber", "first", records[:half]), shop.file("amber", "second", records[half:]),
                 shop.file("birch", "only", [shop.order("birch", i) for i in range(3)]), nobodys)
        shop.run("run")
        assert self.listed() == {2101: self.shapeless, 2105: self.wordy, 2103: KEYLESS, 2001: BROKEN}, self.listed()
        assert self.listed("_unrouted") == {2109: UNROUTED}
        totals = shop.totals()
        assert totals["amber"]["quarantined"] == self.shapeless + self.wordy + KEYLESS + BROKEN, totals
        time.sleep(1.1)
        self.before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        time.sleep(1.1)

    def nothing_to_cure(self):
        done = self.shop.json("run")
        assert done["records"] == 0 and done["reprocessed"] == 0, done

    def cure(self):
        shop = self.shop
        shop.order_mapping("amber")["quantity"] = {"path": "$.quantity", "null_if": ["a few"]}
        cents = shop.version("2")
        cents["mappings"]["order"]["fields"]["amount"] = {"path": "$.sum_cents", "scale10": -2}
        shop.versions["amber"]["v2"] = cents
        shop.write()
        shop.run("apply")
        done = shop.json("run")
        # Records without a key were refused under v1, whose rules have changed: they are tried too. No JSON, no version.
        assert done["cured"] == self.shapeless + self.wordy, done
        assert done["reprocessed"] == self.shapeless + self.wordy + KEYLESS, done
        assert self.listed() == {2103: KEYLESS, 2001: BROKEN}, self.listed()
        totals = shop.totals()["amber"]
        assert totals["refined"] == self.good + self.shapeless + self.wordy, totals
        assert totals["quarantined"] == KEYLESS + BROKEN and totals["discarded"] == 0, totals
        assert shop.json("run")["records"] == 0, "a plan looks through quarantine once"

    def served(self):
        shop = self.shop
        for table in ("silver.order", "mart.order", "vault.hub_order"):
            assert shop.one("amber", f"SELECT count(*) FROM {table}") == self.good + self.shapeless + self.wordy, table
        assert shop.one("amber", "SELECT count(*) FROM silver.order_line") == 2 * (self.good + self.shapeless + self.wordy)
        assert shop.one("amber", "SELECT count(DISTINCT record_id) = count(*) FROM silver.order")
        assert shop.one("birch", "SELECT count(*) FROM silver.order") == 3, "a neighbour is left alone"

    def as_of(self):
        shop = self.shop
        refused = "SELECT count(*), count(DISTINCT record_id) FROM bronze.quarantine"
        everything = self.shapeless + self.wordy + KEYLESS + BROKEN
        assert shop.sql("amber", refused, "--as-of", self.before) == [[everything, everything]]
        assert shop.one("amber", "SELECT count(*) FROM mart.order", "--as-of", self.before) == self.good
        assert shop.sql("amber", refused) == [[KEYLESS + BROKEN] * 2]

    def seen_from_outside(self):
        shop = self.shop
        record = shop.one("amber", "SELECT order_no FROM silver.order WHERE quantity IS NULL LIMIT 1")
        why = shop.json("why", "--tenant", "amber", "order", record)
        assert why["payload"] and not any("quarantined" in note for note in why.get("notes", [])), why.get("notes")
        again = [m for m in shop.json("manifest", "list", "--tenant", "amber") if m["layer"] == "silver" and m["beside"]["attempt"] > 1]
        assert again and all(m["status"] == "COMPLETE" for m in again)
        chain = shop.json("manifest", "trace", again[0]["lineage"][0])
        assert [m["layer"] for m in chain].count("silver") >= 2 and [m["layer"] for m in chain].count("gold") >= 2
        rows = {(row["tenant"], row["layer"]): row for row in shop.json("status")}
        everything = self.good + self.shapeless + self.wordy + KEYLESS + BROKEN
        assert rows["amber", "bronze"]["records"] == rows["amber", "silver"]["records"] == everything, rows
        assert rows["amber", "bronze"]["quarantined"] == KEYLESS + BROKEN, rows

    def by_hand(self):
        shop = self.shop
        wanted = shop.json("quarantine", "reprocess", "--tenant", "amber", "--code", "2103", "--dry-run")
        assert wanted["records"] == KEYLESS and not wanted["done"], wanted
        assert shop.json("quarantine", "reprocess", "--code", "2104")["records"] == 0
        done = shop.json("quarantine", "reprocess", "--application", "shop", "--code", "2103", "--version", "v1")
        assert (done["reprocessed"], done["cured"], done["refused_again"]) == (KEYLESS, 0, KEYLESS), done
        one = self.example(2001)
        assert shop.json("quarantine", "reprocess", "--record", one)["reprocessed"] == 1
        assert shop.json("quarantine", "reprocess", "--since", "2999-01-01")["records"] == 0
        shop.run("quarantine", "reprocess", expect=2)  # nothing says which
        assert self.listed() == {2103: KEYLESS, 2001: BROKEN}, self.listed()
        shop.totals()

    def fix(self):
        shop, record = self.shop, self.example(2103)
        payload = os.path.join(self.suite.folder, "edited.json")
        with open(payload, "w", encoding="utf-8") as file:
            json.dump(shop.order("amber", 999_999, quantity=1), file, indent=2)
        fixed = shop.json("quarantine", "fix", record, "--payload", payload, *WHO)
        assert fixed["refined"] == 1 and fixed["supersedes"] == record, fixed
        assert shop.one("amber", "SELECT amount FROM silver.order WHERE order_no = 'amber-999999'") == f"{999_999 % 97}.50"
        headers = shop.one("amber", f"SELECT headers FROM bronze.record WHERE record_id = unhex('{fixed['record']}')")
        assert json.loads(headers) == {"supersedes": record, "actor": WHO[1], "reason": WHO[3]}, headers
        assert shop.one("amber", f"SELECT count(*) FROM bronze.record WHERE record_id = unhex('{record}')") == 1
        shop.run("quarantine", "fix", record, "--payload", payload, *WHO, expect=3)
        totals = shop.totals()["amber"]
        assert totals["fixed"] == 1 and totals["quarantined"] == KEYLESS - 1 + BROKEN, totals

    def discard(self):
        shop = self.shop
        shop.run("quarantine", "discard", "--code", "2001", expect="error")  # nobody says why
        bytes_before = shop.one("amber", "SELECT count(*) FROM bronze.record")
        done = shop.json("quarantine", "discard", "--tenant", "amber", "--code", "2001", *WHO)
        assert done["discarded"] == BROKEN, done
        assert shop.json("quarantine", "discard", "--tenant", "_unrouted", *WHO)["discarded"] == UNROUTED
        assert shop.one("amber", "SELECT count(*) FROM bronze.record") == bytes_before
        by_name = shop.sql("amber", "SELECT actor, reason, count(*) FROM bronze.quarantine_release WHERE action = 'discard' GROUP BY ALL")
        assert by_name == [[WHO[1], WHO[3], BROKEN]], by_name
        totals = shop.totals()
        assert totals["amber"]["discarded"] == BROKEN and totals["amber"]["quarantined"] == KEYLESS - 1, totals
        assert totals["_unrouted"]["discarded"] == UNROUTED and totals["_unrouted"]["quarantined"] == 0, totals

    # Killing.

    def killed(self, point, *arguments):
        """Runs a command that dies at the point; whether it really did."""
        process = subprocess.run([self.suite.options.assay, "-q", "-C", self.shop.folder, *arguments], capture_output=True,
                                 timeout=TIMEOUT_SECONDS, env={**os.environ, "ASSAY_KILL_AT": point})
        assert process.returncode in (0, -signal.SIGKILL), process.stderr.decode()[-2000:]
        return process.returncode != 0

    def kill_reprocessing(self):
        shop, deaths = self.shop, 0
        left = KEYLESS - 1
        for step in STEPS:
            for side in ("before", "after"):
                deaths += self.killed(f"{step}.{side}:1", "quarantine", "reprocess", "--code", "2103")
                shop.run("run")
                assert self.listed() == {2103: left}, (step, side, self.listed())
        shop.totals()
        assert deaths == 2 * len(STEPS), f"only {deaths} processes died"

    def kill_fix_and_discard(self):
        shop, deaths = self.shop, 0
        payload = os.path.join(self.suite.folder, "edited.json")
        for index, step in enumerate(("intent", "staging_file", "iceberg_metadata", "control_transaction")):
            records = [shop.order("amber", 500_000 + index, no=None), '{"version": "1"']
            shop.run("ingest", shop.file("amber", f"more-{index}", records))
            shop.run("run")
            with open(payload, "w", encoding="utf-8") as file:
                json.dump(shop.order("amber", 500_000 + index, quantity=1), file)
            record = next(row[0] for row in shop.sql("amber", "SELECT lower(hex(record_id)) FROM bronze.quarantine "
                          "WHERE code = 2103 ORDER BY ingest_time DESC, payload_length DESC LIMIT 1"))
            side = "after" if index % 2 else "before"
            deaths += self.killed(f"{step}.{side}:1", "quarantine", "fix", record, "--payload", payload, *WHO)
            shop.run("run")
            shop.run("quarantine", "fix", record, "--payload", payload, *WHO, expect="any")  # where nothing was intended yet
            deaths += self.killed(f"{step}.{side}:1", "quarantine", "discard", "--code", "2001", *WHO)
            shop.run("run")
            assert self.listed() == {2103: KEYLESS - 1}, (step, self.listed())
        totals = shop.totals()["amber"]
        assert totals["fixed"] == 5 and totals["discarded"] == BROKEN + 4, totals
        assert deaths == 8, f"only {deaths} processes died"


def main():
    suite = Suite("quarantine")
    quarantine = Quarantine(suite)
    for name, body in (
            ("five kinds of refusal are counted, and proved", quarantine.fill),
            ("without a new plan nothing is tried again", quarantine.nothing_to_cure),
            ("a mended mapping cures by itself, exactly what it can", quarantine.cure),
            ("what was cured is served, once, in every layer", quarantine.served),
            ("--as-of tells what was known before", quarantine.as_of),
            ("why, manifest trace and status tell the same", quarantine.seen_from_outside),
            ("reprocess by filter; what is refused again stays", quarantine.by_hand),
            ("fix puts a record in the place of another", quarantine.fix),
            ("discard needs a reason and a name, and keeps the bytes", quarantine.discard),
            ("killed at every step of a reprocessing", quarantine.kill_reprocessing),
            ("killed while fixing and discarding", quarantine.kill_fix_and_discard)):
        suite.case(name, body)
    suite.finish()


if __name__ == "__main__":
    main()
