"""Change feeds: Sakila loaded as documents, then the same rows as Debezium events, shuffled, doubled, with updates and
deletes, over several batches. The current views must be the same, and every event must be accounted for by name.

The full size takes all 16,044 rentals and the published totals; the small one some of them and Python's own totals.
"""

import importlib.util
import json
import os
import shutil
import sys
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from deployment import Deployment  # noqa: E402
from suite import Suite, need_data  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORKSPACE = os.path.join(ROOT, "examples", "sakila", "workspace")
TENANT = "videostore"
PUBLISHED = {"rentals": 16_044, "paid": Decimal("67406.56"), "orphans": 5, "orphans_paid": Decimal("9.95"),
             "customers": 599, "not_returned": 183}
MARTS = ("rental", "rental_payment", "rental_cast", "payment")
MASTERS = ("customer", "film", "actor", "store", "staff")
OF_THE_WAY = ("operation", "lsn", "changed_at", "record_id", "pointer", "ingest_time", "knowledge_time", "manifest_id",
              "row_hash")
FIRST_EXTRA = 1_000_000  # keys of rentals that the feed makes and deletes again


def converter():
    spec = importlib.util.spec_from_file_location("sakila", os.path.join(ROOT, "examples", "sakila", "convert.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def same(actual, expected, what):
    assert actual == expected, f"{what}: {actual}, expected {expected}"


class Feed:
    """Change events of documents, in the order of the log; `events` are (key, operation, text)."""

    def __init__(self, random, to_json):
        self.random = random
        self.to_json = to_json
        self.lsn = 30_954_104
        self.events = []
        self.tombstones = []

    def add(self, table, operation, before, after, same_lsn=False):
        if not same_lsn:
            self.lsn += self.random.randrange(8, 400, 8)
        source = {"version": "3.6.1.Final", "connector": "postgresql", "db": "app", "schema": "public", "table": table,
                  "txId": 741, "lsn": self.lsn, "ts_us": 1_795_546_503_842_286 + self.lsn}
        event = self.to_json({"before": before, "after": after, "source": source, "op": operation, "transaction": None})
        if self.random.random() < 0.3:  # a converter that sends schemas along
            event = '{"schema":{"type":"struct","fields":[]},"payload":' + event + "}"
        self.events.append(((table, (after or before)[f"{table}_id"]), operation, event))

    def delete(self, table, document):
        """Replica identity default: the key, and defaults that are no data."""
        self.add(table, "d", {f"{table}_id": document[f"{table}_id"], "rental_date": "1970-01-01T00:00:00.000000Z",
                              "return_date": None, "amount": "0.00", "payments": []}, None)
        self.tombstones.append('{"schema":null,"payload":null}')

    def rental(self, document):
        """What became of a rental: made, paid, returned; sometimes deleted and made again."""
        draft = {**document, "return_date": None, "payments": []}
        ways = self.random.random()
        if ways < 0.3:
            self.add("rental", "r", None, document)
            return
        self.add("rental", "c", None, draft)
        if ways < 0.4:
            self.delete("rental", document)
            self.add("rental", "c", None, {**draft, "payments": document["payments"]})
        elif ways < 0.7:
            self.add("rental", "u", None, {**draft, "return_date": document["return_date"]})
        self.add("rental", "u", None, document)

    def extra(self, document, number):
        """A rental that is there for a while: the same customer later on, under a key of its own."""
        made = {**document, "rental_id": FIRST_EXTRA + number, "rental_date": "2006-02-15 10:00:00"}
        self.add("rental", "c", None, made)
        self.add("rental", "u", None, {**made, "payments": made["payments"] * 2})
        self.delete("rental", made)


class Cdc:
    def __init__(self, suite):
        self.suite = suite
        sakila = converter()
        self.tables = sakila.Tables(os.path.dirname(need_data("sakila", "rental.csv.gz")))
        self.to_json = sakila.to_json
        rentals = list(self.tables.rentals())
        self.rentals = rentals if suite.full else suite.random.sample(rentals, 220)
        self.orphans = list(self.tables.orphans())
        self.extras = len(self.rentals) // 20
        self.expected = self.figures()

    def figures(self):
        paid = [payment["amount"].text for rental in self.rentals for payment in rental["payments"]]
        customers = {rental["customer"]["customer_id"].text for rental in self.rentals + self.orphans}
        return {"rentals": len(self.rentals), "paid": sum(map(Decimal, paid)), "orphans": len(self.orphans),
                "orphans_paid": sum(Decimal(each["amount"].text) for each in self.orphans), "customers": len(customers),
                "not_returned": sum(rental["return_date"] is None for rental in self.rentals)}

    def totals_are_the_published_ones(self):
        if self.suite.full:
            same(self.expected, PUBLISHED, "totals of the tables")
            same(self.expected["paid"] + self.expected["orphans_paid"], Decimal("67416.51"), "all payments")
        else:
            same(self.expected["orphans_paid"], PUBLISHED["orphans_paid"], "payments without a rental")

    def write(self, deployment, name, lines):
        folder = os.path.join(deployment.folder, "data", TENANT, "rentals")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, f"{name}.ndjson")
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(line + "\n" for line in lines)
        return path

    def load(self):
        self.plain = Deployment(self.suite, "plain", workspace=WORKSPACE)
        for name, documents in (("rentals", self.rentals), ("payments", self.orphans)):
            self.plain.ingest(self.write(self.plain, name, map(self.to_json, documents)))
        report = self.plain.refine()
        same((report["refined"], report["quarantined"]), (len(self.rentals) + len(self.orphans), 0),
             "refined, quarantined")
        self.plain_views = self.views(self.plain)

    def totals(self, deployment):
        actual = {
            "rentals": deployment.number("SELECT count(*) FROM mart.rental", TENANT),
            "paid": Decimal(str(deployment.value("SELECT sum(amount) FROM mart.rental_payment", TENANT))),
            "orphans": deployment.number("SELECT count(*) FROM mart.payment", TENANT),
            "orphans_paid": Decimal(str(deployment.value("SELECT sum(amount) FROM mart.payment", TENANT))),
            "customers": deployment.number("SELECT count(*) FROM mart.customer_current", TENANT),
            "not_returned": deployment.number("SELECT count(*) FROM mart.rental WHERE return_date IS NULL", TENANT)}
        same(actual, self.expected, "totals of the marts")

    def views(self, deployment):
        """All current views: their columns, but for those that tell how a row came, and their sorted rows."""
        shown = {}
        for name in [f"mart.{mart}" for mart in MARTS] + [f"mart.{master}_current" for master in MASTERS]:
            answer = deployment.json("sql", f"SELECT * FROM {name}", "--tenant", TENANT)
            columns = [each["name"] if isinstance(each, dict) else each for each in answer["columns"]]
            kept = [index for index, column in enumerate(columns) if column not in OF_THE_WAY]
            shown[name] = ([columns[index] for index in kept],
                           sorted(json.dumps([row[index] for index in kept]) for row in answer["rows"]))
        return shown

    def make_feed(self):
        feed = Feed(self.suite.random, self.to_json)
        for rental in self.rentals:
            feed.rental(rental)
        for number in range(self.extras):
            feed.extra(self.suite.random.choice(self.rentals), number)
        for orphan in self.orphans:
            feed.add("payment", "c", None, {**orphan, "amount": 0})
            feed.add("payment", "u", None, orphan)
        return feed

    def feed_gives_the_same_views(self, batches):
        """One feed, doubled and shuffled, over so many batches with a run after each."""
        feed = self.make_feed()
        lines = [text for _, _, text in feed.events]
        doubled = self.suite.random.sample(lines, len(lines) // 3)
        lines += doubled + feed.tombstones
        self.suite.random.shuffle(lines)
        deployment = Deployment(self.suite, f"feed-{batches}", workspace=WORKSPACE)
        self.refined = self.quarantined = self.duplicates = 0
        for batch in range(batches):
            deployment.ingest(self.write(deployment, f"changes-{batch}", lines[batch::batches]))
            report = deployment.refine()
            self.refined += report["refined"]
            self.quarantined += report["quarantined"]
            self.duplicates += report["duplicates"]
        self.feed, self.fed = feed, deployment
        same(self.refined + self.duplicates + self.quarantined, len(lines), "refined, duplicates and quarantined")
        self.totals(deployment)
        actual = self.views(deployment)
        for name, (columns, rows) in self.plain_views.items():
            same(actual[name][0], columns, f"columns of {name}")
            different = set(rows) ^ set(actual[name][1])
            assert rows == actual[name][1], f"{name}: {len(different)} rows differ, as {sorted(different)[:2]}"

    def every_event_is_accounted_for(self):
        """in = current + superseded + deleted + duplicates + quarantined, each by name."""
        expected = {"current": len(self.rentals), "deleted": self.extras}
        rental_events = [key for key, _, _ in self.feed.events if key[0] == "rental"]
        expected["superseded"] = len(rental_events) - len(set(rental_events))
        rows = self.fed.rows("SELECT version_status, count(*) FROM silver.rental_status GROUP BY 1", TENANT)
        same({status: int(count) for status, count in rows}, expected, "rentals by status")
        same(self.duplicates, len(self.feed.events) // 3, "events that came twice")
        rows = self.fed.rows("SELECT count(*) FROM silver.rental UNION ALL SELECT count(*) FROM silver.payment", TENANT)
        same(sum(int(row[0]) for row in rows), self.refined, "rows of all versions")
        rows = self.fed.rows("SELECT code, count(*) FROM bronze.quarantine GROUP BY 1", TENANT)
        same([[str(code), int(count)] for code, count in rows], [["2050", len(self.feed.tombstones)]],
             "tombstones, by their code")

    def a_delete_tells_its_key_alone(self):
        rows = self.fed.rows(
            "SELECT count(*), count(rental_id), count(rental_date), count(return_date), count(customer_customer_id) "
            "FROM silver.rental WHERE operation = 'delete'", TENANT)
        deletes = sum(operation == "d" for _, operation, _ in self.feed.events)
        same([int(value) for value in rows[0]], [deletes, deletes, 0, 0, 0], "fields of deletes")

    def a_deletion_is_a_status_in_the_satellite(self):
        deleted = self.fed.number("SELECT count(DISTINCT hub_key) FROM vault.sat_rental s WHERE operation = 'delete' "
                                  "AND valid_from = (SELECT max(valid_from) FROM vault.sat_rental t WHERE "
                                  "t.hub_key = s.hub_key)", TENANT)
        same(deleted, self.extras, "rentals whose last satellite row is a deletion")

    def why_explains_what_holds_now(self):
        """The version of the greatest lsn, wherever its event time puts it; a deletion by name."""
        histories = {}
        for (table, number), operation, text in self.feed.events:
            event = json.loads(text)
            event = event.get("payload", event)
            if table == "rental":
                histories.setdefault(number, []).append((event["source"]["lsn"], operation))
        again = next(key for key, events in histories.items() if "d" in [each[1] for each in events[:-1]])
        updated = next(key for key, events in histories.items() if [each[1] for each in events] == ["c", "u", "u"])
        for key in (again, updated, FIRST_EXTRA):
            lsn, operation = histories[key][-1]
            state = "deleted" if operation == "d" else "current"
            for table in ("silver.rental", "mart.rental"):
                answer = self.fed.json("why", table, key)
                same((int(answer["row"]["lsn"]), answer["row"]["version_status"]), (lsn, state), f"{table} {key}")
                assert state in answer["notes"][0], answer["notes"]
                assert f"superseded {len(histories[key]) - 1} row" in answer["notes"][0], answer["notes"]
                same([(int(row["lsn"]), row["version_status"]) for row in answer["history"]],
                     [(each[0], "superseded") for each in histories[key][:-1]] + [(lsn, state)], "versions")
            assert f'"lsn":{lsn}' in answer["payload"], answer["payload"]
        note = self.fed.run("why", "rental", FIRST_EXTRA).out
        assert "note: deleted: the greatest version of the key by (lsn, changed_at) deletes it" in note, note
        items = self.fed.json("why", "silver.rental_payment", f"{FIRST_EXTRA},0")
        same(items["row"]["version_status"], "superseded", "a payment of a deleted rental")
        assert "this row is not in it" in items["notes"][0], items["notes"]

    def a_change_without_its_place_is_refused(self):
        """By name: which field is missing stands in quarantine."""
        text = self.feed.events[0][2]
        event = json.loads(text)
        event = event.get("payload", event)
        del event["source"]["lsn"]
        self.fed.ingest(self.write(self.fed, "no-place", [json.dumps(event)]))
        same(self.fed.refine()["quarantined"], 1, "quarantined")
        rows = self.fed.rows("SELECT reason FROM bronze.quarantine WHERE code = 2104", TENANT)
        assert len(rows) == 1 and '"lsn"' in rows[0][0], rows

    def a_late_change_does_not_resurrect(self):
        key = FIRST_EXTRA
        history = [text for (_, number), _, text in self.feed.events if number == key]
        first = json.loads(history[0])
        first = first.get("payload", first)
        count = f"SELECT count(*) FROM mart.rental WHERE rental_id = {key}"
        late = json.loads(json.dumps(first))
        late["op"], late["source"]["lsn"] = "u", first["source"]["lsn"] + 1  # before the deletion
        self.fed.ingest(self.write(self.fed, "late", [json.dumps(late)]))
        self.fed.refine()
        same(self.fed.number(count, TENANT), 0, "rows of a deleted rental after a late change")
        again = json.loads(json.dumps(first))
        again["source"]["lsn"], again["source"]["ts_us"] = self.feed.lsn + 8, 1_795_546_503_842_286 + self.feed.lsn + 8
        self.fed.ingest(self.write(self.fed, "again", [json.dumps(again)]))
        self.fed.refine()
        same(self.fed.number(count, TENANT), 1, "rows of a rental that was made again")
        same(self.fed.number(f"SELECT count(*) FROM mart.rental_payment WHERE rental_id = {key}", TENANT),
             len(first["after"]["payments"]), "its payments")

    def features_over_versions_are_refused(self):
        folder = os.path.join(self.suite.folder, "refused")
        shutil.copytree(WORKSPACE, folder)
        os.makedirs(os.path.join(folder, "features"))
        with open(os.path.join(folder, "features", "takings.yaml"), "w", encoding="utf-8") as out:
            out.write("feature_view: takings\nentity: staff\nrole: cashier\nmeasures:\n  paid: {source: rental_payment, "
                      "factors: [amount]}\nfeatures:\n  all: {value: paid, window: lifetime}\n")
        result = self.suite.run("-C", folder, "apply", expect="error")
        assert "not taken back" in result.out + result.err, result.out + result.err


def main():
    suite = Suite("cdc")
    made = []
    suite.case("the tables are there", lambda: made.append(Cdc(suite)))
    if not made:
        suite.finish()
    cdc = made[0]
    suite.case("totals are the published ones", cdc.totals_are_the_published_ones)
    suite.case("documents go through all layers", cdc.load)
    suite.case("totals of the documents", lambda: cdc.totals(cdc.plain))
    suite.case("verify --deep of the documents", lambda: cdc.plain.verify("--deep"))
    for batches in (1, 3, 7) if suite.full else (1, 4):
        suite.case(f"a feed in {batches} batches gives the same views", cdc.feed_gives_the_same_views, batches)
        suite.case(f"every event of {batches} batches is accounted for", cdc.every_event_is_accounted_for)
    for body in (cdc.a_delete_tells_its_key_alone, cdc.a_deletion_is_a_status_in_the_satellite,
                 cdc.why_explains_what_holds_now, cdc.a_change_without_its_place_is_refused, cdc.a_late_change_does_not_resurrect,
                 cdc.features_over_versions_are_refused):
        suite.case(body.__name__.replace("_", " "), body)
    suite.case("verify --deep of the feed", lambda: cdc.fed.verify("--deep"))
    suite.finish()


if __name__ == "__main__":
    main()
