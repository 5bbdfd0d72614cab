"""Procurement documents of three publishers and two schema versions through examples/ocds, against Python's reading of them."""

import datetime
import decimal
import glob
import hashlib
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from suite import ROOT, Suite, need_data  # noqa: E402

TENANTS = {"paraguay": ("paraguay", 86), "nsw": ("australia-nsw", 10), "barnet": ("fictional-example", 17)}
ORGANIZATION = {"identifier_scheme": ("identifier", "scheme"), "identifier": ("identifier", "id"),
                "legal_name": ("identifier", "legalName"), "street": ("address", "streetAddress"),
                "locality": ("address", "locality"), "region": ("address", "region"), "postal_code": ("address", "postalCode"),
                "country": ("address", "countryName"), "contact_name": ("contactPoint", "name"),
                "contact_email": ("contactPoint", "email"), "contact_telephone": ("contactPoint", "telephone")}
RELEASE = {"release_id": ("id",), "ocid": ("ocid",), "released_at": ("date",), "language": ("language",),
           "initiation_type": ("initiationType",), "planned_amount": ("planning", "budget", "amount", "amount"),
           "planned_currency": ("planning", "budget", "amount", "currency"), "tender_id": ("tender", "id"),
           "tender_title": ("tender", "title"), "tender_status": ("tender", "status"),
           "procurement_method": ("tender", "procurementMethod"), "tender_amount": ("tender", "value", "amount"),
           "tender_currency": ("tender", "value", "currency")}
AWARD = {"award_id": ("id",), "title": ("title",), "status": ("status",), "awarded_at": ("date",), "amount": ("value", "amount"),
         "currency": ("value", "currency")}
CONTRACT = {"contract_id": ("id",), "award_id": ("awardID",), "title": ("title",), "status": ("status",),
            "signed_at": ("dateSigned",), "starts_at": ("period", "startDate"), "ends_at": ("period", "endDate"),
            "amount": ("value", "amount"), "currency": ("value", "currency")}


def same(actual, expected, what):
    assert actual == expected, f"{what}: {actual}, expected {expected}"


def at(node, path):
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node


def plain(value):
    """Instants in UTC and decimals without trailing zeros, as texts."""
    if value is None or isinstance(value, bool):
        return value
    text = str(value)
    if len(text) >= 19 and text[4] == "-" and text[10] in "T ":
        return instant(text)
    try:
        return format(decimal.Decimal(text).normalize() + 0, "f")
    except decimal.InvalidOperation:
        return text


