"""The JSONTestSuite through `assay ingest` and `assay run`: one count a file.

Each file becomes the value of one member of a record, `{"id":N,"payload":FILE}`, so that what the suite says of a
text holds for the record: a `y_` record must be refined, an `n_` record must end in quarantine, an `i_` record may do
either, and none may stop the others. What JSON allows and the policy does not - duplicate keys - must be quarantined
by name.
"""

import collections
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from deployment import Deployment  # noqa: E402
from suite import ROOT, Suite, need_data  # noqa: E402

TENANT = "library"
WORKSPACE = os.path.join(ROOT, "tests", "workspaces", "documents")
FIRST_ID = 10_001
DUPLICATE_KEYS = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
CODES_OF_JSON = range(2001, 2010)  # a payload's own faults, as against a shape or a value that is not wanted
JSON_DUPLICATE_KEY = 2002


class JsonParsing:
    def __init__(self, suite):
        self.suite = suite
        self.folder = need_data("suites", "json-parsing", "test_parsing")
        self.names = sorted(os.listdir(self.folder))
        self.ids = {name: FIRST_ID + index for index, name in enumerate(self.names)}
        self.deployment = Deployment(suite, "documents", workspace=WORKSPACE)

    def content(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def envelope(self, name):
        """A line of its own; where the text has line breaks and is valid JSON, the only item of an array."""
        content = self.content(name)
        record = b'{"id":%d,"payload":%s}' % (self.ids[name], content.removesuffix(b"\n"))
        whole = name.startswith("y_") and b"\n" in record
        return ("json", b"[" + record + b"]") if whole else ("ndjson", record + b"\n")

    def load(self):
        inputs = os.path.join(self.suite.folder, "wrapped", TENANT, "archive")
        os.makedirs(inputs)
        for name in self.names:
            suffix, data = self.envelope(name)
            with open(os.path.join(inputs, f"{self.ids[name]}.{suffix}"), "wb") as file:
                file.write(data)
        report = self.deployment.ingest(inputs)
        failed = [row["path"] for row in report["inputs"] if row["outcome"] == "failed"]
        assert not failed, f"files that were not taken in: {failed}"
        self.report = self.deployment.refine()
        assert self.report["refined"] + self.report["quarantined"] == self.report["records"] == report["records"], \
            f"not every record is accounted for: {self.report}"
        self.refined = {int(row[0]) for row in self.deployment.rows("SELECT id FROM silver.document", TENANT)}
        self.codes = collections.defaultdict(set)
        for payload, code, reason in self.deployment.rows(
                "SELECT left(hex(payload), 80), code, reason FROM bronze.quarantine", TENANT):
            head = bytes.fromhex(payload)
            assert reason.strip(), f"{head} was quarantined without a reason"
            if head.startswith(b'{"id":'):
                self.codes[int(head[6:11])].add(int(code))

    def check(self, name):
        refined, codes = self.ids[name] in self.refined, self.codes[self.ids[name]]
        assert refined != bool(codes), f"{name}: refined {refined}, quarantined with {sorted(codes)}"
        if name in DUPLICATE_KEYS:
            assert codes == {JSON_DUPLICATE_KEY}, f"{name}: the policy refuses duplicate keys, got {sorted(codes)}"
        elif name.startswith("y_"):
            assert refined, f"{name} is valid JSON, quarantined with {sorted(codes)}"
        elif name.startswith("n_"):
            assert codes and codes <= set(CODES_OF_JSON), f"{name} is no JSON; refined {refined}, codes {sorted(codes)}"

    def as_they_are(self):
        """The files themselves: scalars, bare arrays, byte order marks. Nothing crashes, all is accounted for."""
        deployment = Deployment(self.suite, "bare", workspace=WORKSPACE)
        inputs = os.path.join(self.suite.folder, "bare-data", TENANT, "archive")
        os.makedirs(inputs)
        for name in self.names:
            with open(os.path.join(inputs, name), "wb") as file:
                file.write(self.content(name))
        result = deployment.run("ingest", inputs, expect="any")
        assert result.returncode >= 0, f"ingest died of signal {-result.returncode}"
        report = deployment.refine()
        assert report["refined"] + report["quarantined"] == report["records"] > 0, report
        deployment.verify()


def main():
    suite = Suite("json-parsing")
    made = []
    suite.case("the suite is there", lambda: made.append(JsonParsing(suite)))
    if not made:
        suite.finish()
    parsing = made[0]
    suite.case("all files go through ingest and run", parsing.load)
    if hasattr(parsing, "codes"):
        for name in parsing.names:
            suite.case(name, parsing.check, name)
        suite.case("verify holds", parsing.deployment.verify)
    suite.case("the files as they are", parsing.as_they_are)
    suite.finish()


if __name__ == "__main__":
    main()
