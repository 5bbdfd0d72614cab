"""Questions in English and SQL of users, by the CLI: how each is read, what it answers (recomputed by plain SQL over
silver or by Python), what it refuses, and that an answer as of an instant repeats. Over the retail example (the
outside data) and a small data set of the commerce generator. `--size ci` takes a tenth of the invoices.
"""

import csv
import datetime
import glob
import io
import json
import os
import subprocess
import sys
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from deployment import Deployment  # noqa: E402
from questions_asked import (  # noqa: E402
    CI_INVOICES, COMMERCE_QUESTIONS, DAY, LATER, LINES, MONTH, REFUSED, RETAIL, RETAIL_QUESTIONS, TIERED, UNTIL,
    column, near, orders, revenue, sales, same)
from suite import ROOT, Suite, need_data  # noqa: E402

sys.path.insert(0, os.path.join(ROOT, "examples"))
from steps import generator_program  # noqa: E402


class Setting:
    """A deployment with data in it, and what the cases ask of it."""

    def __init__(self, suite, name, tenant):
        self.suite, self.tenant = suite, tenant
        self.deployment = Deployment(suite, name, example=name)

    def load(self, path):
        report = self.deployment.ingest(path)
        assert report["records"] > 0, report
        self.deployment.refine()

    def ask(self, text, *arguments, **options):
        return self.deployment.json("ask", text, "--tenant", self.tenant, *arguments, **options)

    def rows(self, sql):
        return self.deployment.rows(sql, self.tenant)

    def answers(self, question):
        answer = self.ask(question.text, *question.arguments)
        self.is_read(question, answer["interpretation"])
        names = answer["columns"]
        groups = len(question.groups) + (question.grain is not None)
        chosen = list(range(groups)) + [names.index(metric) for metric in question.metrics]
        actual = [[row[index] for index in chosen] for row in answer["rows"]]
        expected = self.rows(question.sql)
        if not question.ordered:
            actual.sort(key=repr)
            expected.sort(key=repr)
        same([row[:groups] for row in actual], [row[:groups] for row in expected], f"groups of {question.text!r}")
        for row, wanted in zip(actual, expected):
            for value, figure in zip(row[groups:], wanted[groups:]):
                near(value, figure, f"{question.text!r} {row[:groups]}")
        assert groups or answer["value"] == answer["rows"][0][chosen[0]], answer["value"]
        assert answer["row_count"] > 0 and answer["manifests"], "an answer from nothing"
        same(answer["unused_words"], [], "unused words")
        same([row for row in self.deployment.json("sql", answer["sql"], "--tenant", self.tenant)["columns"]], names,
             "columns of the SQL of the answer")

    @staticmethod
    def is_read(question, meaning):
        what = f"reading of {question.text!r}"
        same([item["metric"] for item in meaning["metrics"]], question.metrics, f"{what}: metrics")
        negated = [item["segment"] for item in meaning["segments"] if item["negated"]]
        same([item["segment"] for item in meaning["segments"] if not item["negated"]], question.segments,
             f"{what}: segments")
        same(negated, ["guests"] if "without guests" in question.text else [], f"{what}: segments left out")
        same([{key: item[key] for key in ("column", "values", "negated")} for item in meaning["filters"]],
             question.filters, f"{what}: filters")
        same([item["column"] for item in meaning["group_by"]], question.groups, f"{what}: groups")
        same(meaning["grain"], question.grain, f"{what}: unit of time")
        period = meaning["period"]
        same((period["from"], period["to"]) if period else None, question.period, f"{what}: period")
        top = meaning["top"]
        same((top["count"], top["order"]) if top else None, question.top, f"{what}: rank")

    def refuses(self, text, words, hint):
        result = self.deployment.run("--json", "ask", text, "--tenant", self.tenant, expect=2)
        error = json.loads(result.err)["error"]
        same(error["name"], "question_unknown", text)
        for word in words:
            assert word in error["message"], f"{text}: {error}"
        assert hint in error["hint"], f"{text}: {error}"


