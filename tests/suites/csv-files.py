"""CSV as a format: all tables of sakila (with bars between the fields) and random files of Python's own writer, row by row
against Python's own reader; the dirt that files of other programs have; and files that grow.
"""

import csv
import glob
import gzip
import io
import json
import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
from suite import Suite, need_data  # noqa: E402

FILES = {
    "assay.yaml": "name: csv\n",
    "entities/thing.yaml": "entity: thing\nkind: event\nkey: [id]\nevent_time: ingest\nfields:\n  id: {type: string}\n",
}
SOURCE = 'source: files\nkind: file\n%sroutes:\n  - {pattern: "{tenant}/{application}/*"}\n'
VERSION = "match: [{path: \"$['%s']\"}]\nmappings:\n  thing:\n    fields:\n      id: \"$['%s']\"\n"


def same(actual, expected, what):
    assert actual == expected, f"{what}: {actual!r}, expected {expected!r}"


class Workspace:
    def __init__(self, suite, name, applications, declared=""):
        """`applications`: the name of the column that is the key, by application."""
        self.suite, self.shop = suite, os.path.join(suite.folder, name)
        self.put("sources/files.yaml", (SOURCE % declared).encode())
        for path, text in FILES.items():
            self.put(path, text.encode())
        for application, key in applications.items():
            self.put(f"tenants/t/{application}/1.yaml", (VERSION % (key, key)).encode())
        suite.run("-C", self.shop, "apply")

    def put(self, path, content):
        path = os.path.join(self.shop, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def take(self, content, application="a", name="f", options=(), expect=0):
        report = self.suite.json("-C", self.shop, "ingest", self.put(f"in/t/{application}/{name}", content), *options,
                                 expect=expect)
        self.suite.run("-C", self.shop, "run")
        return report["inputs"][0]

    def query(self, sql):
        return self.suite.json("-C", self.shop, "sql", "--tenant", "t", sql)["rows"]

    def rows(self, application="a"):
        """(id, the other fields) in the order of the file."""
        return [(row[0], json.loads(row[1]) if row[1] else {}) for row in self.query(
            "SELECT s.id, r.leaves FROM bronze.record b JOIN silver.thing s USING (record_id) LEFT JOIN silver.residue r "
            f"USING (record_id) WHERE b.application = '{application}' ORDER BY b.\"offset\"")]

    def refused(self):
        return [(int(row[0]), row[1]) for row in self.query("SELECT code, reason FROM bronze.quarantine ORDER BY \"offset\"")]

    def prove(self):
        found = self.suite.json("-C", self.shop, "verify", "--deep", expect="any")
        assert found["ok"], found["problems"][:5]


def expected_rows(text, delimiter, key):
    """By Python's own reader. It does not tell "" from nothing: None stands for both."""
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    at = rows[0].index(key)
    return [(row[at], {"/" + name.replace("~", "~0").replace("/", "~1"): value or None
                       for name, value in zip(rows[0], row) if name != key}) for row in rows[1:] if row]


def without_empty(rows):
    return [(key, {name: value or None for name, value in row.items()}) for key, row in rows]


def sakila(suite):
    texts = {}
    for path in sorted(glob.glob(os.path.join(need_data("sakila"), "*.csv*"))):
        with open(path, "rb") as file:
            content = file.read()
        plain = gzip.decompress(content) if path.endswith(".gz") else content
        texts[os.path.basename(path).split(".")[0]] = (content, plain.decode())
    assert len(texts) == 15, sorted(texts)
    keys = {name: text.split("\n")[0].split("|")[0].strip() for name, (_, text) in texts.items()}
    work = Workspace(suite, "sakila", keys)
    for name, (content, _) in texts.items():
        work.put(f"in/t/{name}/table", content)
    suite.run("-C", work.shop, "ingest", os.path.join(work.shop, "in"))
    suite.run("-C", work.shop, "run")
    for name, (_, text) in texts.items():
        def one(name=name, text=text):
            expected = expected_rows(text, "|", keys[name])
            same(without_empty(work.rows(name)), expected, f"rows of {name}")
        suite.case(f"sakila {name}", one)
    same(work.refused(), [], "quarantine")
    suite.case("the proof holds over sakila", work.prove)


def random_files(suite, count):
    alphabet = ["a", "Z", "1", " ", "\"", ",", ";", "|", "\t", "\n", "\r\n", "é", "\U0001f600", "\x01", "\\", "'"]

    def text():
        return "".join(suite.random.choice(alphabet) for _ in range(suite.random.randint(0, 6)))

    work = Workspace(suite, "random", {f"a{number}": "id" for number in range(count)})
    expected = {}
    for number in range(count):
        delimiter = suite.random.choice(",;\t|")
        # A tab in a name is taken for no name, unless the source says that it is CSV.
        marks = ["x", chr(34), "é", delimiter if delimiter != "\t" else ","]
        names = ["id"] + [f"n{i} {suite.random.choice(marks)}" for i in range(suite.random.randint(1, 6))]
        rows = [[f"{number}-{index}"] + [text() for _ in names[1:]] for index in range(suite.random.randint(1, 30))]
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter, lineterminator=suite.random.choice(["\n", "\r\n"]),
                   quoting=suite.random.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])).writerows([names] + rows)
        written = out.getvalue()
        if suite.random.random() < 0.3:
            written = written.rstrip("\r\n")
        expected[number] = expected_rows(written, delimiter, "id")
        mark = "\ufeff" if suite.random.random() < 0.3 else ""
        work.put(f"in/t/a{number}/f", (mark + written).encode())
    suite.run("-C", work.shop, "ingest", "--finished", os.path.join(work.shop, "in"))
    suite.run("-C", work.shop, "run")
    wrong = [(number, found, expected[number]) for number in expected
             if (found := without_empty(work.rows(f"a{number}"))) != expected[number]]
    suite.count("random files of Python's writer", count - len(wrong), len(wrong), f" {wrong[:1]} {work.refused()[:3]}" if wrong else "")
    suite.case("the proof holds over random files", work.prove)


