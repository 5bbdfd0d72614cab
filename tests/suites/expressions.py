#!/usr/bin/env python3
"""Fields that expressions and defaults give: the examples of docs/formats/expressions.md, masters and items, what a
workspace may not say, what becomes of records without a value, and a change of an expression."""

import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from deployment import Deployment  # noqa: E402
from page_examples import check, results_of  # noqa: E402
from suite import ROOT, Suite  # noqa: E402

PAGE = os.path.join(ROOT, "docs", "formats", "expressions.md")


def examples():
    """(expression, type, inputs, payload, result) of each row of the page's last section."""
    with open(PAGE, encoding="utf-8") as file:
        section = file.read().split("## Examples", 1)[1]
    rows = [re.split(r"(?<!\\) \| ", line.strip("| \n")) for line in section.splitlines() if line.startswith("| `")]
    plain = [[cell.strip("`").replace("\\|", "|") for cell in row] for row in rows]
    return [(text, kind, dict(part.split(": ") for part in inputs.split(", ")), json.loads(payload),
             result.split(":")[0] if result.startswith("A2") else result) for text, kind, inputs, payload, result in plain]


def put(folder, name, document):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(f"{key}: {json.dumps(value)}\n" for key, value in document.items()))


def example_workspace(cases, folder):
    """One field and one input for each name of a case; record N holds the payload of case N under `cN`."""
    put(folder, "assay.yaml", {"name": "expressions"})
    put(folder, "entities/thing.yaml", {"entity": "thing", "kind": "event", "key": ["k"], "event_time": "ingest", "fields": {
        "k": {"type": "int64"}, **{f"f{i}": {"type": kind} for i, (_, kind, _, _, _) in enumerate(cases)}}})
    put(folder, "sources/files.yaml", {"source": "files", "kind": "file",
                                       "routes": [{"pattern": "**/*.ndjson", "tenant": "acme", "application": "app"}]})
    fields = {"k": "$.k"}
    for i, (text, _, inputs, _, _) in enumerate(cases):
        # Records of other cases have none of the inputs, and not every expression of nothing is null.
        given = {name: {"path": f"$.c{i}.{name}", "type": kind} for name, kind in inputs.items()}
        given["mine"] = {"path": f"$.mine{i}", "type": "boolean"}
        fields[f"f{i}"] = {"expression": f"if(mine, {text}, null)", "inputs": given}
    put(folder, "tenants/acme/app/v1.yaml", {"match": [{"path": "$.k"}], "mappings": {"thing": {"fields": fields}}})


def run_examples(suite):
    cases = examples()
    suite.case("the page has examples of all types", check_coverage, cases)
    source = os.path.join(suite.folder, "examples-source")
    example_workspace(cases, source)
    deployment = Deployment(suite, "examples", workspace=source)
    records = os.path.join(suite.folder, "examples.ndjson")
    with open(records, "w", encoding="utf-8") as file:
        file.writelines(json.dumps({"k": i, f"c{i}": payload, f"mine{i}": True}) + "\n" for i, (_, _, _, payload, _) in enumerate(cases))
    deployment.ingest(records)
    deployment.refine()
    became = results_of(deployment)
    for i, (text, kind, _, payload, expected) in enumerate(cases):
        suite.case(f"{text} of {json.dumps(payload)} as {kind}: {expected}", check, became[i], expected)
    suite.case("the second interpreter agrees with all of them", deployment.verify, "--deep")


def check_coverage(cases):
    kinds = {kind.split("(")[0] for _, kind, _, _, _ in cases}
    assert kinds == {"string", "boolean", "int64", "float64", "decimal", "date", "timestamp"}, kinds
    assert len(cases) >= 40, len(cases)


# A shop whose payloads hold no total, no name in one piece and no instant.