class Retail(Setting):
    def __init__(self, suite):
        super().__init__(suite, "retail", RETAIL)
        whole = os.path.join(suite.folder, "whole.ndjson")
        environment = {**os.environ, "ASSAY_DATA": os.path.dirname(os.path.dirname(
            need_data("online-retail-uci", "online-retail.csv.zst")))}
        subprocess.run([sys.executable, os.path.join(ROOT, "examples", "retail", "convert.py"), whole], check=True,
                       capture_output=True, env=environment)
        with open(whole, "rb") as file:
            self.texts = file.read().splitlines(keepends=True)
        if not suite.full:
            self.texts = self.texts[:CI_INVOICES]
        self.folder = os.path.join(suite.folder, "retail-data", RETAIL, "shop")
        os.makedirs(self.folder)

    def write(self, name, texts):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.writelines(texts)
        return path

    def load_most(self):
        """All but the last hundred invoices, which come late."""
        self.load(self.write("first.ndjson", self.texts[:-100]))

    def an_empty_period_names_the_last_day(self):
        answer = self.ask("sales in 1999")
        same((answer["row_count"], answer["value"]), (0, None), "rows and value")
        last = self.rows(f"SELECT max(invoice_date)::DATE FROM {LINES}")[0][0]
        same(answer["last_day_with_data"], last, "last day with data")
        text = self.deployment.run("ask", "sales in 1999", "--tenant", self.tenant).out
        assert f"the last day with data is {last}" in text, text
        answer = self.ask("sales in 1999 in France")
        last = self.rows(f"SELECT max(invoice_date)::DATE FROM {LINES} WHERE country = 'France'")[0][0]
        same(answer["last_day_with_data"], last, "last day with data of France")

    def personal_data_is_said(self):
        answer = self.ask("top 3 buyers by sales")
        same([caveat["kind"] for caveat in answer["caveats"]], ["personal"], "caveats")

    def an_answer_as_of_repeats(self):
        """Ingest more and refine it: the answer as of an instant before does not change by a byte."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        arguments = ("ask", "sales and orders by month", "--tenant", self.tenant, "--as-of", now)
        before = self.deployment.run("--json", *arguments).out
        earlier = self.ask("sales and orders by month", "--as-of", "2001-01-01")
        same(earlier["row_count"], 0, "rows known in 2001")
        sql = f"SELECT count(*), sum(quantity) FROM {LINES}"
        rows = self.deployment.json("sql", sql, "--tenant", self.tenant, "--as-of", now)["rows"]
        self.deployment.ingest(self.write("second.ndjson", self.texts[-100:]))
        self.waiting_data_is_said()
        same(self.deployment.run("--json", *arguments).out, before, "answer while data wait")
        self.deployment.refine()
        same(self.deployment.run("--json", *arguments).out, before, "answer after more data")
        same(self.deployment.json("sql", sql, "--tenant", self.tenant, "--as-of", now)["rows"], rows, "SQL as of then")
        assert self.rows(sql) != rows, "the late invoices changed nothing"
        same(self.ask("how many invoices")["value"], len(self.texts), "invoices at the end")

    def waiting_data_is_said(self):
        caveats = {caveat["kind"]: caveat for caveat in self.ask("sales")["caveats"]}
        same(caveats["waiting"]["records"], 100, "records that wait")

    def the_same_question_has_the_same_sql(self):
        first = self.ask("sales of domestic customers by month in 2010")["sql"]
        same(self.ask("In 2010, what were the Sales by MONTH for domestic customers?")["sql"], first, "SQL")


class Commerce(Setting):
    def __init__(self, suite):
        super().__init__(suite, "commerce", "aurora")
        self.input = os.path.join(suite.folder, "input")
        subprocess.run([generator_program(), "--out", self.input, "--seed", str(suite.seed), "--until", UNTIL, "--size",
                        "12MB" if suite.full else "3MB"], check=True, capture_output=True)
        self.tenants = sorted(os.listdir(self.input))

    def quarantine_is_said(self):
        rows = self.rows("SELECT code, count(*) FROM bronze.quarantine GROUP BY 1")
        total = sum(int(count) for _, count in rows)
        assert total > 0, "the generator made no dirt"
        caveats = {caveat["kind"]: caveat for caveat in self.ask("revenue")["caveats"]}
        same(caveats["quarantined"]["records"], total, "records in quarantine")
        for code, count in rows:
            assert f"{count} A{code} (" in caveats["quarantined"]["text"], caveats

    def a_city_of_the_data(self):
        """Values are the tenant's own: some cities, whatever the seed made."""
        cities = [row[0] for row in self.rows("SELECT DISTINCT city FROM silver.customer_content WHERE city IS NOT NULL "
                                              "ORDER BY 1")]
        for city in self.suite.random.sample(cities, min(3, len(cities))):
            answer = self.ask(f"revenue in {city.lower()}")
            same(answer["interpretation"]["filters"][0]["values"], [city], city)
            expected = self.rows(f"SELECT sum(total_amount) FROM {TIERED} WHERE city = '{city}'")[0][0]
            near(answer["value"], expected, city)

    def several_tenants_need_a_name(self):
        result = self.deployment.run("--json", "ask", "revenue", expect=3)
        assert all(tenant in json.loads(result.err)["error"]["hint"] for tenant in self.tenants), result.err
        result = self.deployment.run("--json", "sql", "SELECT 1", "--tenant", "aurorra", expect=3)
        error = json.loads(result.err)["error"]
        assert error["name"] == "tenant_unknown" and "'aurora'" in error["hint"], error

    def other_files(self):
        """A data file of another tenant, by its real path."""
        files = glob.glob(os.path.join(self.deployment.folder, ".assay", "lake", "**", "*.parquet"), recursive=True)
        theirs = [path for path in files if "bolt" in path[len(self.deployment.folder):]]
        assert theirs, f"no file of bolt in {files[:3]}"
        return sorted(theirs)[0]

    def refuses_sql(self, statement):
        statement = statement.replace("{other}", self.other_files()).replace("{tmp}", self.suite.folder)
        result = self.deployment.run("--json", "sql", statement, "--tenant", self.tenant, expect=5)
        error = json.loads(result.err)["error"]
        same((error["name"], result.out), ("sql_denied", ""), statement)
        assert error["hint"], error
        assert not os.path.exists(os.path.join(self.suite.folder, "stolen")), "a file was written"

    def tables_are_listed(self):
        tables = {table["table"]: table for table in self.deployment.json("sql", "--tables", "--tenant", self.tenant)[
            "tables"]}
        for name in ("bronze.record", "silver.order", "mart.order", "mart.customer_current", "vault.hub_customer",
                     "feature.customer_orders"):
            assert name in tables, sorted(tables)
        same(tables["silver.order"]["rows"], int(self.rows('SELECT count(*) FROM silver."order"')[0][0]), "rows")
        kinds = {item["name"]: item["type"] for item in tables["silver.order"]["columns"]}
        same(kinds["total_amount"], "DECIMAL(18,2)", "type of total_amount")

    def formats(self):
        sql = "SELECT 1 AS a, NULL AS b, 'x,\"y\"' AS c, 0.1::DECIMAL(3,2) AS d, 9007199254740993 AS e"
        arguments = ("sql", "-", "--tenant", self.tenant)
        out = self.deployment.run(*arguments, "--format", "csv", stdin=sql.encode()).out
        same(list(csv.reader(io.StringIO(out))), [["a", "b", "c", "d", "e"],
                                                  ["1", "", 'x,"y"', "0.10", "9007199254740993"]], "CSV")
        same(self.deployment.json(*arguments, stdin=sql.encode())["rows"], [[1, None, 'x,"y"', "0.10",
                                                                            "9007199254740993"]], "JSON")
        assert "9007199254740993" in self.deployment.run(*arguments, "--format", "table", stdin=sql.encode()).out
        error = json.loads(self.deployment.run("--json", "sql", "SELECT nothing FROM mart.customer", "--tenant",
                                               self.tenant, expect=2).err)["error"]
        assert error["name"] == "sql_invalid" and "LINE 1" in error["detail"], error

    def current_customers(self):
        """At most one current row a customer, and periods without gaps or overlaps."""
        for view in ("silver.customer_current", "mart.customer_current"):
            bad = self.rows(f"SELECT count(*) FROM (SELECT id FROM {view} GROUP BY 1 HAVING count(*) FILTER (WHERE "
                            f"is_current) <> 1)")[0][0]
            same(int(bad), 0, f"customers of {view} without one current row")
            gaps = self.rows(f"SELECT count(*) FROM (SELECT valid_to, lead(valid_from) OVER (PARTITION BY id ORDER BY "
                             f"valid_from) AS next FROM {view}) WHERE valid_to IS DISTINCT FROM next")[0][0]
            same(int(gaps), 0, f"gaps in {view}")
            keys = self.rows(f"SELECT count(DISTINCT id) FROM {view}")[0][0]
            same(keys, self.rows("SELECT count(DISTINCT id) FROM silver.customer_content")[0][0], f"keys of {view}")


