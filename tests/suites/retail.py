"""Real invoices through all layers, by the CLI alone: every figure that issue 5 names, and every figure that Python
counts from the same file. `--size ci` takes the first tenth of the invoices; only the counted figures hold there.
"""

import collections
import gzip
import json
import os
import subprocess
import sys
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from deployment import Deployment  # noqa: E402
from suite import ROOT, Suite, need_data  # noqa: E402

TENANT = "giftware"
CI_INVOICES = 2_590
SAMPLE_INVOICES = 600

# The control totals of the data's README and of the issue; `figures` must find them in the file.
PUBLISHED = {
    "invoices": 25_900, "lines": 541_909, "revenue": Decimal("9747747.934"), "sales": Decimal("10644560.424"),
    "customers": 4_372, "customer_contents": 4_380, "products": 4_070, "product_contents": 5_752,
    "invoices_without_customer": 3_710, "lines_without_customer": 135_080, "cancellations": 3_836,
    "adjustments": 3, "countries": 38, "repeated_lines": 5_268, "codes_with_descriptions": 1_324,
    "codes_by_case_only": 112, "customers_with_two_countries": 8, "invoices_with_two_times": 43,
}


def figures(invoices):
    """Counts what the invoices hold, with nothing of Assay's."""
    contents = collections.defaultdict(set)
    customers = collections.defaultdict(set)
    lines = collections.Counter()
    found = collections.Counter()
    revenue, sales = Decimal(0), Decimal(0)
    countries = set()
    for invoice in invoices:
        customer = invoice["customer"]
        countries.add(customer["country"])
        if customer["id"] is None:
            found["invoices_without_customer"] += 1
            found["lines_without_customer"] += len(invoice["lines"])
        else:
            customers[customer["id"]].add(customer["country"])
        found["cancellations"] += invoice["invoiceNo"].startswith("C")
        found["adjustments"] += invoice["invoiceNo"].startswith("A")
        found["invoices_with_two_times"] += any("invoiceDate" in line for line in invoice["lines"])
        for line in invoice["lines"]:
            product = line["product"]
            contents[product["stockCode"]].add(product["description"])
            found["own_times"] += "invoiceDate" in line
            found["lines_without_description"] += product["description"] is None
            lines[(invoice["invoiceNo"], product["stockCode"], product["description"], line["quantity"],
                   line.get("invoiceDate", invoice["invoiceDate"]), line["unitPrice"])] += 1
            amount = line["quantity"] * line["unitPrice"]
            revenue += amount
            sales += 0 if invoice["invoiceNo"].startswith("C") else amount
    by_case = collections.Counter(code.lower() for code in contents)
    return {
        **{name: found[name] for name in (
            "invoices_without_customer", "lines_without_customer", "cancellations", "adjustments",
            "invoices_with_two_times", "own_times", "lines_without_description")},
        "invoices": len(invoices), "lines": sum(lines.values()), "revenue": revenue, "sales": sales,
        "customers": len(customers), "customer_contents": sum(map(len, customers.values())),
        "products": len(contents), "product_contents": sum(map(len, contents.values())),
        "countries": len(countries), "repeated_lines": sum(count - 1 for count in lines.values()),
        "codes_with_descriptions": sum(len(texts) > 1 for texts in contents.values()),
        "codes_by_case_only": sum(count - 1 for count in by_case.values()),
        "customers_with_two_countries": sum(len(names) > 1 for names in customers.values()),
    }


def same(actual, expected, what):
    assert actual == expected, f"{what}: {actual}, expected {expected}"