ORDER_FIELDS = {
    "order_no": {"expression": "shop || '-' || text(number)",
                 "inputs": {"shop": "$.shop", "number": {"path": "$.number", "type": "int64"}}},
    "ordered_at": {"expression": "day || 'T' || clock", "timezone": "+02:00",
                   "inputs": {"day": "$.date", "clock": {"path": "$.time", "default": "00:00"}}},
    "status": {"path": "$.status", "default": "open"},
}
LINE_FIELDS = {
    "quantity": "@.quantity", "price": {"path": "@.price", "default": "0.00"},
    "amount": {"expression": "round(quantity * price * (1 - discount / 100), 2)",
               "inputs": {"discount": {"path": "$.discount", "type": "decimal(9,4)", "default": "0"}}},
    "position": {"expression": "text(item_index + 1) || '/' || shop", "inputs": {"shop": "$.shop"}},
}
CUSTOMER_FIELDS = {
    "customer_id": "$.customer.id",
    "full_name": {"expression": "trim(coalesce(first, '') || ' ' || last)",
                  "inputs": {"first": "$.customer.first", "last": "$.customer.last"}},
}


class Shop:
    def __init__(self, suite, name):
        self.folder = os.path.join(suite.folder, f"{name}-source")
        put(self.folder, "assay.yaml", {"name": "shop"})
        put(self.folder, "sources/files.yaml", {"source": "files", "kind": "file", "routes": [
            {"pattern": "**/*.ndjson", "tenant": "acme", "application": "shop"}]})
        put(self.folder, "entities/order.yaml", {
            "entity": "order", "kind": "event", "key": ["order_no"], "event_time": "ordered_at", "dedupe": "key+content",
            "fields": {"order_no": {"type": "string"}, "ordered_at": {"type": "timestamp"}, "status": {"type": "string"}},
            "masters": {"customer": {"entity": "customer"}}})
        put(self.folder, "entities/line.yaml", {
            "entity": "line", "kind": "event", "parent": "order",
            "fields": {"quantity": {"type": "int64"}, "price": {"type": "decimal(18,2)"},
                       "amount": {"type": "decimal(18,2)"}, "position": {"type": "string"}}})
        put(self.folder, "entities/customer.yaml", {
            "entity": "customer", "kind": "master", "key": ["customer_id"],
            "fields": {"customer_id": {"type": "int64"}, "full_name": {"type": "string"}}})
        self.version(self.folder)

    @staticmethod
    def version(folder, order=None, line=None, customer=None):
        put(folder, "tenants/acme/shop/v1.yaml", {"match": [{"path": "$.number"}], "mappings": {
            "order": {"fields": {**ORDER_FIELDS, **(order or {})},
                      "masters": {"customer": {"fields": {**CUSTOMER_FIELDS, **(customer or {})}}}},
            "line": {"rows": "$.lines[*]", "fields": {**LINE_FIELDS, **(line or {})}}}})


def order(serial, **changed):
    made = {"shop": "S1", "number": serial, "date": "2024-03-01", "time": "10:00", "discount": "12.5", "status": "paid",
            "customer": {"id": serial % 2, "first": "Ada", "last": "King"},
            "lines": [{"quantity": 3, "price": "19.99"}, {"quantity": 1, "price": "5.00"}]}
    made.update(changed)
    return {key: value for key, value in made.items() if value is not ...}


def write(suite, name, records):
    path = os.path.join(suite.folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)
    return path


def run_shop(suite):
    deployment = Deployment(suite, "shop", workspace=Shop(suite, "shop").folder)
    deployment.ingest(write(suite, "orders.ndjson", [
        order(1), order(2, time=..., status=None, discount=..., customer={"id": 2, "last": "Hopper"}),
        order(3, lines=[{"quantity": 2, "price": None}]), order(4, number="four"), order(5, date="soon"),
        order(1), order(6, lines=[{"quantity": 10**18, "price": "9.99"}])]))
    deployment.refine()

    def rows(sql):
        return deployment.rows(sql, "acme")

    suite.case("a key, a time and a status that no leaf holds", lambda: equal(
        rows("SELECT order_no, CAST(ordered_at AS VARCHAR), status FROM silver.order ORDER BY 1"),
        [["S1-1", "2024-03-01 08:00:00+00", "paid"], ["S1-2", "2024-02-29 22:00:00+00", "open"], ["S1-3", "2024-03-01 08:00:00+00", "paid"]]))
    suite.case("items have the computed key of their order", lambda: equal(
        rows("SELECT order_no, item_index, CAST(amount AS VARCHAR), position FROM silver.line ORDER BY 1, 2"),
        [["S1-1", 0, "52.47", "1/S1"], ["S1-1", 1, "4.38", "2/S1"], ["S1-2", 0, "59.97", "1/S1"], ["S1-2", 1, "5.00", "2/S1"],
         ["S1-3", 0, "0.00", "1/S1"]]))
    suite.case("masters are computed once a content", lambda: equal(
        rows("SELECT customer_id, full_name FROM silver.customer_content ORDER BY 1, 2"), [[1, "Ada King"], [2, "Hopper"]]))
    suite.case("duplicates are known by what was computed", lambda: equal(deployment.accounting()["duplicates"], 1))
    suite.case("what has no value waits in quarantine with its place", lambda: equal(
        rows("SELECT code, pointer FROM bronze.quarantine ORDER BY 1"), [[2105, "/number"], [2105, ""], [2111, "/lines/0"]]))
    suite.case("no leaf is residue, none counts twice", check_leaves, deployment)
    suite.case("assay why names the expression", check_why, deployment)
    suite.case("verify --deep", deployment.verify, "--deep")
    suite.case("a changed expression is told before it is applied", check_change, suite, deployment)