def dirt(suite):
    """What other programs leave in their files."""
    work = Workspace(suite, "dirt", {"a": "id"})
    content = ("\ufeffid,b,c\r\n" "1,x,y\r\n" "\r\n" '2,"line\nbreak","a ""word"""\r\n' "3,only\r\n" "4,x,y,z\r\n" '5,,""\r\n'
               "6, 5\" pipe ,null\r\n" '7,"stray,y\r\n' "8,ok,ok\n" '9,"x"y,z\r\n').encode() + b"10,\xff,x\n" + b"11,last,row"
    work.take(content, options=["--finished"])
    same(work.rows(), [("1", {"/b": "x", "/c": "y"}), ("2", {"/b": "line\nbreak", "/c": 'a "word"'}), ("5", {"/b": None, "/c": ""}),
                       ("6", {"/b": " 5\" pipe ", "/c": "null"}), ("8", {"/b": "ok", "/c": "ok"}),
                       ("11", {"/b": "last", "/c": "row"})], "rows")
    refused = work.refused()
    same([code for code, _ in refused], [2040, 2040, 2040, 2040, 2005], "codes")
    assert "2 fields" in refused[0][1] and "3" in refused[0][1], refused
    payloads = work.query("SELECT hex(payload) FROM bronze.record ORDER BY \"offset\" LIMIT 2")
    same([bytes.fromhex(row[0]) for row in payloads], [b"1,x,y", b'2,"line\nbreak","a ""word"""'], "payloads as they came")
    work.prove()


def fixed(suite):
    """A row that is mended stays a row of its file."""
    work = Workspace(suite, "fixed", {"a": "id"})
    work.take(b"id,b\n1,x\n2\n3,y\n")
    record = work.query("SELECT lower(hex(record_id)) FROM bronze.quarantine")[0][0]
    suite.run("-C", work.shop, "quarantine", "fix", record, "--payload", work.put("row", b"2,mended"),
              "--actor", "ann", "--reason", "a field was lost")
    suite.run("-C", work.shop, "run")
    same(sorted(work.rows()), [("1", {"/b": "x"}), ("2", {"/b": "mended"}), ("3", {"/b": "y"})], "rows")
    work.prove()