ATTACKS = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_parquet('{other}')",
    "SELECT * FROM '{other}'",
    "SELECT * FROM parquet_metadata('{other}')",
    "SELECT * FROM glob('/etc/*')",
    "WITH t AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM t",
    "SELECT (SELECT count(*) FROM read_json('/etc/passwd'))",
    "COPY (SELECT 1) TO '{tmp}/stolen'",
    "COPY mart.customer TO '{tmp}/stolen'",
    "ATTACH '{tmp}/stolen' AS x",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET allowed_paths = ['/etc/passwd']",
    "PRAGMA database_list",
    "EXPORT DATABASE '{tmp}/stolen'",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY (SELECT 1) TO '{tmp}/stolen'",
    "CREATE TABLE main.t AS SELECT 1",
    "DROP VIEW mart.customer",
    "CALL enable_logging()",
    "SELECT * FROM enable_logging(storage='file', storage_path='{tmp}/stolen')",
    "SELECT current_setting('allowed_paths')",
    "EXPLAIN ANALYZE CREATE TABLE main.t AS SELECT 1",
]


def micros(text):
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp()) * 1_000_000 + int((fraction or "0").ljust(6, "0"))


def instant(value):
    moment = datetime.datetime.fromtimestamp(value // 1_000_000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{value % 1_000_000:06}Z"


class Features:
    """customer_orders against Python: every order of a customer, by event time and knowledge time."""

    DAY = 86_400_000_000

    def __init__(self, commerce):
        self.commerce, self.random = commerce, commerce.suite.random
        self.orders = {}
        for key, at, known, total in commerce.rows(
                'SELECT customer_id, ordered_at, knowledge_time, total_amount FROM silver."order" WHERE customer_id IS '
                "NOT NULL"):
            self.orders.setdefault(key, []).append((micros(at), micros(known), Decimal(str(total))))
        self.keys = sorted(self.orders)
        assert len(self.keys) > 10, "too few customers"

    def expected(self, key, at, known):
        def total(window):
            return [order for order in self.orders.get(key, []) if at - window < order[0] <= at and order[1] <= known]
        month, week, ever = total(30 * self.DAY), total(7 * self.DAY), total(1 << 62)
        return (sum(order[2] for order in month) / len(month) if month else None, len(week),
                sum(order[2] for order in ever) if ever else None)

    def moment(self, key):
        """Around an order's instant or a window's end, exactly on it, or one microsecond beside it."""
        at = self.random.choice(self.orders[key])[0]
        return at + self.random.choice([0, 7, 30]) * self.DAY + self.random.choice([-1, 0, 1])

    def check(self, values, key, at, known):
        names = ("average_order_value_30d", "orders_7d", "lifetime_value")
        for name, wanted in zip(names, self.expected(key, at, known)):
            near(values[name] if values[name] not in ("", None) else None, wanted, f"{name} of {key} at {instant(at)}")

    def single_values(self):
        known = micros(LATER + "T00:00:00Z")
        for key in self.random.sample(self.keys, 6):
            at = self.moment(key)
            answer = self.commerce.deployment.json(
                "feature", "get", "customer_orders", "--key", key, "--as-of", instant(at), "--known-at", LATER,
                "--tenant", self.commerce.tenant)
            same(answer["values"]["id"], key, "key")
            self.check(answer["values"], key, at, known)
        answer = self.commerce.deployment.json("feature", "get", "customer_orders", "--key", "nobody", "--tenant",
                                               self.commerce.tenant)
        same((answer["contributions"], answer["values"]["orders_7d"], answer["values"]["lifetime_value"]),
             (0, 0, None), "a key that nobody has")

    def training(self, known_at):
        """Every label row comes back once, in order, with its own columns and the features at its instant."""
        rows = []
        for number in range(300):
            key = self.random.choice(self.keys + ["nobody"])
            at = self.moment(key) if key in self.orders else micros("2025-03-01T00:00:00Z")
            rows.append([key, instant(at), f"label, {number}"])
        rows += rows[:20]
        path = os.path.join(self.commerce.suite.folder, "labels.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["id", "as_of", "label"], *rows])
        arguments = ["--known-at", known_at] if known_at else []
        out = self.commerce.deployment.run("feature", "training", "customer_orders", "--labels", path, "--tenant",
                                           self.commerce.tenant, *arguments).out
        made = list(csv.DictReader(io.StringIO(out)))
        same([[row["id"], row["as_of"], row["label"]] for row in made], rows, "label rows")
        for row in made:
            at = micros(row["as_of"])
            self.check(row, row["id"], at, micros(known_at + "T00:00:00Z") if known_at else at)
        filled = sum(row["lifetime_value"] != "" for row in made)
        assert filled > 100 if known_at else filled == 0, f"{filled} rows with a lifetime value"

    def macro_in_sql(self):
        """The table macro gives what `get` gives, for every key."""
        at = self.moment(self.random.choice(self.keys))
        rows = self.commerce.rows(f"SELECT id, average_order_value_30d, orders_7d, lifetime_value FROM "
                                  f"feature.customer_orders_at('{instant(at)}', '{LATER}')")
        found = {row[0]: dict(zip(("average_order_value_30d", "orders_7d", "lifetime_value"), row[1:])) for row in rows}
        visible = {key for key in self.keys if any(order[0] <= at for order in self.orders[key])}
        same(set(found), visible, "keys with a visible order")
        for key in self.random.sample(sorted(visible), min(50, len(visible))):
            self.check(found[key], key, at, micros(LATER + "T00:00:00Z"))

    def a_bad_label_file_is_located(self):
        path = os.path.join(self.commerce.suite.folder, "bad.csv")
        for text, words in (("id,label\na,1\n", "as_of"), ("id,as_of\na,never\n", "row 1"), ("id,as_of\na\n", "line 2")):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            result = self.commerce.deployment.run("--json", "feature", "training", "customer_orders", "--labels", path,
                                                  "--tenant", self.commerce.tenant, expect=2)
            assert words in json.loads(result.err)["error"]["message"], result.err

    def views_are_listed_and_shown(self):
        deployment = self.commerce.deployment
        views = deployment.json("feature", "list")["feature_views"]
        same([view["feature_view"] for view in views], ["customer_orders"], "feature views")
        shown = deployment.json("feature", "show", "customer_orders")
        same({item["feature"]: item["window"] for item in shown["features"]},
             {"average_order_value_30d": "30d", "orders_7d": "7d", "lifetime_value": "lifetime"}, "windows")
        error = json.loads(deployment.run("--json", "feature", "show", "customer_order", expect=3).err)["error"]
        assert error["name"] == "feature_unknown" and "customer_orders" in error["hint"], error


def questions_about(suite, setting, questions):
    for question in questions:
        suite.case(f"{setting.tenant}: {question.text}", setting.answers, question)


def retail_cases(suite):
    made = []
    suite.case("retail: the converter runs", lambda: made.append(Retail(suite)))
    if not made:
        return
    retail = made[0]
    suite.case("retail: invoices go through all layers", retail.load_most)
    questions_about(suite, retail, RETAIL_QUESTIONS)
    for text, words, hint in REFUSED:
        suite.case(f"not understood: {text!r}", retail.refuses, text, words, hint)
    for body in (retail.an_empty_period_names_the_last_day, retail.personal_data_is_said,
                 retail.the_same_question_has_the_same_sql, retail.an_answer_as_of_repeats):
        suite.case(f"retail: {body.__name__.replace('_', ' ')}", body)


def commerce_cases(suite):
    made = []
    suite.case("commerce: the generator runs", lambda: made.append(Commerce(suite)))
    if not made:
        return
    commerce = made[0]
    suite.case("commerce: orders go through all layers", commerce.load, commerce.input)
    questions_about(suite, commerce, COMMERCE_QUESTIONS)
    for body in (commerce.quarantine_is_said, commerce.a_city_of_the_data, commerce.several_tenants_need_a_name,
                 commerce.tables_are_listed, commerce.formats, commerce.current_customers):
        suite.case(f"commerce: {body.__name__.replace('_', ' ')}", body)
    for attack in ATTACKS:
        suite.case(f"refused: {attack}", commerce.refuses_sql, attack)
    features = []
    suite.case("features: the orders are read", lambda: features.append(Features(commerce)))
    if not features:
        return
    feature = features[0]
    suite.case("features: a training set at each row's own knowledge", feature.training, None)
    suite.case("features: a training set with later knowledge", feature.training, LATER)
    for body in (feature.single_values, feature.macro_in_sql, feature.a_bad_label_file_is_located,
                 feature.views_are_listed_and_shown):
        suite.case(f"features: {body.__name__.replace('_', ' ')}", body)


def main():
    suite = Suite("questions")
    commerce_cases(suite)
    retail_cases(suite)
    suite.finish()


if __name__ == "__main__":
    main()