def equal(have, expected):
    assert have == expected, f"{have} is not {expected}"


def check_leaves(deployment):
    accounting = deployment.accounting()
    assert accounting["leaves"] == accounting["leaves_mapped"] + accounting["leaves_master"] + accounting["leaves_residue"], accounting
    assert accounting["leaves_residue"] == 0, accounting


def check_why(deployment):
    answer = deployment.run("why", "silver.line", "S1-1,0", "amount", "--tenant", "acme").out
    assert "round(quantity * price * (1 - discount / 100), 2)" in answer, answer


def check_change(suite, deployment):
    Shop.version(deployment.folder, line={"amount": {"expression": "quantity * price"}})
    told = deployment.run("plan", "--data", "3650d").out
    assert "amount" in told and "line" in told, told
    Shop.version(deployment.folder)


MISTAKES = [
    ({"status": {"expression": "stat"}}, "A1109", 'nothing is called "stat"'),
    ({"status": {"expression": "order_no || 'x'"}}, "A1109", 'nothing is called "order_no"'),
    ({"status": {"expression": "1 + 1"}}, "A1109", "text(x) makes a text"),
    ({"status": {"expression": "x", "inputs": {"x": "$.x", "y": "$.y"}}}, "A1105", 'does not use the input "y"'),
    ({"status": {"expression": "x", "inputs": {"x": {"path": "$.x", "type": "money"}}}}, "A1105", '"money" is no type'),
    ({"status": {"expression": "x", "path": "$.x"}}, "A1105", "both path and expression"),
    ({"status": {"path": "$.x", "inputs": {"x": "$.x"}}}, "A1105", "inputs but no expression"),
    ({"status": {"constant": "a", "default": "b"}}, "A1105", "never null"),
    ({"status": {"expression": "x", "inputs": {"x": "$.lines[*].x"}}}, "A1105", "leads to many values"),
    ({"order_no": {"path": "$.number", "default": "0"}}, "A1105", "is a key"),
    ({"ordered_at": {"path": "$.date", "default": "soon"}}, "A1105", "is no value of type timestamp"),
    ({"status": {"expression": "not true and x = 1", "inputs": {"x": "$.x"}}}, "A1109", "do not go together"),
]


def run_mistakes(suite):
    deployment = Deployment(suite, "mistakes", workspace=Shop(suite, "mistakes").folder)

    def refused(changed, code, message):
        Shop.version(deployment.folder, order=changed)
        text = deployment.run("apply", expect="error").err
        assert code in text and message in text and "tenants/acme/shop/v1.yaml:" in text, text

    for changed, code, message in MISTAKES:
        suite.case(f"{json.dumps(changed)}: {code}", refused, changed, code, message)

    def master_key():
        Shop.version(deployment.folder, customer={"customer_id": {"expression": "1"}})
        text = deployment.run("apply", expect="error").err
        assert "a master is there where its key stands" in text, text

    suite.case("the key of a master is no expression", master_key)