def names_twice(suite):
    work = Workspace(suite, "twice", {"a": "id"}, "format: csv\n")
    work.take(b"id,b,b\n1,2,3\n")
    same([code for code, _ in work.refused()], [2040], "codes")
    assert "twice" in work.refused()[0][1]
    work.prove()


def declared(suite):
    """A source's word: one column is CSV then, and the delimiter may be any."""
    work = Workspace(suite, "declared", {"a": "id"}, 'format: csv\ndelimiter: "~"\n')
    work.take(b"id~b\n1~x,y\n", name="two")
    work.take(b"id\n3\n\n{\"4\":5}\n", name="one")
    same(sorted(work.rows()), [("1", {"/b": "x,y"}), ("3", {}), ('{"4":5}', {})], "rows")
    work.prove()
    broken = suite.json("-C", work.shop, "plan", expect="any")
    work.put("sources/files.yaml", (SOURCE % "delimiter: '::'\n").encode())
    result = suite.run("-C", work.shop, "plan", expect="error")
    assert "delimiter" in result.out + result.err, (broken, result.out, result.err)


def is_not_csv(suite):
    """Lines of JSON stay what they are, and text that is no table is not made one."""
    work = Workspace(suite, "not", {"a": "id"})
    work.take(b'{"id":"1","b":"x,y"}\n{"id":"2","b":"x,y"}\n', name="json")
    same([row[0] for row in work.rows()], ["1", "2"], "rows")
    work.take(b"some words, and more\nthen a line\n", name="text")
    same([code for code, _ in work.refused()], [2001, 2001], "codes")
    work.prove()


def grows(suite):
    work = Workspace(suite, "grows", {"a": "id"})
    work.take(b"id,b\n1,x\n")
    report = work.take(b"id,b\n1,x\n2,y\n3")
    same(report["outcome"], "continued", "outcome")
    assert "incomplete" in report["note"], report
    work.take(b'id,b\n1,x\n2,y\n3,"z\n')
    work.take(b'id,b\n1,x\n2,y\n3,"z\n"\n4,w\n')
    same(work.rows(), [("1", {"/b": "x"}), ("2", {"/b": "y"}), ("3", {"/b": "z\n"}), ("4", {"/b": "w"})], "rows")
    same(work.refused(), [], "quarantine")
    work.prove()


def grows_within_a_row(suite):
    """What looks whole may be half: a last row waits for its line break, as a line of JSON waits for its end."""
    work = Workspace(suite, "half", {"a": "id"})
    report = work.take(b"id,b\n1,x\n2,hal")
    same(report["records"], 1, "records")
    assert "the last 5 bytes are an incomplete record; they wait until the file grows" in report["note"], report
    work.take(b"id,b\n1,x\n2,half\n3,whole")
    report = work.take(b"id,b\n1,x\n2,half\n3,whole", options=["--finished"])
    same((report["outcome"], report["note"]), ("continued", ""), "the last row of a finished file")
    same(work.rows(), [("1", {"/b": "x"}), ("2", {"/b": "half"}), ("3", {"/b": "whole"})], "rows")
    # A pipe has ended.
    suite.run("-C", work.shop, "ingest", "-", "--tenant", "t", "--application", "a", stdin=b"id,b\n4,p\n5,q")
    suite.run("-C", work.shop, "run")
    same(len(work.rows()), 5, "rows with those of a pipe")
    same(work.refused(), [], "quarantine")
    work.prove()


