"""A new version of a payload comes before anybody declared it: its records wait, a draft says what they could be, and all are served.

in = good + quarantined + discarded after every step. A field has another name, a part has moved, a field is new, an optional member
makes several shapes of one kind; another tenant's and another application's drafts stay apart.
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from small_shop import SmallShop  # noqa: E402
from suite import Suite  # noqa: E402


class Drafts:
    def __init__(self, suite):
        self.suite, self.shop = suite, SmallShop(suite, "shop", ["amber", "birch"])
        self.scale = 50 if suite.full else 1
        self.good, self.second, self.third = 40 * self.scale, 24 * self.scale, 9 * self.scale
        self.draft = None

    def second_order(self, number):
        """amount has become total, the customer has moved into buyer, lines are positions; colour is new, remark optional."""
        order = self.shop.order("amber", number, version="2", amount=..., customer=..., lines=..., note=...)
        order["total"] = f"{number % 97}.50"
        order["buyer"] = {"customer": {"id": f"c{number % 5}", "city": f"city {number % 3}"}}
        order["positions"] = [{"sku": f"s{number % 11}", "pieces": 1}, {"sku": "s0", "pieces": number % 4}]
        order["colour"] = ("red", "green")[number % 2]
        if number % 3:
            order["remark"] = f"note {number % self.good}"
        return order

    def listed(self, *arguments):
        return self.shop.json("registry", "drafts", *arguments)["drafts"]

    def totals(self):
        return self.shop.totals()["amber"]

    def wait(self):
        shop = self.shop
        shop.run("apply")
        assert self.listed() == []
        good = [shop.order("amber", i) for i in range(self.good)]
        second = [self.second_order(10_000 + i) for i in range(self.second)]
        third = [{**shop.order("amber", 20_000 + i), "version": "3"} for i in range(self.third)]
        tickets = [{"ticket": i, "opened": "2024-01-01T00:00:00Z", "by": {"agentId": i % 3, "agentName": f"Agent {i % 3}"}} for i in range(6)]
        mixed = good + second + third
        self.suite.random.shuffle(mixed)
        shop.run("ingest", shop.file("amber", "mixed", mixed), shop.file("birch", "only", [shop.order("birch", i) for i in range(3)] + tickets))
        ran = shop.run("run").out
        assert "assay registry drafts" in ran, ran
        totals = self.totals()
        assert totals["refined"] == self.good and totals["quarantined"] == self.second + self.third, totals

    def found(self):
        drafts = {(draft["tenant"], json.dumps(draft["says"])): draft for draft in self.listed()}
        assert set(drafts) == {("amber", '{"$.version": "2"}'), ("amber", '{"$.version": "3"}'), ("birch", "{}")}, set(drafts)
        self.draft = drafts["amber", '{"$.version": "2"}']
        assert self.draft["records"] == self.second and self.draft["shapes"] == 2 and not self.draft["records_are_estimated"], self.draft
        assert self.draft["nearest"] == "amber/shop/v1" and 0.5 < self.draft["score"] < 1 and self.draft["version"] == "v2", self.draft
        assert "$.colour" in self.draft["adds"] and "$.amount" in self.draft["lacks"], self.draft
        third = drafts["amber", '{"$.version": "3"}']
        assert third["records"] == self.third and third["score"] == 1 and not third["adds"] and not third["lacks"], third
        assert drafts["birch", "{}"]["nearest"] is None and drafts["birch", "{}"]["records"] == 6, drafts["birch", "{}"]
        assert [draft["tenant"] for draft in self.listed("--tenant", "birch")] == ["birch"]
        assert [draft["id"] for draft in self.listed("--tenant", "amber")] == [draft["id"] for draft in self.listed() if draft["tenant"] == "amber"]

    def shown(self):
        shown = self.shop.json("registry", "draft", "show", self.draft["id"][:8])
        order = next(mapping for mapping in shown["mappings"] if mapping["entity"] == "order")
        lines = next(mapping for mapping in shown["mappings"] if mapping["entity"] == "order_line")
        paths = {field["name"]: (field["path"], field["score"]) for field in order["fields"]}
        assert paths["order_no"] == ("$.no", 1.0) and paths["amount"][0] == "$.total" and paths["note"][0] == "$.remark", paths
        assert 0.5 <= paths["amount"][1] < 1, paths
        customer = {field["name"]: field["path"] for field in order["masters"]["customer"]}
        assert customer == {"customer_id": "$.buyer.customer.id", "city": "$.buyer.customer.city"}, customer
        assert lines["rows"] == "$.positions[*]" and {field["path"] for field in lines["fields"]} == {"@.sku", "@.pieces"}, lines
        assert "$.colour" in {leaf["path"] for leaf in order["unmapped"]}, order
        assert shown["yaml"] == self.shop.run("registry", "draft", "show", self.draft["id"]).out

    def mistaken(self):
        shop = self.shop
        error = shop.run("registry", "draft", "show", "0123456789ab", expect=3).err
        assert "A4316" in error and "assay registry drafts" in error, error
        shop.run("registry", "draft", "accept", self.draft["id"], "--tenant", "birch", expect=3)
        shop.run("registry", "draft", "accept", self.draft["id"], "--version", "../v2", expect=2)
        taken = shop.run("registry", "draft", "accept", self.draft["id"], "--version", "v1", expect="error").err
        assert "exists already" in taken, taken
        assert "drafts" in shop.run("registry", "draft", "--help").out

    def accepted(self):
        shop = self.shop
        made = shop.json("registry", "draft", "accept", self.draft["id"])
        assert made["file"] == "tenants/amber/shop/v2.yaml", made
        assert len(self.listed()) == 3, "nothing is in force by that"
        foretold = shop.json("plan", "--data", "1d")
        assert foretold["breaking"] == 0 and foretold["data"]["tenants"]["amber"]["now_refined"] == self.second, foretold
        shop.run("apply")
        done = shop.json("run")
        assert done["cured"] == self.second, done
        totals = self.totals()
        assert totals["refined"] == self.good + self.second and totals["quarantined"] == self.third, totals
        rows = shop.sql("amber", "SELECT count(*), count(amount), count(customer_city), count(note) FROM mart.order WHERE order_no >= 'amber-010000'")
        noted = sum(1 for i in range(self.second) if (10_000 + i) % 3)
        assert rows == [[self.second, self.second, self.second, noted]], rows
        assert shop.one("amber", "SELECT count(*) FROM mart.order_line") == 2 * (self.good + self.second)
        assert len(self.listed()) == 2

    def rest(self):
        """The third kind by a name of its own; then what was never a version of the shop is given up by name."""
        shop = self.shop
        third = next(draft for draft in self.listed("--tenant", "amber"))
        assert third["nearest"] in ("amber/shop/v1", "amber/shop/v2") and third["score"] == 1, third
        shop.run("registry", "draft", "accept", third["id"], "--version", "third")
        shop.run("apply")
        shop.run("run")
        totals = self.totals()
        assert totals["refined"] == self.good + self.second + self.third and totals["quarantined"] == 0, totals
        text = shop.run("registry", "draft", "show", self.listed()[0]["id"]).out
        assert "kind: event" in text and "ticket" in text, text
        shop.run("quarantine", "discard", "--tenant", "birch", "--code", "2101", "--actor", "dana", "--reason", "no orders")
        shop.run("run")
        assert self.listed() == [] and "no record waits" in shop.run("registry", "drafts").out
        assert shop.totals()["birch"]["discarded"] == 6


def main():
    suite = Suite("drafts")
    drafts = Drafts(suite)
    for name, body in (
            ("records of unknown shapes wait", drafts.wait),
            ("they are gathered into drafts", drafts.found),
            ("a draft shows mappings with scores", drafts.shown),
            ("what is no draft is told", drafts.mistaken),
            ("accepted and applied, all waiting records are served", drafts.accepted),
            ("the rest: another name, and given up by name", drafts.rest)):
        suite.case(name, body)
    suite.finish()


if __name__ == "__main__":
    main()
