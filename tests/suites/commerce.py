"""The demo's data through all layers, held against the books that its generator keeps: six tenants, twelve schema
variants, dirt of every kind. `--size ci` makes 4 MB of orders, `--size full` 60 MB.
"""

import glob
import hashlib
import json
import os
import subprocess
import sys
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from deployment import Deployment  # noqa: E402
from suite import ROOT, Suite  # noqa: E402

sys.path.insert(0, os.path.join(ROOT, "examples"))
from steps import generator_program  # noqa: E402

UNTIL = "2025-03-15"
# What the generator does to a payload, and the codes that may say so.
CODES_OF_DIRT = {"bad_date": {2105}, "text_in_number": {2105}, "missing_key": {2103}, "unknown_shape": {2101},
                 "unknown_version": {2102}, "broken_json": {2001}}


def same(actual, expected, what):
    assert actual == expected, f"{what}: {actual}, expected {expected}"


class Commerce:
    def __init__(self, suite):
        self.suite = suite
        self.size = "60MB" if suite.full else "4MB"
        self.seed = str(suite.seed)
        self.input = os.path.join(suite.folder, "input")
        truth = os.path.join(suite.folder, "truth.json")
        self.made = self.generate(self.input, "--size", self.size, "--truth", truth)
        with open(truth, encoding="utf-8") as file:
            self.truth = json.load(file)
        self.tenants = sorted(self.truth)

    def generate(self, folder, *arguments):
        result = subprocess.run([generator_program(), "--json", "--out", folder, "--seed", self.seed, "--until", UNTIL,
                                 *arguments], check=True, capture_output=True)
        return json.loads(result.stdout)

    @staticmethod
    def digests(folder):
        digests = {}
        for path in sorted(glob.glob(os.path.join(folder, "*", "*", "*"))):
            with open(path, "rb") as file:
                digests[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
        return digests

    def same_arguments_make_the_same_bytes(self):
        again = os.path.join(self.suite.folder, "again")
        self.generate(again, "--size", self.size)
        same(self.digests(again), self.digests(self.input), "digests of the files")

    def another_seed_makes_other_bytes(self):
        other = os.path.join(self.suite.folder, "other")
        subprocess.run([generator_program(), "--out", other, "--seed", str(int(self.seed) + 1), "--until", UNTIL,
                        "--size", self.size], check=True, capture_output=True)
        shared = set(self.digests(other).values()) & set(self.digests(self.input).values())
        same(shared, set(), "files that two seeds share")

    def nothing_is_ordered_in_the_future(self):
        """An instant as --until: the last order is before it, and the last day is as full as the others."""
        folder = os.path.join(self.suite.folder, "instant")
        subprocess.run([generator_program(), "--out", folder, "--orders", "2000", "--until", "2025-03-01T00:05:00Z",
                        "--tenants", "cobalt", "--days", "20"], check=True, capture_output=True)
        times = []
        for path in glob.glob(os.path.join(folder, "cobalt", "erp", "*.ndjson")):
            with open(path, encoding="utf-8") as file:
                times += [text[text.index('DAT":"') + 6:][:20] for text in file if 'DAT":"20' in text]
        valid = [text for text in times if text.startswith("2025-0") and text != "2025-02-30T25:61:00Z"]
        assert max(valid) < "2025-03-01T00:05:00Z", max(valid)
        assert sum(text >= "2025-03-01" for text in valid) > 50, "the last day is empty"

    def load(self):
        self.deployment = Deployment(self.suite, "commerce", example="commerce")
        report = self.deployment.ingest(self.input)
        same(report["records"], self.made["records"], "records ingested")
        self.report = self.deployment.refine()
        same(self.report["records"], self.made["records"], "records refined, dropped or quarantined")
        same(self.report["failed_tenants"], {}, "tenants that failed")

    def orders_and_revenue(self, tenant):
        truth = self.truth[tenant]
        for layer in ("silver", "mart"):
            row = self.deployment.rows(
                f'SELECT count(*), sum(total_amount), count(*) FILTER (WHERE customer_id IS NULL) FROM {layer}."order"',
                tenant)[0]
            same((int(row[0]), Decimal(str(row[1])), int(row[2])),
                 (truth["orders"], Decimal(truth["revenue_cents"]) / 100, truth["guests"]),
                 f"orders, revenue and guests of {tenant} in {layer}")
            row = self.deployment.rows(
                f"SELECT count(*), sum(quantity * unit_price) FROM {layer}.order_line", tenant)[0]
            same(int(row[0]), truth["lines"], f"lines of {tenant} in {layer}")
        shipping = self.deployment.value('SELECT sum(total_amount - shipping_amount) FROM mart."order"', tenant)
        same(Decimal(str(row[1])), Decimal(str(shipping)), f"lines against totals without shipping of {tenant}")

    def masters(self, tenant):
        for name, key in (("customer", "id"), ("product", "sku")):
            row = self.deployment.rows(f"SELECT count(DISTINCT {key}), count(*) FROM silver.{name}_content", tenant)[0]
            same((int(row[0]), int(row[1])), (self.truth[tenant][name]["keys"], self.truth[tenant][name]["contents"]),
                 f"{name}s and their contents of {tenant}")

    def copies(self):
        accounting = self.deployment.accounting()
        for name in ("customer", "product"):
            same(accounting[("masters_seen_by_entity", name)],
                 sum(truth[name]["copies"] for truth in self.truth.values()), f"copies of {name}")

    def leaves(self):
        accounting = self.deployment.accounting()
        parts = [accounting[f"leaves_{part}"] for part in ("mapped", "master", "residue")]
        assert min(parts) > 0, parts
        same(sum(parts), accounting["leaves"], "leaves")

    def quarantine(self, tenant):
        expected = {}
        for dirt, count in self.truth[tenant]["dirt"].items():
            (code,) = CODES_OF_DIRT[dirt]
            expected[code] = expected.get(code, 0) + count
        rows = self.deployment.rows("SELECT code, count(*) FROM bronze.quarantine GROUP BY 1", tenant)
        same({int(code): int(count) for code, count in rows}, expected, f"quarantined records of {tenant} by code")

    def resends(self):
        same(self.report["duplicates"], sum(truth["resends"] for truth in self.truth.values()), "duplicates dropped")

    def added_field(self, tenant):
        rows = self.deployment.number("SELECT count(*) FROM silver.residue WHERE leaves LIKE '%giftWrap%'", tenant)
        same(rows, self.truth[tenant]["extra_fields"], f"records of {tenant} whose residue keeps the new field")

    def tiers(self, tenant):
        rows = self.deployment.rows('SELECT DISTINCT customer_tier FROM mart."order" ORDER BY 1', tenant)
        same({row[0] for row in rows} - {None}, {"standard", "plus", "premium"}, f"tiers of {tenant}")

    def answer(self, tenant):
        truth = self.truth[tenant]
        answer = self.deployment.json(
            "ask", "What's the average order value for premium customers in March 2025?", "--tenant", tenant)
        expected = Decimal(truth["premium_cents_of_month"]) / 100 / truth["premium_orders_of_month"]
        assert abs(Decimal(str(answer["value"])) - expected) < Decimal("0.005"), f"{answer}, expected {expected}"

    def no_tenant_sees_another(self):
        for tenant in self.tenants:
            for table in ("bronze.record", 'silver."order"', 'mart."order"', "vault.hub_customer"):
                rows = self.deployment.rows(f"SELECT DISTINCT tenant_id FROM {table}", tenant)
                same(rows, [[tenant]], f"tenants that {tenant} sees in {table}")


def main():
    suite = Suite("commerce")
    made = []
    suite.case("the generator runs", lambda: made.append(Commerce(suite)))
    if not made:
        suite.finish()
    commerce = made[0]
    for body in (commerce.same_arguments_make_the_same_bytes, commerce.another_seed_makes_other_bytes,
                 commerce.nothing_is_ordered_in_the_future):
        suite.case(body.__name__.replace("_", " "), body)
    suite.case("orders go through all layers", commerce.load)
    for body in (commerce.orders_and_revenue, commerce.masters, commerce.quarantine, commerce.added_field,
                 commerce.tiers, commerce.answer):
        for tenant in commerce.tenants:
            suite.case(f"{body.__name__.replace('_', ' ')} of {tenant}", body, tenant)
    for body in (commerce.copies, commerce.leaves, commerce.resends, commerce.no_tenant_sees_another):
        suite.case(body.__name__.replace("_", " "), body)
    suite.case("verify --deep holds", commerce.deployment.verify, "--deep")
    suite.finish()


if __name__ == "__main__":
    main()
