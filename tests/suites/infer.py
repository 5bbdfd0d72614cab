"""`assay infer` against what is true of five sets of samples (tests/infer), and from samples to a proven workspace.

One case a folder and measure: at least 95 % of the leaves typed right, every master that the data's README names proposed, and
at least 80 % of what is proposed a master. Then the round trip: infer, plan, apply, ingest, run, verify of the same samples.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TESTS)
import nested_sakila  # noqa: E402
from suite import ROOT, Suite, need_data  # noqa: E402

FOLDERS = ("retail", "sakila", "flights", "ocds", "xrechnung")
TYPED_RIGHT = 0.95
PRECISION = 0.8
KIND_OF = {"int32": "int64", "date": "timestamp"}


def same(actual, expected, what):
    assert actual == expected, f"{what}: {actual}, expected {expected}"


class Samples:
    """The samples of each folder, made when first asked for."""

    def __init__(self, suite):
        self.suite = suite
        self.made = {}

    def of(self, name):
        if name not in self.made:
            folder = os.path.join(self.suite.folder, "samples", name)
            os.makedirs(folder)
            self.made[name] = getattr(self, name)(folder)
        return self.made[name]

    def retail(self, folder):
        path = os.path.join(folder, "invoices.ndjson")
        subprocess.run([sys.executable, os.path.join(ROOT, "examples", "retail", "convert.py"), "--data",
                        os.path.dirname(need_data("online-retail-uci")), path], check=True, stderr=subprocess.DEVNULL)
        if not self.suite.full:
            with open(path, encoding="utf-8") as file:
                lines = file.readlines()
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(lines[::5])
        return folder

    def sakila(self, folder):
        nested_sakila.write(need_data("sakila"), os.path.join(folder, "rentals.ndjson"), every=1 if self.suite.full else 5)
        return folder

    def flights(self, folder):
        with gzip.open(need_data("flights-opensearch", "flights.json.gz")) as packed, \
                open(os.path.join(folder, "flights.ndjson"), "wb") as out:
            shutil.copyfileobj(packed, out)
        return folder

    def ocds(self, folder):
        copy_tree(need_data("ocds"), folder, ".json")
        return folder

    def xrechnung(self, folder):
        source = need_data("xrechnung")
        copy_tree(source, folder, ".xml")
        subprocess.run(["tar", "--zstd", "-xf", os.path.join(source, "large-with-attachments.tar.zst"), "-C", folder], check=True)
        return folder


def copy_tree(source, folder, ending):
    for path, _, files in os.walk(source):
        into = os.path.join(folder, os.path.relpath(path, source))
        os.makedirs(into, exist_ok=True)
        for file in files:
            if file.endswith(ending):
                shutil.copyfile(os.path.join(path, file), os.path.join(into, file))


def rendition_path(xpath, namespaces):
    """/a:b/@c as the JSONPath over the rendition, as `assay infer --json` tells it."""
    path = "$"
    for step in xpath.strip("/").split("/"):
        attribute = step.startswith("@")
        prefix, _, local = step.lstrip("@").rpartition(":")
        name = ("@" if attribute else "") + (f"{{{namespaces[prefix]}}}" if prefix else "") + local
        path += f"['{name}']" + ("" if attribute else "[*]")
    return path if "@" in xpath else path + "['#text']"


class Truth:
    def __init__(self, name):
        with open(os.path.join(TESTS, "infer", name + ".json"), encoding="utf-8") as file:
            truth = json.load(file)
        spaces = truth.get("namespaces")

        def place(path):
            return rendition_path(path, spaces) if spaces else path

        self.types = {place(path): kind for kind, paths in truth["leaves"].items() for path in paths}
        self.masters = truth["masters"]
        self.master_of = {place(key): index for index, master in enumerate(self.masters) for key in master["keys"]}


class Inferred:
    def __init__(self, suite, folder):
        self.report = suite.json("infer", folder)
        self.types, self.masters = {}, {}
        for kind in self.report["kinds"]:
            for leaf in kind["leaves"]:
                self.types.setdefault(leaf["path"], set()).add(leaf["type"].split("(")[0])
            for master in kind["masters"]:
                self.masters[master["key"]["path"]] = master


def is_right(types, expected):
    types = {KIND_OF.get(kind, kind) for kind in types}
    return types <= {"int64", "decimal"} if expected == "number" else types == {expected}


class Measures:
    def __init__(self, suite):
        self.suite, self.samples = suite, Samples(suite)
        self.known = {}
        self.totals = {"typed": [0, 0], "found": [0, 0], "proposed": [0, 0]}

    def of(self, name):
        if name not in self.known:
            self.known[name] = (Truth(name), Inferred(self.suite, self.samples.of(name)))
        return self.known[name]

    def count(self, measure, right, of):
        self.totals[measure][0] += right
        self.totals[measure][1] += of
        print(f"       {measure}: {right} of {of} ({right / max(of, 1):.1%})")

    def types(self, name):
        truth, inferred = self.of(name)
        # A fraction of the samples may lack a rare leaf; none may be made up.
        same(set(inferred.types) - set(truth.types), set(), "leaves that are not in the samples")
        if self.suite.full or name in ("flights", "ocds", "xrechnung"):
            same(set(truth.types) - set(inferred.types), set(), "leaves not seen")
        wrong = [path for path, types in inferred.types.items() if not is_right(types, truth.types[path])]
        for path in wrong[:12]:
            print(f"       {path}: {sorted(inferred.types[path])}, expected {truth.types[path]}")
        right = len(inferred.types) - len(wrong)
        self.count("typed", right, len(inferred.types))
        assert right >= TYPED_RIGHT * len(inferred.types), f"{right} of {len(inferred.types)} leaves typed right"

    def recall(self, name):
        truth, inferred = self.of(name)
        found = {truth.master_of[key] for key in inferred.masters if key in truth.master_of}
        named = [index for index, master in enumerate(truth.masters) if master["in_readme"]]
        missing = [truth.masters[index] for index in named if index not in found]
        for master in missing:
            print(f"       missing: {master['what']} at {master['role']}")
        self.count("found", len(named) - len(missing), len(named))
        same(len(missing), 0, "masters of the README that are not proposed")

    def precision(self, name):
        truth, inferred = self.of(name)
        wrong = [key for key in inferred.masters if key not in truth.master_of]
        for key in wrong[:12]:
            print(f"       no master: {key} ({inferred.masters[key]['evidence']['reason']})")
        self.count("proposed", len(inferred.masters) - len(wrong), len(inferred.masters))
        assert len(inferred.masters) - len(wrong) >= PRECISION * len(inferred.masters), f"{len(wrong)} are none"

    def all_together(self):
        for measure, (right, of) in self.totals.items():
            print(f"       {measure} in all: {right} of {of} ({right / max(of, 1):.1%})")
        typed, found, proposed = (self.totals[measure] for measure in ("typed", "found", "proposed"))
        assert typed[1] and typed[0] >= TYPED_RIGHT * typed[1], "typed right"
        same(found[0], found[1], "masters found")
        assert proposed[0] >= PRECISION * proposed[1], "precision"


def beginning_of(suite, folder, name):
    """At CI size the first 600 records of one file."""
    (file,) = os.listdir(folder)
    into = os.path.join(suite.folder, "first", name)
    os.makedirs(into)
    with open(os.path.join(folder, file), encoding="utf-8") as whole, open(os.path.join(into, file), "w", encoding="utf-8") as part:
        part.writelines(line for _, line in zip(range(600), whole))
    return into


def round_trip(measures, name):
    suite, folder = measures.suite, measures.samples.of(name)
    if not suite.full:
        folder = beginning_of(suite, folder, name)
    shop = os.path.join(suite.folder, "made-" + name)
    suite.run("infer", folder, "--out", shop, "--tenant", "acme", "--application", "orders")
    suite.run("-C", shop, "plan")
    suite.run("-C", shop, "apply")
    ingested = suite.json("-C", shop, "ingest", folder)
    suite.run("-C", shop, "run")
    rows = suite.json("-C", shop, "sql", "--tenant", "acme",
                      "SELECT (SELECT count(*) FROM bronze.record), (SELECT count(*) FROM bronze.quarantine)")["rows"]
    records, quarantined = map(int, rows[0])
    print(f"       {records} records, {quarantined} in quarantine")
    same(records, ingested["records"], "records routed")
    assert quarantined <= 0.02 * records, f"{quarantined} of {records} records in quarantine"
    found = suite.json("-C", shop, "verify", "--deep")
    assert found["ok"], found["problems"][:3]


def refused(suite, name, text, hint):
    path = os.path.join(suite.folder, name)
    with open(path, "wb") as file:
        file.write(text)
    result = suite.run("infer", path, "--out", os.path.join(suite.folder, "none-" + name), expect="error")
    assert hint in result.err, result.err
    assert not os.path.exists(os.path.join(suite.folder, "none-" + name)), "a folder was made"


def mixed(suite):
    """Two kinds of records, a line that is no JSON, a list, mixed types: what can be taken is taken."""
    path = os.path.join(suite.folder, "mixed.ndjson")
    with open(path, "w", encoding="utf-8") as file:
        for i in range(60):
            file.write(json.dumps({"orderNo": f"A{i}", "at": f"2024-01-{i % 28 + 1:02}T10:00:00Z", "total": i if i != 7 else "n/a",
                                   "customer": {"id": i % 5, "name": f"C{i % 5}"}, "odd": i if i % 2 else "text"}) + "\n")
            file.write(json.dumps({"sensor": f"S{i % 3}", "seenAt": 1_700_000_000 + i, "value": i / 4, "tags": ["a", "b"]}) + "\n")
        file.write("no JSON\n[1, 2]\n")
    report = suite.json("infer", path)
    same(sorted(kind["records"] for kind in report["kinds"]), [60, 60], "kinds")
    types = {leaf["path"]: leaf for kind in report["kinds"] for leaf in kind["leaves"]}
    same({path: types[path]["type"].split("(")[0] for path in ("$.total", "$.odd", "$.seenAt", "$.at", "$.orderNo")},
         {"$.total": "decimal", "$.odd": "string", "$.seenAt": "timestamp", "$.at": "timestamp", "$.orderNo": "string"}, "types")
    same(types["$.seenAt"]["format"], "epoch_seconds", "format")
    shop = os.path.join(suite.folder, "mixed")
    suite.run("infer", path, "--out", shop, "--tenant", "acme")
    suite.run("-C", shop, "apply")
    suite.run("-C", shop, "ingest", path)
    suite.run("-C", shop, "run")
    rows = suite.json("-C", shop, "sql", "--tenant", "acme", "SELECT code FROM bronze.quarantine ORDER BY code")["rows"]
    same(len(rows), 2, "in quarantine: the two lines that are no objects")
    assert suite.json("-C", shop, "verify", "--deep")["ok"]


NAMES = ["id", "ID", "name", "customer", "customer_id", "customerName", "value", "event_time", "pointer", "tags", "x-y", "a b", "", "1st", "naïve",
         "it's", "row_hash", "createdAt", "price", "item_index", "order", "select", "residue", "key", "é", "a.b", "$", "@", "productCode", "product",
         "content", "history", "#text", "a\\b", "line\nbreak", "{x}y", "*", "tenant_id"]


def any_document(random, depth=0):
    def value():
        kind = random.randrange(12 if depth < 3 else 8)
        if kind >= 10:
            return any_document(random, depth + 1)
        if kind >= 8:
            return [random.choice([value, lambda: any_document(random, depth + 1)])() for _ in range(random.randrange(4))]
        return random.choice([None, True, random.randrange(5), random.randrange(10 ** 12), random.random() * 100, "text", f"C{random.randrange(4)}",
                              "2024-01-0" + str(random.randrange(1, 9)), "", "007", "1.5", -0.0, 1e300, "\u0000", " padded "])
    return {name: value() for name in random.sample(NAMES, random.randrange(1, 12))}


def any_samples(suite, count):
    """Whatever records hold and whatever their members are called, what is written is a workspace without a mistake."""
    for index in range(count):
        path = os.path.join(suite.folder, f"any-{index}.ndjson")
        shape = any_document(suite.random)
        with open(path, "w", encoding="utf-8") as file:
            for _ in range(suite.random.randrange(1, 60)):
                document = dict(shape) | (any_document(suite.random) if suite.random.random() < 0.5 else {})
                file.write(json.dumps(document, ensure_ascii=suite.random.random() < 0.5) + "\n")
        shop = os.path.join(suite.folder, f"any-{index}")
        suite.run("infer", path, "--out", shop)
        suite.run("-C", shop, "plan")


def nothing_overwritten(suite):
    folder = os.path.join(suite.folder, "kept")
    os.makedirs(os.path.join(folder, "sources"))
    mine = os.path.join(folder, "sources", "files.yaml")
    with open(mine, "w", encoding="utf-8") as file:
        file.write("mine\n")
    path = os.path.join(suite.folder, "one.ndjson")
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"id": 1, "at": "2024-01-01"}\n')
    result = suite.run("infer", path, "--out", folder, expect="error")
    assert "exists already" in result.err, result.err
    with open(mine, encoding="utf-8") as file:
        same(file.read(), "mine\n", "the file that was there")
    same(sorted(os.listdir(folder)), ["sources"], "what is there")


def limits_and_stdin(suite):
    lines = b"".join(b'{"id": %d}\n' % i for i in range(100))
    report = suite.json("infer", "-", "--sample", "10", stdin=lines)
    same([kind["records"] for kind in report["kinds"]], [10], "records read")


def main():
    suite = Suite("infer")
    measures = Measures(suite)
    for name in FOLDERS:
        suite.case(f"{name}: leaves typed right", measures.types, name)
        suite.case(f"{name}: masters found", measures.recall, name)
        suite.case(f"{name}: masters proposed are some", measures.precision, name)
    suite.case("all five together", measures.all_together)
    for name in FOLDERS if suite.full else FOLDERS[:3]:
        suite.case(f"{name}: infer, apply, ingest, run, verify", round_trip, measures, name)
    for name, text, hint in (("empty.json", b"", "1 empty"), ("no-json.txt", b"hello\nworld\n", "begins with"),
                             ("lists.json", b"[1, 2, 3]", "no objects"), ("truncated.json", b'{\n  "a": 1,\n', "no JSON"),
                             ("broken.xml", b"<a><b></a>", "begins with")):
        suite.case(f"refused: {name}", refused, suite, name, text, hint)
    suite.case("mixed kinds, mixed types, lines that are nothing", mixed, suite)
    suite.case("whatever the samples are, the workspace has no mistake", any_samples, suite, 200 if suite.full else 20)
    suite.case("nothing is overwritten", nothing_overwritten, suite)
    suite.case("a limit of records, from stdin", limits_and_stdin, suite)
    suite.finish()


if __name__ == "__main__":
    main()
