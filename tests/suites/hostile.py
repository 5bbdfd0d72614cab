"""Records that mean harm, or look as if: each must end in quarantine with a clear reason while the other records of
the file go on, in bounded memory. `--size ci` lowers the limit of a record and the size of the big one.
"""

import hashlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from deployment import Deployment, peak_rss_of  # noqa: E402
from suite import ROOT, Suite  # noqa: E402

TENANT = "library"
MIB = 1 << 20
INLINE_BYTES = 64 << 10  # of a quarantined record that its row keeps
MEMORY_MORE = 48 * MIB   # than for a small file: three records at their limit, and less than the big one
WORKSPACE = os.path.join(ROOT, "tests", "workspaces", "documents")

# name, codes that say what is wrong, word of the reason, the record around its id
HOSTILE = [
    ("nested 100,000 deep", {2003}, "deep", lambda: b'"deep":' + b"[" * 100_000 + b"]" * 100_000),
    ("objects nested 100,000 deep", {2003}, "deep", lambda: b'"deep":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    ("brackets that never close", {2001, 2003}, "", lambda: b'"deep":' + b"[" * 100_000),
    ("invalid UTF-8 in a value", {2005}, "UTF-8", lambda: b'"text":"caf\xe9"'),
    ("invalid UTF-8 in a key", {2005}, "UTF-8", lambda: b'"te\xff\xfext":"a"'),
    ("an overlong encoding", {2005}, "UTF-8", lambda: b'"text":"\xc0\xaf"'),
    ("an encoded surrogate", {2005}, "UTF-8", lambda: b'"text":"\xed\xa0\x80"'),
    ("1e400 for a double", {2006, 2106}, "", lambda: b'"share":1e400'),
    ("-1e400 for a double", {2006, 2106}, "", lambda: b'"share":-1e400'),
    ("1e400 for a decimal", {2006, 2106}, "", lambda: b'"amount":1e400'),
    ("1e400 for an integer", {2006, 2106}, "", lambda: b'"whole":1e400'),
    ("an exponent of a billion", {2006, 2106}, "", lambda: b'"amount":1e1000000000'),
    ("2^64 for an integer", {2006, 2106}, "", lambda: b'"whole":18446744073709551616'),
    ("2^63 for an integer", {2006, 2106}, "", lambda: b'"whole":9223372036854775808'),
    ("more digits than a decimal holds", {2006, 2106}, "", lambda: b'"amount":' + b"9" * 39),
    ("a decimal finer than its scale", {2006, 2105, 2106}, "", lambda: b'"amount":0.12345678901'),
    ("a number of a million digits", {2006, 2106}, "", lambda: b'"whole":' + b"1" * 1_000_000),
    ("an object of 10^6 keys", {2007}, "keys",
     lambda: b'"many":{' + b",".join(b'"k%d":0' % i for i in range(1_000_000)) + b"}"),
    ("10^6 times the same key", {2002, 2007}, "", lambda: b'"many":{' + b",".join([b'"k":0'] * 1_000_000) + b"}"),
    ("a key twice", {2002}, "twice", lambda: b'"text":"a","text":"b"'),
    ("a key twice, once escaped", {2002}, "twice", lambda: b'"text":"a","\\u0074ext":"b"'),
    ("NaN", {2001}, "", lambda: b'"share":NaN'),
    ("a control character in a string", {2001}, "", lambda: b'"text":"a\x01b"'),
    ("a zero byte between tokens", {2001}, "", lambda: b'"text":\x00"a"'),
    ("a lone surrogate", {2001, 2005}, "", lambda: b'"text":"\\ud800"'),
    ("text for an integer", {2105}, "", lambda: b'"whole":"drop table"'),
    ("an object for an integer", {2105}, "", lambda: b'"whole":{"a":1}'),
]
NOT_OBJECTS = [("a bare number", b"7"), ("a bare string", b'"x"'), ("null", b"null"), ("an empty array", b"[]")]
ACCEPTED = [
    ("the largest integer", b'"whole":9223372036854775807'),
    ("the least integer", b'"whole":-9223372036854775808'),
    ("an integer written as a double", b'"whole":12.0'),
    ("an integer with an exponent", b'"whole":12e2'),
    ("a decimal of full width", b'"amount":1234567890123456789012345678.0123456789'),
    ("a deep but lawful payload", b'"deep":' + b"[" * 200 + b"]" * 200),
    ("1e400 that nothing maps", b'"other":1e400'),
    ("a key of 10,000 characters", b'"' + b"k" * 10_000 + b'":1'),
    ("an emoji as two escapes", b'"text":"\\ud83c\\udf81"'),
    ("a zero byte, escaped", b'"other":"\\u0000"'),
]


NEIGHBOUR = b'{"id":%d,"whole":1,"text":"a good neighbour"}'


def same(actual, expected, what):
    assert actual == expected, f"{what}: {actual}, expected {expected}"


class Hostile:
    """One file: good, hostile, good, hostile ... so that each hostile record has neighbours that must survive."""

    def __init__(self, suite):
        self.suite = suite
        self.deployment = Deployment(suite, "hostile", workspace=WORKSPACE)
        self.folder = os.path.join(suite.folder, "data", TENANT, "archive")
        os.makedirs(self.folder)
        self.ids = {}
        self.neighbours = set()
        self.sizes = {}
        lines = []
        for number, (name, body) in enumerate([(name, body()) for name, _, _, body in HOSTILE] + ACCEPTED):
            self.ids[name] = 1000 + number
            lines.append(self.neighbour(2 * number))
            lines.append(b'{"id":%d,%s}' % (self.ids[name], body))
            self.sizes[name] = (len(lines[-1]), hashlib.sha256(lines[-1]).hexdigest())
        for number, (_, text) in enumerate(NOT_OBJECTS):
            lines.append(text)
            lines.append(self.neighbour(5000 + number))
        self.lines = lines
        self.input = os.path.join(self.folder, "hostile.ndjson")
        with open(self.input, "wb") as file:
            file.writelines(line + b"\n" for line in lines)

    def neighbour(self, number):
        self.neighbours.add(10_000 + number)
        return NEIGHBOUR % (10_000 + number)

    def load(self):
        report = self.deployment.ingest(self.input)
        same((report["inputs"][0]["outcome"], report["records"]), ("ingested", len(self.lines)), "what was ingested")
        report = self.deployment.refine()
        same(report["refined"] + report["quarantined"], len(self.lines), "refined and quarantined")
        self.refined = {int(row[0]) for row in self.deployment.rows("SELECT id FROM silver.document", TENANT)}
        self.quarantined = {}
        for row in self.deployment.rows(
                "SELECT left(hex(payload), 80), code, reason, pointer, payload_length, hex(payload_sha256), "
                "octet_length(payload) FROM bronze.quarantine", TENANT):
            head = bytes.fromhex(row[0])
            key = int(head[6:10]) if head.startswith(b'{"id":') else head
            self.quarantined[key] = row[1:]

    def is_quarantined(self, name, codes, word):
        number = self.ids[name]
        assert number not in self.refined, f"{name} was refined"
        assert number in self.quarantined, f"{name} is neither refined nor quarantined"
        code, reason, pointer, length, sha256, inline = self.quarantined[number]
        assert int(code) in codes, f"{name}: code {code} ({reason} at {pointer!r}), expected one of {sorted(codes)}"
        assert reason and word.lower() in reason.lower(), f"{name}: the reason is not clear: {reason!r}"
        size, digest = self.sizes[name]
        same((int(length), sha256.lower(), int(inline)), (size, digest, min(size, INLINE_BYTES)),
             f"length, SHA-256 and kept bytes of {name}")

    def is_refined(self, name):
        assert self.ids[name] in self.refined, f"{name}: {self.quarantined.get(self.ids[name])}"

    def is_no_object(self, name, text):
        code = self.quarantined.get(text, (None,))[0]
        same(code and int(code), 2008, f"code of {name}")

    def neighbours_go_on(self):
        same(self.neighbours - self.refined, set(), "good records that were lost")

    def exact_values_survive(self):
        rows = self.deployment.rows(
            "SELECT id, whole, CAST(amount AS VARCHAR) FROM silver.document WHERE id < 10000", TENANT)
        values = {int(number): (whole and int(whole), amount) for number, whole, amount in rows}
        expected = {"the largest integer": (2**63 - 1, None), "the least integer": (-2**63, None),
                    "an integer written as a double": (12, None), "an integer with an exponent": (1200, None),
                    "a decimal of full width": (None, "1234567890123456789012345678.0123456789")}
        same({name: values.get(self.ids[name]) for name in expected}, expected, "values to the last digit")

    def command_lists_them(self):
        """`assay quarantine` counts every refused record, and gives one back byte for byte."""
        listed = self.deployment.json("quarantine", "list")
        same(listed["records"], len(self.quarantined), "records that the list counts")
        counts = {}
        for code, *_ in self.quarantined.values():
            counts[int(code)] = counts.get(int(code), 0) + 1
        by_code = {}
        for group in listed["groups"]:
            by_code[group["code"]] = by_code.get(group["code"], 0) + group["records"]
        same(by_code, counts, "records by code")
        deep = next(group for group in listed["groups"] if group["code"] == 2003)
        payload = subprocess.run([self.suite.options.assay, "-C", self.deployment.folder, "quarantine", "show",
                                  deep["example_record_id"], "--payload"], check=True, capture_output=True).stdout
        assert len(payload) > INLINE_BYTES and payload in self.lines, "the bytes are not those of the file"

    def big_string(self, name, packed):
        """A string far over the limit is streamed by, never held; the records around it go on."""
        size = (1 << 30) if self.suite.full else 64 * MIB
        folder = os.path.join(self.suite.folder, f"{name}-data", TENANT, "archive")
        os.makedirs(folder)
        digest, length = self.write_big(os.path.join(folder, "big.ndjson"), size)
        small = self.peak(f"{name}-small", self.small_file(name))
        if packed:
            subprocess.run(["gzip", "-1", os.path.join(folder, "big.ndjson")], check=True)
        deployment, peaks = self.peak(f"{name}-big", folder)
        same(sorted(int(row[0]) for row in deployment.rows("SELECT id FROM silver.document", TENANT)), [1, 3],
             "records around the big one")
        rows = deployment.rows("SELECT code, reason, payload_length, lower(hex(payload_sha256)), octet_length(payload) "
                               "FROM bronze.quarantine", TENANT)
        same([(int(code), int(size), sha, int(kept)) for code, _, size, sha, kept in rows],
             [(2004, length, digest, INLINE_BYTES)], "the big record in quarantine")
        assert "limit" in rows[0][1], f"the reason is not clear: {rows[0][1]!r}"
        for step, peak in peaks.items():
            more = peak - small[1][step]
            assert more <= MEMORY_MORE, f"{step} held {more >> 20} MiB more than for a small file"
        deployment.verify()

    @staticmethod
    def write_big(path, size):
        """Good, big, good; the digest and length of the big record."""
        digest = hashlib.sha256()
        length = 0
        with open(path, "wb") as file:
            file.write(NEIGHBOUR % 1 + b"\n")
            for part in [b'{"id":2,"text":"'] + [b"a" * MIB] * (size // MIB) + [b'"}']:
                file.write(part)
                digest.update(part)
                length += len(part)
            file.write(b"\n" + NEIGHBOUR % 3 + b"\n")
        return digest.hexdigest(), length

    def small_file(self, name):
        folder = os.path.join(self.suite.folder, f"{name}-small-data", TENANT, "archive")
        os.makedirs(folder)
        with open(os.path.join(folder, "small.ndjson"), "wb") as file:
            file.write(NEIGHBOUR % 1 + b"\n" + NEIGHBOUR % 3 + b"\n")
        return folder

    def peak(self, name, folder):
        """Ingests and runs; the deployment, and the peak resident bytes of each step."""
        deployment = Deployment(self.suite, name, workspace=WORKSPACE)
        peaks = {}
        for step, arguments in (("ingest", ["ingest", folder]), ("run", ["run"])):
            code, peaks[step], out, err = peak_rss_of([self.suite.options.assay, "-C", deployment.folder, *arguments])
            assert code == 0, f"{step} ended with {code}\n{out}\n{err}"
        return deployment, peaks


def main():
    suite = Suite("hostile")
    hostile = Hostile(suite)
    suite.case("the file goes through ingest and run", hostile.load)
    if hasattr(hostile, "quarantined"):
        for name, codes, word, _ in HOSTILE:
            suite.case(name, hostile.is_quarantined, name, codes, word)
        for name, text in NOT_OBJECTS:
            suite.case(name, hostile.is_no_object, name, text)
        for name, _ in ACCEPTED:
            suite.case(f"accepted: {name}", hostile.is_refined, name)
        suite.case("good neighbours go on", hostile.neighbours_go_on)
        suite.case("exact values survive", hostile.exact_values_survive)
        suite.case("assay quarantine lists and gives back", hostile.command_lists_them)
        suite.case("verify --deep holds", hostile.deployment.verify, "--deep")
    size = "1 GiB" if suite.full else "64 MiB"
    suite.case(f"a string of {size}", hostile.big_string, "plain", False)
    suite.case(f"a string of {size}, packed by gzip", hostile.big_string, "packed", True)
    suite.finish()


if __name__ == "__main__":
    main()