def run_variants(suite):
    deployment = Deployment(suite, "variants", workspace=Shop(suite, "variants").folder)
    Shop.version(deployment.folder, line={"price": {"path": "@.price", "on_error": "variant", "null_if": ["-"]}})
    deployment.run("apply")
    lines = [{"quantity": 1, "price": price} for price in ("1.00", "on request", "-", None, {"from": 1}, 7)]
    deployment.ingest(write(suite, "variants.ndjson", [order(1, lines=lines), order(2)]))
    report = deployment.refine()
    suite.case("what does not convert is kept beside its field", lambda: equal(
        deployment.rows("SELECT CAST(price AS VARCHAR), price_variant FROM silver.line WHERE order_no = 'S1-1' ORDER BY item_index", "acme"),
        [["1.00", None], [None, "on request"], [None, None], [None, None], [None, None], ["7.00", None]]))
    suite.case("a notice says how many", lambda: equal(report["variants"], {"silver.line.price_variant": 1}))
    suite.case("the manifest has it too", lambda: equal(
        [manifest["quality_checks"].get("variants") for manifest in deployment.json("manifest", "list", "--layer", "silver")],
        [{"silver.line.price_variant": 1}]))
    suite.case("verify --deep with variants", deployment.verify, "--deep")

    def refused(changed, message):
        Shop.version(deployment.folder, order=changed)
        text = deployment.run("apply", expect="error").err
        assert message in text, text

    suite.case("a key has no variant", refused, {"order_no": {"path": "$.number", "on_error": "variant"}}, "must not be null")
    suite.case("a text has no variant", refused, {"status": {"path": "$.status", "on_error": "variant"}}, "always converts")


def run_units(suite):
    folder = Shop(suite, "units").folder
    entity = {"entity": "line", "kind": "event", "parent": "order", "fields": {
        "weight": {"type": "decimal(18,3)", "unit": "kg"}, "length": {"type": "float64", "unit": "m"},
        "worked": {"type": "int64", "unit": "s"}, "amount": {"type": "decimal(18,2)", "unit": "EUR"}}}
    put(folder, "entities/line.yaml", entity)
    mapped = {"weight": {"path": "@.grams", "unit": "g"}, "length": {"path": "@.cm", "unit": "cm"},
              "worked": {"path": "@.hours", "unit": "h"}, "amount": {"path": "@.amount", "unit": "EUR"}}

    def version(folder, **changed):
        put(folder, "tenants/acme/shop/v1.yaml", {"match": [{"path": "$.number"}], "mappings": {
            "order": {"fields": ORDER_FIELDS, "masters": {"customer": {"fields": CUSTOMER_FIELDS}}},
            "line": {"rows": "$.lines[*]", "fields": {**mapped, **changed}}}})

    version(folder)
    deployment = Deployment(suite, "units", workspace=folder)
    deployment.ingest(write(suite, "units.ndjson", [
        order(1, discount=..., lines=[{"grams": 1234, "cm": 250, "hours": 3, "amount": "1.50"}, {}]),
        order(2, discount=..., lines=[{"grams": "0.5"}])]))
    deployment.refine()
    suite.case("values come in the unit of their field", lambda: equal(
        deployment.rows("SELECT CAST(weight AS VARCHAR), length, worked, CAST(amount AS VARCHAR) FROM silver.line ORDER BY item_index", "acme"),
        [["1.234", 2.5, 10800, "1.50"], [None, None, None, None]]))
    suite.case("half a gram has no place in kilograms of three digits", lambda: equal(
        deployment.rows("SELECT code, pointer FROM bronze.quarantine", "acme"), [[2106, "/lines/0/grams"]]))
    suite.case("verify --deep with units", deployment.verify, "--deep")

    def refused(changed, message):
        version(deployment.folder, **changed)
        text = deployment.run("apply", expect="error").err
        assert message in text, text

    suite.case("a currency is no unit of another", refused, {"amount": {"path": "@.amount", "unit": "USD"}}, "a rate that the payload has")
    suite.case("a mass is no length", refused, {"length": {"path": "@.cm", "unit": "kg"}}, "units of one kind")
    suite.case("nothing rounds by itself", refused, {"worked": {"path": "@.ms", "unit": "fortnight"}}, "an expression that rounds")


def main():
    suite = Suite("expressions")
    run_examples(suite)
    run_shop(suite)
    run_variants(suite)
    run_units(suite)
    run_mistakes(suite)
    suite.finish()


if __name__ == "__main__":
    main()
