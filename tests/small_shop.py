"""A small shop with many tenants, for suites that change its workspace while records come in.

One event entity with a child and a master. Each tenant has one application with one schema version; what a suite changes
it changes in the dictionaries here and writes again.
"""

import json
import os

ORDER_FIELDS = {"order_no": "string", "ordered_at": "timestamp", "amount": "decimal(18,2)", "quantity": "int32", "note": "string"}


class SmallShop:
    def __init__(self, suite, name, tenants):
        self.suite, self.tenants = suite, tenants
        self.folder = os.path.join(suite.folder, name)
        self.entities = {
            "order": {"kind": "event", "key": ["order_no"], "event_time": "ordered_at", "dedupe": "key+content",
                      "fields": {name: {"type": kind} for name, kind in ORDER_FIELDS.items()},
                      "masters": {"customer": {"entity": "customer"}}},
            "order_line": {"kind": "event", "parent": "order", "fields": {"sku": {"type": "string"}, "pieces": {"type": "int64"}}},
            "customer": {"kind": "master", "key": ["customer_id"], "order_by": "event_time",
                         "fields": {"customer_id": {"type": "string"}, "city": {"type": "string"}}}}
        self.metrics = {"metrics": [{"metric": "revenue", "type": "simple", "entity": "order", "agg": "sum", "expr": "amount"},
                                    {"metric": "orders", "type": "simple", "entity": "order", "agg": "count"}]}
        self.versions = {tenant: {"v1": self.version("1")} for tenant in tenants}
        self.write()

    @staticmethod
    def version(number):
        return {"match": [{"path": "$.version", "equals": [number]}],
                "mappings": {
                    "order": {"rows": "$", "fields": {"order_no": "$.no", "ordered_at": {"path": "$.at", "format": "iso8601"},
                                                      "amount": "$.amount", "quantity": "$.quantity", "note": "$.note"},
                              "masters": {"customer": {"fields": {"customer_id": "$.customer.id", "city": "$.customer.city"}}}},
                    "order_line": {"rows": "$.lines[*]", "fields": {"sku": "@.sku", "pieces": "@.pieces"}}}}

    def order_mapping(self, tenant, version="v1"):
        return self.versions[tenant][version]["mappings"]["order"]["fields"]

    def write(self):
        self.put("assay.yaml", {"name": "small_shop"})
        self.put("sources/files.yaml", {"source": "files", "kind": "file", "routes": [{"pattern": "in/{tenant}/{application}/*.ndjson"}]})
        for name, entity in self.entities.items():
            self.put(f"entities/{name}.yaml", {"entity": name, **entity})
        if self.metrics["metrics"]:
            self.put("metrics/sales.yaml", self.metrics)
        for tenant, versions in self.versions.items():
            for version, text in versions.items():
                self.put(f"tenants/{tenant}/shop/{version}.yaml", text)

    def put(self, path, document):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(f"{key}: {json.dumps(value)}\n" for key, value in document.items()))

    def order(self, tenant, number, **changed):
        order = {"version": "1", "no": f"{tenant}-{number:06}", "at": f"2024-0{1 + number % 9}-1{number % 10}T08:00:00Z",
                 "amount": f"{number % 97}.50", "quantity": number % 7, "note": f"note {number}",
                 "customer": {"id": f"c{number % 5}", "city": f"city {number % 3}"},
                 "lines": [{"sku": f"s{number % 11}", "pieces": 1}, {"sku": "s0", "pieces": number % 4}]}
        order.update(changed)
        return {key: value for key, value in order.items() if value is not ...}

    def file(self, tenant, name, records, application="shop", root="in"):
        """Writes records (dictionaries, or text as it stands) as lines; gives the path."""
        path = os.path.join(self.folder, root, tenant, application, f"{name}.ndjson")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.writelines((record if isinstance(record, str) else json.dumps(record)) + "\n" for record in records)
        return path

    # The program.

    def run(self, *arguments, **options):
        return self.suite.run("-q", "-C", self.folder, *arguments, **options)

    def json(self, *arguments, **options):
        return self.suite.json("-q", "-C", self.folder, *arguments, **options)

    def sql(self, tenant, text, *arguments):
        return self.json("sql", "--tenant", tenant, *arguments, text)["rows"]

    def one(self, tenant, text, *arguments):
        return self.sql(tenant, text, *arguments)[0][0]

    def totals(self, deep=True):
        """Proves the whole workspace, and gives what every tenant's records became."""
        report = self.json("verify", *(["--deep"] if deep else []), expect="any")
        assert report["ok"], report["problems"][:5]
        for tenant, totals in report["tenants"].items():
            out = sum(totals[name] for name in ("refined", "quarantined", "duplicates", "discarded", "fixed", "waiting"))
            assert totals["records"] == out, (tenant, totals)
        return report["tenants"]