def instant(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return moment.astimezone(datetime.timezone.utc).isoformat()


class Document:
    """One file, as the canonical rows that it should give."""

    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            document = json.load(file, parse_float=decimal.Decimal)
        self.links = False
        if "releases" in document:
            self.body = document["releases"][0]
        elif "records" in document:
            self.links = "compiledRelease" not in document["records"][0]
            self.body = document["records"][0].get("compiledRelease", document["records"][0])
        else:
            self.body = document
        self.parties = {party["id"]: party for party in self.body.get("parties", [])}

    def organization(self, node):
        if not isinstance(node, dict) or node.get("name") is None:
            return None
        told = self.parties.get(node.get("id"), {}) if self.parties and "identifier" not in node else node
        return {"name": node["name"]} | {name: at(told, path) for name, path in ORGANIZATION.items()}

    def items(self, name, columns):
        return [{column: plain(at(item, path)) for column, path in columns.items()} for item in self.body.get(name) or []]

    def suppliers(self):
        return [self.organization(supplier) for award in self.body.get("awards") or [] for supplier in award.get("suppliers") or []]


class Procurement:
    def __init__(self, suite):
        self.suite = suite
        self.shop = os.path.join(suite.folder, "shop")
        self.folder = os.path.join(suite.folder, "ocds")
        for path in sorted(glob.glob(os.path.join(need_data("ocds"), "**", "*.json"), recursive=True)):
            into = os.path.join(self.folder, os.path.relpath(path, need_data("ocds")))
            os.makedirs(os.path.dirname(into), exist_ok=True)
            shutil.copyfile(path, into)
        paths = sorted(glob.glob(os.path.join(self.folder, "**", "*.json"), recursive=True))
        self.empty = [path for path in paths if os.path.getsize(path) == 0]
        self.documents = {hashlib.sha256(open(path, "rb").read()).hexdigest(): Document(path)
                          for path in paths if path not in self.empty}
        shutil.copytree(os.path.join(ROOT, "examples", "ocds", "workspace"), self.shop)
        suite.run("-C", self.shop, "apply")
        self.ingested = suite.json("-C", self.shop, "ingest", self.folder)
        suite.run("-C", self.shop, "run")

    def query(self, tenant, sql):
        return self.suite.json("-C", self.shop, "sql", "--tenant", tenant, sql)["rows"]

    def rows(self, tenant, table, columns):
        """Source -> its rows in order, as dictionaries."""
        order = "" if table == "release" else ", m.item_index"
        found = {}
        for row in self.query(tenant, f"SELECT b.source_id, {', '.join('m.' + column for column in columns)} FROM mart.{table} m "
                                      f"JOIN bronze.record b USING (record_id) ORDER BY b.source_id{order}"):
            found.setdefault(row[0], []).append(dict(zip(columns, map(plain, row[1:]))))
        return found

    def of(self, tenant):
        return {source: document for source, document in self.documents.items()
                if f"/{TENANTS[tenant][0]}/" in document.path}


def all_refined(made):
    same((len(made.documents), made.ingested["records"]), (113, 113), "documents")
    for tenant, (_, count) in TENANTS.items():
        same(made.query(tenant, "SELECT (SELECT count(*) FROM mart.release), (SELECT count(*) FROM bronze.quarantine)"),
             [[count, 0]], f"releases and quarantined of {tenant}")
    same(sum(count for tenant, (_, count) in TENANTS.items() if tenant != "barnet"), 96, "real documents")


def proven(made):
    found = made.suite.json("-C", made.shop, "verify", "--deep")
    assert found["ok"], found["problems"][:3]


def empty_files(made):
    same(len(made.empty), 3, "empty files")
    outcomes = {os.path.basename(file["path"]): (file["outcome"], file["records"]) for file in made.ingested["inputs"]}
    same({outcomes[os.path.basename(path)] for path in made.empty}, {("empty", 0)}, "what is said of them")


def releases(made, tenant):
    columns = list(RELEASE) + ["stage"] + [f"{role}_{name}" for role in ("buyer", "procuring_entity") for name in ["name", *ORGANIZATION]]
    rows = made.rows(tenant, "release", columns)
    for source, document in made.of(tenant).items():
        (row,) = rows[source]
        if document.links:
            same((row["release_id"], row["stage"]), (document.body["ocid"], "links"), document.path)
            continue
        expected = {name: plain(at(document.body, path)) for name, path in RELEASE.items()} | {"stage": document.body["tag"][0]}
        for role, node in (("buyer", document.body.get("buyer")), ("procuring_entity", at(document.body, ("tender", "procuringEntity")))):
            told = document.organization(node) or {}
            expected |= {f"{role}_{name}": plain(told.get(name)) for name in ["name", *ORGANIZATION]}
        for name, value in expected.items():
            same(row[name], value, f"{name} of {os.path.basename(document.path)}")


def items(made, tenant):
    for table, array, columns in (("award", "awards", AWARD), ("contract", "contracts", CONTRACT)):
        rows = made.rows(tenant, table, list(columns))
        for source, document in made.of(tenant).items():
            same(rows.get(source, []), document.items(array, columns), f"{array} of {os.path.basename(document.path)}")
    columns = ["name", *ORGANIZATION]
    rows = made.rows(tenant, "award_supplier", [f"supplier_{name}" for name in columns])
    for source, document in made.of(tenant).items():
        expected = [{f"supplier_{name}": plain((told or {}).get(name)) for name in columns} for told in document.suppliers()]
        same(rows.get(source, []), expected, f"suppliers of {os.path.basename(document.path)}")
    same(sum(map(len, made.rows(tenant, "tender_item", ["item_id"]).values())),
         sum(len(at(document.body, ("tender", "items")) or []) for document in made.of(tenant).values()), "items of tenders")


def told_twice(made):
    """The silver rows of one procurement, in schema 1.0 and in 1.1, stage by stage."""
    pairs = {}
    for source, document in made.of("barnet").items():
        telling = "1.1" if "/1.1/" in document.path else "1.0"
        pairs.setdefault(os.path.basename(document.path).replace(".json", "") + ("/record" if "/record/" in document.path else ""),
                         {})[telling] = source
    pairs = {name: pair for name, pair in pairs.items() if len(pair) == 2}
    same(len(pairs), 8, "documents told in both")
    silver = {}
    for table, columns in (("release", [*RELEASE, "stage", "buyer_name", "buyer_content_hash"]), ("award", list(AWARD)),
                           ("contract", list(CONTRACT)), ("award_supplier", ["supplier_name"])):
        order = "" if table == "release" else ", m.item_index"
        for row in made.query("barnet", f"SELECT b.source_id, {', '.join('m.' + column for column in columns)} FROM silver.{table} m "
                                        f"JOIN bronze.record b USING (record_id) ORDER BY b.source_id{order}"):
            silver.setdefault((table, row[0]), []).append(dict(zip(columns, map(plain, row[1:]))))
    compared = 0
    for name, pair in pairs.items():
        for table in ("release", "award", "contract", "award_supplier"):
            one, other = (silver.get((table, pair[telling]), []) for telling in ("1.0", "1.1"))
            first, second = (made.documents[pair[telling]] for telling in ("1.0", "1.1"))
            for left, right in zip(one, other):
                for column, value in left.items():
                    if not agrees(first, second, table, column):
                        continue
                    same(right[column], value, f"{column} of {table} in {name}")
                    compared += 1
            expected = [len(document.body.get({"award": "awards", "contract": "contracts"}.get(table), []) or [])
                        for document in (first, second)] if table in ("award", "contract") else [len(one), len(other)]
            same([len(one), len(other)], expected, f"rows of {table} in {name}")
    same(compared, 186, "values that both documents tell alike")
    # The buyer, embedded in one telling and looked up in the other, is one and the same content.
    same(made.query("barnet", "SELECT count(DISTINCT buyer_content_hash), count(buyer_content_hash) FROM silver.release"),
         [[1, 17]], "contents of the buyer")


def agrees(first, second, table, column):
    """Whether both documents say the same about a value; where they do not, the rows must not either."""
    columns = {"release": RELEASE, "award": AWARD, "contract": CONTRACT}.get(table, {})
    if column not in columns:
        return True
    if table == "release":
        return at(first.body, columns[column]) == at(second.body, columns[column])
    array = table + "s"
    return ([at(item, columns[column]) for item in first.body.get(array) or []]
            == [at(item, columns[column]) for item in second.body.get(array) or []])


def truncated(suite):
    shop = os.path.join(suite.folder, "cut")
    shutil.copytree(os.path.join(ROOT, "examples", "ocds", "workspace"), shop)
    source = need_data("ocds", "fictional-example", "1.0", "ocds-213czf-000-00001-02-tender.json")
    path = os.path.join(suite.folder, "fictional-example", "1.0", "cut.json")
    os.makedirs(os.path.dirname(path))
    with open(source, "rb") as whole, open(path, "wb") as part:
        bytes_kept = whole.read()[:2_000]
        part.write(bytes_kept)
    suite.run("-C", shop, "apply")
    same(suite.json("-C", shop, "ingest", path)["records"], 1, "records")
    suite.run("-C", shop, "run")
    rows = suite.json("-C", shop, "sql", "--tenant", "barnet", "SELECT payload_length, length(reason) > 0 FROM bronze.quarantine")["rows"]
    same([[int(row[0]), row[1] in (True, "true")] for row in rows], [[len(bytes_kept.rstrip()), True]], "in quarantine")
    assert suite.json("-C", shop, "verify", "--deep")["ok"]


def main():
    suite = Suite("ocds")
    made = Procurement(suite)
    suite.case("96 real documents and 17 invented ones run through", all_refined, made)
    suite.case("the proof holds", proven, made)
    suite.case("three empty files are sources without records", empty_files, made)
    for tenant in TENANTS:
        suite.case(f"{tenant}: releases as Python reads them", releases, made, tenant)
        suite.case(f"{tenant}: awards, contracts, suppliers, items", items, made, tenant)
    suite.case("one procurement in schema 1.0 and 1.1 gives the same silver rows", told_twice, made)
    suite.case("a truncated document ends in quarantine", truncated, suite)
    suite.finish()


if __name__ == "__main__":
    main()
