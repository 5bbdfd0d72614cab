"""Command lines that are not right: each ends with an error of the table, the nearest right word, and exit code 2."""

import json
import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
from suite import Suite  # noqa: E402

# (arguments, what the message has, what the hint has)
WRONG = [
    (["ingst", "x"], 'no command "ingst"', "'ingest'"),
    (["manifest", "lst"], 'assay manifest has no command "lst"', "'list'"),
    (["manifest"], "assay manifest needs a command", "list, show, trace"),
    ([], "assay needs a command", "ingest"),
    (["sql", "SELECT 1", "--tenat", "acme"], 'assay sql has no option "--tenat"', "'--tenant'"),
    (["run", "everything"], 'assay run takes no argument "everything"', "assay run --help"),
    (["why", "silver.x"], "KEY", "assay why --help"),
    (["assess", "--list", "few", "x"], "--list", "assay assess --help"),
]
FILTERS = [(["--layer", "foo"], 8001, "bronze, silver, gold"), (["--status", "DONE"], 8001, "COMPLETE"),
           (["--tenant", "nobody"], 6005, "acme")]


def refused(suite, arguments, message, hint):
    result = suite.run("--json", *arguments, expect=2)
    error = json.loads(result.err)["error"]
    assert (error["code"], error["kind"]) == (8001, "invalid_input"), error
    assert message in error["message"] and hint in error["hint"], error
    text = suite.run(*arguments, expect=2)
    assert "A8001" in text.err and message in text.err and not text.out, (text.out, text.err)


def json_behind_the_mistake(suite):
    error = json.loads(suite.run("ingst", "x", "--json", expect=2).err)["error"]
    assert error["code"] == 8001, error


def help_is_no_mistake(suite):
    assert "ingest" in suite.run("--help").out
    assert "assay" in suite.run("--version").out


def filters(suite):
    folder = os.path.join(suite.folder, "shop")
    suite.run("init", folder)
    suite.run("-C", folder, "apply")
    for arguments, code, hint in FILTERS:
        error = json.loads(suite.run("-C", folder, "--json", "manifest", "list", *arguments, expect="error").err)["error"]
        assert error["code"] == code and hint in error["hint"], error
    assert suite.json("-C", folder, "manifest", "list", "--layer", "gold", "--tenant", "acme") == []


def nothing_to_read(suite):
    """Empty files and files without a record: said, and no success."""
    for name, content in (("empty.json", b""), ("blank.ndjson", b"\n\n"), ("header.csv", b"a,b\n"), ("scalars", b"1\n2\n")):
        path = os.path.join(suite.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        for arguments in (["assess", path], ["infer", path, "--out", path + "-out"]):
            error = json.loads(suite.run("--json", *arguments, expect=2).err)["error"]
            assert (error["code"], error["name"]) == (4106, "source_empty"), (name, error)
            assert "1 file read" in error["detail"], error
        assert not os.path.exists(path + "-out")


def rows_that_do_not_fit(suite):
    path = os.path.join(suite.folder, "dirt.csv")
    with open(path, "wb") as file:
        file.write(b"a,b\n1,2\n3\n4,5\n")
    report = suite.json("assess", path)
    assert (report["records"], report["not_json"], report["refused"]) == (2, 0, 1), report
    text = suite.run("assess", path).out
    assert "not valid JSON" not in text and 'do not fit their format, such as "3"' in text, text


def main():
    suite = Suite("usage")
    for arguments, message, hint in WRONG:
        suite.case(f"assay {' '.join(arguments)}", refused, suite, arguments, message, hint)
    suite.case("--json behind the mistake", json_behind_the_mistake, suite)
    suite.case("help is no mistake", help_is_no_mistake, suite)
    suite.case("filters", filters, suite)
    suite.case("nothing to read", nothing_to_read, suite)
    suite.case("rows that do not fit", rows_that_do_not_fit, suite)
    suite.finish()


if __name__ == "__main__":
    main()