class Retail:
    def __init__(self, suite):
        self.suite = suite
        converter = os.path.join(ROOT, "examples", "retail", "convert.py")
        self.data = os.path.join(suite.folder, "data", TENANT, "shop")
        os.makedirs(self.data)
        whole = os.path.join(suite.folder, "whole.ndjson")
        environment = {**os.environ, "ASSAY_DATA": os.path.dirname(os.path.dirname(
            need_data("online-retail-uci", "online-retail.csv.zst")))}
        subprocess.run([sys.executable, converter, whole], check=True, capture_output=True, env=environment)
        with open(whole, "rb") as file:
            self.texts = file.read().splitlines()
        if not suite.full:
            self.texts = self.texts[:CI_INVOICES]
        self.input = self.write(os.path.join(self.data, "invoices.ndjson"), self.texts)
        self.invoices = [json.loads(text, parse_float=Decimal) for text in self.texts]
        self.expected = figures(self.invoices)

    @staticmethod
    def write(path, texts):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.writelines(text + b"\n" for text in texts)
        return path

    # Cases. Each reads only what it needs, by the CLI.

    def load(self):
        self.deployment = Deployment(self.suite, "retail", example="retail")
        report = self.deployment.ingest(self.input)
        same(report["records"], self.expected["invoices"], "records ingested")
        report = self.deployment.refine()
        same(report["refined"], self.expected["invoices"], "records refined")
        same(report["quarantined"], 0, "records quarantined")
        same(report["duplicates"], 0, "duplicates")

    def published(self, name):
        same(self.expected[name], PUBLISHED[name], f"{name} in the converted file")

    def figure(self, name, sql):
        kind = Decimal if isinstance(self.expected[name], Decimal) else int
        same(kind(str(self.deployment.value(sql, TENANT))), self.expected[name], sql)

    def texts_are_kept(self):
        """No code and no description was trimmed, folded or changed."""
        expected = sorted({(line["product"]["stockCode"], line["product"]["description"])
                           for invoice in self.invoices for line in invoice["lines"]}, key=repr)
        rows = self.deployment.rows("SELECT stock_code, description FROM silver.product_content", TENANT)
        same(sorted(map(tuple, rows), key=repr), expected, "(code, description) pairs")

    def lines_are_exact(self):
        """Quantity and price of each line of some invoices, by its place, to the last digit."""
        chosen = self.suite.random.sample(self.invoices, 20)
        for invoice in chosen:
            number = invoice["invoiceNo"]
            rows = self.deployment.rows(
                f"SELECT item_index, product_stock_code, quantity, unit_price FROM mart.invoice_line "
                f"WHERE invoice_no = '{number}' ORDER BY item_index", TENANT)
            expected = [(index, line["product"]["stockCode"], line["quantity"], line["unitPrice"])
                        for index, line in enumerate(invoice["lines"])]
            actual = [(int(index), code, int(quantity), Decimal(str(price)))
                      for index, code, quantity, price in rows]
            same(actual, expected, f"lines of invoice {number}")

    def leaves_are_accounted(self):
        """Every leaf of every payload: mapped, master or residue, as Python counts them."""
        customers = self.expected["invoices"] - self.expected["invoices_without_customer"]
        lines, own_times = self.expected["lines"], self.expected["own_times"]
        expected = {
            "leaves": 4 * self.expected["invoices"] + 4 * lines + own_times,
            "leaves_master": 2 * customers + 2 * lines,
            "leaves_residue": self.expected["invoices_without_customer"],
        }
        expected["leaves_mapped"] = expected["leaves"] - expected["leaves_master"] - expected["leaves_residue"]
        accounting = self.deployment.accounting()
        same({name: accounting[name] for name in expected}, expected, "leaf accounting of the silver manifests")

    def copies_are_counted_once(self):
        """A customer stands once in an invoice, although its lines refer to it too; a product once in each line."""
        customers = self.expected["invoices"] - self.expected["invoices_without_customer"]
        accounting = self.deployment.accounting()
        same(accounting[("masters_seen_by_entity", "customer")], customers, "copies of customers")
        same(accounting[("masters_seen_by_entity", "product")], self.expected["lines"], "copies of products")
        same(accounting["masters_seen"], customers + self.expected["lines"], "copies of masters")

    def residue_is_the_null_customer(self):
        rows = self.deployment.rows("SELECT leaves, count(*) FROM silver.residue GROUP BY 1", TENANT)
        same([(json.loads(leaves), int(count)) for leaves, count in rows],
             [({"/customer/id": None}, self.expected["invoices_without_customer"])], "residue")

    def two_countries_have_a_history(self):
        rows = self.deployment.rows(
            "SELECT id, count(DISTINCT content_hash) FROM silver.customer_history GROUP BY 1 HAVING count(*) > 1 "
            "AND count(DISTINCT content_hash) > 1", TENANT)
        same(len(rows), self.expected["customers_with_two_countries"], "customers with two contents in their history")

    def lifetime_value(self):
        """The feature view against Python: revenue of each customer over all time."""
        expected = collections.defaultdict(Decimal)
        for invoice in self.invoices:
            if invoice["customer"]["id"] is not None:
                expected[int(invoice["customer"]["id"])] += sum(
                    line["quantity"] * line["unitPrice"] for line in invoice["lines"])
        rows = self.deployment.rows(
            "SELECT id, sum(revenue) FROM feature.customer_orders GROUP BY 1", TENANT)
        same({int(key): Decimal(str(value)) for key, value in rows if value is not None}, dict(expected),
             "lifetime value by customer")

    def running_again_does_nothing(self):
        before = self.deployment.json("manifest", "list")
        report = self.deployment.refine()
        same((report["manifests"], report["records"], report["rows_by_table"]), (0, 0, {}), "second run")
        same(self.deployment.json("manifest", "list"), before, "manifests after the second run")

    def the_same_file_changes_nothing(self):
        report = self.deployment.ingest(self.input)
        same([row["outcome"] for row in report["inputs"]], ["unchanged"], "outcome of the same file")
        same(report["records"], 0, "records of the same file")
        text = self.deployment.run("ingest", self.input).out
        assert "unchanged" in text, f"a person is not told: {text}"
        renamed = os.path.join(self.data, "renamed.ndjson")
        os.link(self.input, renamed)
        report = self.deployment.ingest(renamed)
        same((report["records"], report["inputs"][0]["outcome"]), (0, "unchanged"), "the same content, renamed")
        same(self.deployment.refine()["manifests"], 0, "manifests after it")
        same(self.deployment.number("SELECT count(*) FROM silver.invoice", TENANT), self.expected["invoices"],
             "invoices after it")

    def sample(self, name):
        """A small deployment, and the folder that its files are routed from."""
        return Deployment(self.suite, name, example="retail"), os.path.join(
            self.suite.folder, f"{name}-data", TENANT, "shop")

    def reference(self):
        """The rows of the sample as one plain file gives them."""
        if not hasattr(self, "reference_rows"):
            deployment, folder = self.sample("plain")
            deployment.ingest(self.write(os.path.join(folder, "a.ndjson"), self.texts[:SAMPLE_INVOICES]))
            deployment.refine()
            self.reference_rows = self.content_of(deployment)
            same(len(self.reference_rows["silver.invoice"]), SAMPLE_INVOICES, "invoices of the sample")
        return self.reference_rows

    @staticmethod
    def content_of(deployment):
        tables = ("silver.invoice", "silver.invoice_line", "mart.invoice", "mart.invoice_line", "silver.residue")
        content = {table: deployment.row_hashes(table, TENANT) for table in tables}
        for master, key in (("customer", "id"), ("product", "stock_code")):
            content[master] = deployment.rows(
                f"SELECT {key}, hex(content_hash) FROM silver.{master}_content ORDER BY ALL", TENANT)
        return content

    def an_appended_file_goes_on(self):
        deployment, folder = self.sample("appended")
        path = self.write(os.path.join(folder, "a.ndjson"), self.texts[:SAMPLE_INVOICES // 2])
        deployment.ingest(path)
        deployment.refine()
        with open(path, "ab") as file:
            file.writelines(text + b"\n" for text in self.texts[SAMPLE_INVOICES // 2:SAMPLE_INVOICES])
        report = deployment.ingest(path)
        same((report["inputs"][0]["outcome"], report["records"]),
             ("continued", SAMPLE_INVOICES - SAMPLE_INVOICES // 2), "the appended file")
        deployment.refine()
        same(self.content_of(deployment), self.reference(), "rows of the appended file")
        deployment.verify()

    def an_unfinished_line_waits(self):
        deployment, folder = self.sample("unfinished")
        path = self.write(os.path.join(folder, "a.ndjson"), self.texts[:10])
        with open(path, "ab") as file:
            file.write(self.texts[10][:len(self.texts[10]) // 2])
        same(deployment.ingest(path)["records"], 10, "records before the line was finished")
        with open(path, "ab") as file:
            file.write(self.texts[10][len(self.texts[10]) // 2:] + b"\n")
        same(deployment.ingest(path)["records"], 1, "records after the line was finished")
        report = deployment.refine()
        same((report["refined"], report["quarantined"]), (11, 0), "refined and quarantined")

    def an_overwritten_file_is_refused(self):
        deployment, folder = self.sample("overwritten")
        path = self.write(os.path.join(folder, "a.ndjson"), self.texts[:10])
        deployment.ingest(path)
        self.write(path, self.texts[10:20])
        result = deployment.run("--json", "ingest", path, expect="error")
        assert "source_overwritten" in result.out + result.err, result.out + result.err
        same(deployment.number("SELECT count(*) FROM bronze.record", TENANT), 10, "records after the refusal")

    def another_container(self, name, file_name, data):
        deployment, folder = self.sample(name)
        os.makedirs(folder)
        path = os.path.join(folder, file_name)
        with open(path, "wb") as file:
            file.write(data(b"".join(text + b"\n" for text in self.texts[:SAMPLE_INVOICES])))
        same(deployment.ingest(path)["records"], SAMPLE_INVOICES, "records")
        deployment.refine()
        same(self.content_of(deployment), self.reference(), f"rows of {file_name}")

    def standard_input(self):
        deployment, _ = self.sample("stdin")
        data = b"".join(text + b"\n" for text in self.texts[:SAMPLE_INVOICES])
        report = deployment.ingest("-", "--tenant", TENANT, "--application", "shop", stdin=data)
        same(report["records"], SAMPLE_INVOICES, "records")
        deployment.refine()
        same(self.content_of(deployment), self.reference(), "rows of stdin")


SQL_FIGURES = [
    ("invoices", "SELECT count(*) FROM bronze.record"),
    ("invoices", "SELECT count(*) FROM silver.invoice"),
    ("invoices", "SELECT count(*) FROM mart.invoice"),
    ("invoices", "SELECT count(*) FROM vault.hub_invoice"),
    ("lines", "SELECT count(*) FROM silver.invoice_line"),
    ("lines", "SELECT count(*) FROM mart.invoice_line"),
    ("revenue", "SELECT sum(quantity * unit_price) FROM silver.invoice_line"),
    ("revenue", "SELECT sum(quantity * unit_price) FROM mart.invoice_line"),
    ("sales", "SELECT sum(quantity * unit_price) FROM mart.invoice_line WHERE invoice_no NOT LIKE 'C%'"),
    ("customers", "SELECT count(DISTINCT id) FROM silver.customer_content"),
    ("customer_contents", "SELECT count(*) FROM silver.customer_content"),
    ("customers", "SELECT count(*) FROM vault.hub_customer"),
    ("products", "SELECT count(DISTINCT stock_code) FROM silver.product_content"),
    ("product_contents", "SELECT count(*) FROM silver.product_content"),
    ("products", "SELECT count(*) FROM vault.hub_product"),
    ("invoices_without_customer", "SELECT count(*) FROM silver.invoice WHERE customer_id IS NULL"),
    ("invoices_without_customer",
     "SELECT count(*) FROM silver.invoice WHERE customer_id IS NULL AND customer_content_hash IS NULL"),
    ("invoices_without_customer",
     "SELECT count(*) FROM mart.invoice WHERE customer_id IS NULL AND country IS NOT NULL"),
    ("lines_without_customer", "SELECT count(*) FROM silver.invoice_line WHERE customer_id IS NULL"),
    ("cancellations", "SELECT count(*) FROM mart.invoice WHERE invoice_no LIKE 'C%'"),
    ("adjustments", "SELECT count(*) FROM mart.invoice WHERE invoice_no LIKE 'A%'"),
    ("countries", "SELECT count(DISTINCT country) FROM mart.invoice"),
    ("invoices_with_two_times",
     "SELECT count(DISTINCT invoice_no) FROM silver.invoice_line WHERE recorded_at IS NOT NULL"),
    ("own_times", "SELECT count(*) FROM silver.invoice_line WHERE recorded_at <> invoice_date"),
    ("repeated_lines",
     "SELECT sum(n - 1) FROM (SELECT count(*) AS n FROM mart.invoice_line GROUP BY invoice_no, product_stock_code, "
     "product_description, quantity, unit_price, coalesce(recorded_at, invoice_date))"),
    ("codes_with_descriptions",
     "SELECT count(*) FROM (SELECT stock_code FROM silver.product_content GROUP BY 1 "
     "HAVING count(*) > 1)"),
    ("codes_by_case_only",
     "SELECT count(DISTINCT stock_code) - count(DISTINCT lower(stock_code)) FROM silver.product_content"),
    ("customers_with_two_countries",
     "SELECT count(*) FROM (SELECT id FROM silver.customer_content GROUP BY 1 HAVING count(*) > 1)"),
    ("lines_without_description", "SELECT count(*) FROM mart.invoice_line WHERE product_description IS NULL"),
]


def main():
    suite = Suite("retail")
    made = []
    suite.case("the converter runs", lambda: made.append(Retail(suite)))
    if not made:
        suite.finish()
    retail = made[0]
    if suite.full:
        for name in PUBLISHED:
            suite.case(f"converted file: {name}", retail.published, name)
    suite.case("invoices go through all layers", retail.load)
    for name, sql in SQL_FIGURES:
        suite.case(f"{name}: {sql}", retail.figure, name, sql)
    for body in (retail.texts_are_kept, retail.lines_are_exact, retail.leaves_are_accounted,
                 retail.copies_are_counted_once, retail.residue_is_the_null_customer,
                 retail.two_countries_have_a_history, retail.lifetime_value,
                 retail.running_again_does_nothing, retail.the_same_file_changes_nothing,
                 retail.an_appended_file_goes_on, retail.an_unfinished_line_waits,
                 retail.an_overwritten_file_is_refused):
        suite.case(body.__name__.replace("_", " "), body)
    suite.case("gzip gives the same rows", retail.another_container, "gzip", "a.ndjson.gz", gzip.compress)
    suite.case("zstd gives the same rows", retail.another_container, "zstd", "a.ndjson.zst", zstd)
    suite.case("a JSON array gives the same rows", retail.another_container, "array", "a.json", array)
    suite.case("stdin gives the same rows", retail.standard_input)
    suite.case("verify holds", retail.deployment.verify)
    suite.case("verify --deep holds", retail.deployment.verify, "--deep")
    suite.finish()


def zstd(data):
    return subprocess.run(["zstd", "-cq"], input=data, capture_output=True, check=True).stdout


def array(data):
    return b"[" + b",\n".join(data.splitlines()) + b"]"


if __name__ == "__main__":
    main()
