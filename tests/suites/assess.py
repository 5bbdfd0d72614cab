"""`assay assess` on data whose truth is known: real invoices and flights, and the demo's companies; and on what is no
data.
"""

import gzip
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from suite import ROOT, Suite, need_data  # noqa: E402

sys.path.insert(0, os.path.join(ROOT, "examples"))
from steps import generator_program  # noqa: E402


def same(actual, expected, what):
    assert actual == expected, f"{what}: {actual}, expected {expected}"


def assess(suite, *paths, **options):
    return suite.json("assess", *paths, cwd=suite.folder, **options)


def masters(kind):
    return {(master["path"], master["key"]): (master["copies"], master["things"], master["contents"])
            for master in kind["masters"]}


def retail(suite):
    path = os.path.join(suite.folder, "retail.ndjson")
    subprocess.run([sys.executable, os.path.join(ROOT, "examples", "retail", "convert.py"), "--data", os.path.dirname(need_data("online-retail-uci")), path],
                   check=True, stdout=subprocess.DEVNULL)
    report = assess(suite, path)
    (kind,) = report["kinds"]
    same((report["records"], kind["keys"]), (25_900, ["invoiceNo"]), "records and key")
    # The guests' copies have no key, so they are nobody's.
    same(masters(kind), {("$.lines[*].product", "stockCode"): (541_909, 4_070, 5_752),
                         ("$.customer", "id"): (22_190, 4_372, 4_380)}, "masters")
    same((kind["first_time"], kind["last_time"]), ("2010-12-01T08:26:00Z", "2011-12-09T12:50:00Z"), "times")


def flights(suite):
    report = assess(suite, need_data("flights-opensearch", "flights.json.gz"))
    (kind,) = report["kinds"]
    same(report["records"], 13_059, "records")
    found = masters(kind)
    for key in ("OriginAirportID", "DestAirportID"):
        same(found[("$", key)][:2], (13_059, 156), f"copies and airports by {key}")


def new_field(suite):
    folder = os.path.join(suite.folder, "demo")
    subprocess.run([generator_program(), "--out", folder, "--size", "20MB", "--until", "2025-06-30"], check=True,
                   stdout=subprocess.DEVNULL)
    report = assess(suite, folder)
    drift = [row for kind in report["kinds"] for row in kind["drift"] if row["what"] == "appears"]
    same([row["path"] for row in drift], ["$.order.giftWrap"], "fields that appear on the way")
    same(len(report["kinds"]) >= 9, True, "kinds of documents")


def no_data(suite):
    folder = os.path.join(suite.folder, "odd")
    os.makedirs(folder)
    with open(os.path.join(folder, "empty.json"), "wb"):
        pass
    with open(os.path.join(folder, "broken.ndjson"), "wb") as file:
        file.write(b'{"a":1}\nnot json\n[1]\n{"a":\n')
    with open(os.path.join(folder, "damaged.gz"), "wb") as file:
        file.write(gzip.compress(b'{"a":1}\n' * 1000)[:30])
    result = suite.run("--json", "assess", folder, cwd=suite.folder, expect="error")
    report = json.loads(result.out)
    same((report["not_json"], report["not_objects"], report["empty_files"]), (2, 1, 1), "what is no record")
    same(len(report["unreadable"]), 1, "files that cannot be read")
    suite.run("assess", os.path.join(folder, "missing"), cwd=suite.folder, expect=3)


def main():
    suite = Suite("assess")
    for body in (no_data, retail, flights, new_field):
        suite.case(body.__name__.replace("_", " "), body, suite)
    suite.finish()


if __name__ == "__main__":
    main()
