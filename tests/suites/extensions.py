"""Tenants have fields of their own beside the canonical ones: in tables of theirs, which nobody else sees.

Two tenants extend the order, one its items too; the third has nothing. Every row is proved by `verify --deep`, dedupe takes
resent records out of the extensions as well, and fields come, are renamed, retyped and go as canonical ones do.
"""

import copy
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from small_shop import SmallShop  # noqa: E402
from suite import Suite  # noqa: E402

AMBER, BIRCH, CEDAR = "amber", "birch-eu", "cedar"


class Extensions:
    def __init__(self, suite):
        self.suite, self.shop = suite, SmallShop(suite, "shop", [AMBER, BIRCH, CEDAR])
        self.count = 5000 if suite.full else 40
        self.fed = dict.fromkeys((AMBER, BIRCH, CEDAR), 0)
        self.birch = None  # the name of that tenant's table
        self.fields = {AMBER: {"order": {"loyalty_code": {"type": "string", "sensitivity": "personal", "business_name": "Loyalty code"},
                                         "weight": {"type": "decimal(9,3)", "unit": "kg"}},
                               "order_line": {"gift": {"type": "boolean"}}},
                       BIRCH: {"order": {"loyalty_code": {"type": "int64"}}}}
        own = self.shop.versions
        own[AMBER]["v1"]["mappings"]["order"]["extension"] = {"loyalty_code": {"path": "$.custom.loyalty", "case": "upper", "null_if": [""]},
                                                              "weight": {"path": "$.custom.grams", "scale10": -3}}
        own[AMBER]["v1"]["mappings"]["order_line"]["extension"] = {"gift": "@.gift"}
        own[BIRCH]["v1"]["mappings"]["order"]["extension"] = {"loyalty_code": "$.custom.card"}
        self.write()

    def write(self):
        self.shop.write()
        for tenant, entities in self.fields.items():
            path = os.path.join(self.shop.folder, f"tenants/{tenant}/extensions.yaml")
            documents = [f"extends: {entity}\nfields: {self.yaml(fields)}\n" for entity, fields in entities.items()]
            with open(path, "w", encoding="utf-8") as file:
                file.write("---\n".join(documents))

    @staticmethod
    def yaml(fields):
        return "{" + ", ".join(f"{name}: {{{', '.join(f'{key}: {chr(34)}{value}{chr(34)}' for key, value in field.items())}}}"
                               for name, field in fields.items()) + "}"

    def order(self, tenant, number, **changed):
        lines = [{"sku": f"s{number % 11}", "pieces": 1, "gift": number % 2 == 0}, {"sku": "s0", "pieces": number % 4}]
        custom = {"loyalty": f"lc-{number}", "grams": 1000 + number, "card": number, "depth": {"left": number}}
        return self.shop.order(tenant, number, lines=lines, custom=custom, **changed)

    def feed(self, name, **changed):
        paths = []
        for tenant in self.fed:
            first = self.fed[tenant]
            orders = [self.order(tenant, first + i, **changed) for i in range(self.count)]
            paths.append(self.shop.file(tenant, name, orders + orders[:5]))  # five come twice
            self.fed[tenant] += self.count
        self.shop.run("ingest", *paths)
        self.shop.run("run")

    def proved(self, deep=True):
        totals = self.shop.totals(deep or self.suite.full)
        for tenant, fed in self.fed.items():
            assert totals[tenant]["refined"] == fed and totals[tenant]["quarantined"] == 0, (tenant, totals[tenant])

    def tables(self, tenant):
        return {row[0] for row in self.shop.sql(tenant, "SELECT view_name FROM duckdb_views() WHERE schema_name = 'silver'")}

    def filled(self):
        shop = self.shop
        plan = shop.json("plan")
        assert any(change["what"] == f"extension order of {AMBER}" for change in plan["changes"]), plan["changes"]
        shop.run("apply")
        self.feed("first")
        self.proved()
        rows = shop.sql(AMBER, "SELECT order_no, loyalty_code, weight FROM silver.order__amber ORDER BY 1 LIMIT 2")
        assert rows == [[f"{AMBER}-000000", "LC-0", "1.000"], [f"{AMBER}-000001", "LC-1", "1.001"]], rows
        counted = "SELECT count(*), count(DISTINCT order_no), count(loyalty_code) FROM silver.order__amber"
        assert shop.sql(AMBER, counted) == [[self.count] * 3], "dedupe takes the resent ones out here as well"
        joined = shop.sql(AMBER, "SELECT count(*), count(gift) FROM silver.order_line JOIN silver.order_line__amber USING (record_id, pointer)")
        assert joined == [[2 * self.count, self.count]], joined
        assert shop.one(AMBER, "SELECT count(*) FROM mart.order JOIN silver.order__amber USING (record_id)") == self.count

    def leaves(self):
        """Each leaf once: what an extension takes is mapped, what nobody takes is residue."""
        manifests = [m for m in self.shop.json("manifest", "list", "--tenant", AMBER) if m["layer"] == "silver"]
        counts = manifests[0]["beside"]["accounting"]
        assert counts["leaves"] == counts["leaves_mapped"] + counts["leaves_master"] + counts["leaves_residue"], counts
        residue = self.shop.one(AMBER, "SELECT leaves FROM silver.residue LIMIT 1")
        assert "/custom/depth/left" in residue and "/custom/loyalty" not in residue, residue

    def unseen(self):
        """Another tenant has neither the table nor a hint of it."""
        shop = self.shop
        extensions = {tenant: {name for name in self.tables(tenant) if "__" in name} for tenant in self.fed}
        assert extensions[AMBER] == {"order__amber", "order_line__amber"}, extensions
        assert extensions[CEDAR] == set(), extensions
        (self.birch,) = extensions[BIRCH]
        assert self.birch.startswith("order__birch_eu_") and self.birch.replace("_", "").isalnum(), self.birch
        for tenant, table in ((CEDAR, "order__amber"), (BIRCH, "order_line__amber"), (AMBER, self.birch)):
            error = shop.run("sql", "--tenant", tenant, f"SELECT * FROM silver.{table}", expect="error").err
            assert "loyalty" not in error, error
        assert int(shop.one(BIRCH, f"SELECT sum(loyalty_code) FROM silver.{self.birch}")) == sum(range(self.count)), "same name, another type"

    def added(self):
        """A field more: that table gets a column, and no other table a new schema."""
        shop = self.shop
        self.fields[AMBER]["order"]["left_depth"] = {"type": "int32"}
        shop.versions[AMBER]["v1"]["mappings"]["order"]["extension"]["left_depth"] = "$.custom.depth.left"
        self.write()
        plan = shop.json("plan")
        assert plan["breaking"] == 0 and any("left_depth" in change["what"] for change in plan["changes"]), plan
        foretold = shop.json("plan", "--data", "1d")["data"]["tenants"]
        assert set(foretold) == {AMBER} and set(foretold[AMBER]["tables"]) <= {"silver.order__amber", "silver.residue"}, foretold
        before = self.columns(BIRCH, self.birch), self.columns(AMBER, "order"), self.columns(AMBER, "order_line__amber")
        shop.run("apply")
        self.feed("second")
        self.proved(deep=False)  # the next deep proof reads these rows, too
        assert before == (self.columns(BIRCH, self.birch), self.columns(AMBER, "order"), self.columns(AMBER, "order_line__amber"))
        rows = shop.sql(AMBER, "SELECT count(*), count(left_depth), max(left_depth) FROM silver.order__amber")
        assert rows == [[2 * self.count, self.count, 2 * self.count - 1]], rows

    def columns(self, tenant, table):
        return self.shop.sql(tenant, "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'silver' "
                                     f"AND table_name = '{table}'")

    def refused(self):
        """What the workspace still uses, and what stored values cannot be read as."""
        shop, kept = self.shop, copy.deepcopy((self.fields, self.shop.versions))
        self.fields[AMBER]["order"].pop("weight")
        self.write()
        error = shop.run("apply", expect="error").err
        assert "weight" in error and "order__amber" in error, error
        self.fields[AMBER]["order"]["weight"] = {"type": "string"}
        del shop.versions[AMBER]["v1"]["mappings"]["order"]["extension"]["weight"]["scale10"]
        self.write()
        reasons = [reason for change in shop.json("plan")["changes"] for reason in change["breaks"]]
        assert any("retyped_from" in reason for reason in reasons), reasons
        assert any("silver.order__amber" in reason for reason in reasons), reasons
        shop.run("apply", expect=4)
        self.fields[AMBER]["order"]["amount"] = {"type": "string"}
        self.write()
        assert "amount" in shop.run("plan", expect="error").err, "a canonical field has the name"
        self.fields, shop.versions = kept
        self.write()
        assert shop.json("plan")["nothing_to_do"]

    def changed(self):
        """Renamed, retyped and taken away, as declared."""
        shop, fields = self.shop, self.fields[AMBER]["order"]
        mapping = shop.versions[AMBER]["v1"]["mappings"]["order"]["extension"]
        fields["card"] = {**fields.pop("loyalty_code"), "renamed_from": "loyalty_code"}
        mapping["card"] = mapping.pop("loyalty_code")
        fields["left_depth"] = {"type": "string", "retyped_from": "int32"}
        fields.pop("weight")
        mapping.pop("weight")
        self.write()
        plan = shop.json("plan")
        assert plan["breaking"] == 0, plan
        assert any("silver.order__amber" in effect for change in plan["changes"] for effect in change["effects"]), plan["changes"]
        shop.run("apply")
        self.feed("third")
        self.proved()
        total = 3 * self.count
        rows = shop.sql(AMBER, "SELECT count(card), count(loyalty_code), count(left_depth), count(weight), max(typeof(left_depth)) "
                               "FROM silver.order__amber")
        assert rows == [[total, total, total - self.count, total - self.count, "VARCHAR"]], rows

    def gone(self):
        """An extension that is taken away stays readable for its tenant, and for nobody else."""
        shop = self.shop
        for entity in ("order", "order_line"):
            shop.versions[AMBER]["v1"]["mappings"][entity].pop("extension")
        self.fields.pop(AMBER)
        os.remove(os.path.join(shop.folder, f"tenants/{AMBER}/extensions.yaml"))
        self.write()
        shop.run("apply")
        self.feed("fourth")
        self.proved()
        assert shop.one(AMBER, "SELECT count(*) FROM silver.order__amber") == 3 * self.count
        assert not any("__" in name for name in self.tables(CEDAR))
        shop.run("sql", "--tenant", CEDAR, "SELECT * FROM silver.order__amber", expect="error")


def main():
    suite = Suite("extensions")
    extensions = Extensions(suite)
    for name, body in (
            ("two tenants' own fields, deduped and proved", extensions.filled),
            ("every leaf is counted once", extensions.leaves),
            ("other tenants see nothing of them", extensions.unseen),
            ("a field more changes one table", extensions.added),
            ("what breaks is refused", extensions.refused),
            ("renamed, retyped and taken away, as declared", extensions.changed),
            ("an extension taken away stays its tenant's", extensions.gone)):
        suite.case(name, body)
    suite.finish()


if __name__ == "__main__":
    main()