def known_in_spite_of_dirt(suite):
    """A first row that is bad, a header line alone: by what follows, by the name, else by a note."""
    work = Workspace(suite, "spite", {"a": "id"})
    work.take(b"id,b\n1\n2,x\n", name="bad-first")
    same(work.rows(), [("2", {"/b": "x"})], "rows behind a bad one")
    same([code for code, _ in work.refused()], [2040], "codes")
    report = work.take(b"id,b\n", name="empty.csv")
    same((report["records"], report["note"]), (0, ""), "a header line alone")
    work.take(b"id,b\n3,y\n", name="empty.csv")
    same(sorted(row[0] for row in work.rows()), ["2", "3"], "rows of the file that began with a header line")
    report = work.take(b"id,b,c\n", name="unknown")
    assert "taken as lines of JSON" in report["note"] and "format: csv" in report["note"], report
    work.prove()


def declared_later(suite):
    """A file that was taken before its source said CSV: nothing is lost or doubled, and the way out is named."""
    work = Workspace(suite, "later", {"a": "id"})
    content = b"id\n1\n2\n"
    work.take(content)
    same([code for code, _ in work.refused()], [2001, 2008, 2008], "codes")
    work.put("sources/files.yaml", (SOURCE % "format: csv\n").encode())
    suite.run("-C", work.shop, "apply")
    report = work.take(content, expect="any")
    same((report["outcome"], report["error"]["code"]), ("failed", 4105), "outcome")
    assert "format: csv" in report["error"]["hint"], report
    report = work.take(content + b"3\n", expect="any")
    same((report["outcome"], report["error"]["code"]), ("failed", 4105), "outcome of one that has grown")
    work.put("sources/another.yaml", (SOURCE % "format: csv\n").replace("source: files", "source: another").encode())
    suite.run("-C", work.shop, "apply")
    work.take(content + b"3\n", name="f")
    same(sorted(work.rows()), [("1", {}), ("2", {}), ("3", {})], "rows of the source that follows the hint")
    same(len(work.refused()), 3, "records in quarantine")
    work.prove()


def hostile(suite):
    """An open quote before 6 MB, a row beyond the limit, a header line beyond it, 60,000 empty fields under long names."""
    work = Workspace(suite, "hostile", {"a": "id"})
    rest = b"".join(b"%d,x\n" % number for number in range(2, 200_002))
    work.take(b'id,b\n0,y\n1,"open\n' + rest * 4, name="open")
    same(work.query("SELECT count(*) FROM silver.thing"), [[800_001]], "rows around an open quote")
    work.take(b"id,b\n0,z\n1," + b"x" * (17 << 20) + b"\n2,y\n", name="long")
    same(sorted(code for code, _ in work.refused()), [2004, 2040], "codes")
    work.prove()
    wide = Workspace(suite, "wide", {"a": "id"}, "format: csv\n")
    names = ",".join("n" * 10 + str(number) for number in range(40_000))
    wide.take(f"id,{names}\n1{',' * 40_000}\n".encode(), name="wide")
    same(wide.query("SELECT id FROM silver.thing"), [["1"]], "a row of 40,001 fields")
    wide.prove()
    report = suite.json("-C", wide.shop, "ingest", wide.put("in/t/a/f", b"id," + b"n" * (2 << 20) + b"\n1,2\n"), expect="any")
    same([report["inputs"][0]["outcome"], report["inputs"][0]["error"]["code"]], ["failed", 4103], "a header line beyond the limit")


def main():
    suite = Suite("csv-files")
    suite.case("sakila", sakila, suite)
    suite.case("random files", random_files, suite, 300 if suite.full else 40)
    suite.case("dirt", dirt, suite)
    suite.case("a row is fixed", fixed, suite)
    suite.case("a name twice", names_twice, suite)
    suite.case("a declared source", declared, suite)
    suite.case("what is no CSV", is_not_csv, suite)
    suite.case("a file grows", grows, suite)
    suite.case("a file grows within a row", grows_within_a_row, suite)
    suite.case("known in spite of dirt", known_in_spite_of_dirt, suite)
    suite.case("declared later", declared_later, suite)
    if suite.full:
        suite.case("hostile files", hostile, suite)
    suite.finish()


if __name__ == "__main__":
    main()
