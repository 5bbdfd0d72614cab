"""One flipped bit anywhere under lake/ or quarantine/ is found and placed by `assay verify`.

A small shop (a shrunken `retail`, made here from the seed) goes through all layers in several epochs, with a record
beyond the limit so that quarantine/ holds a file. Then, flip by flip: a file is drawn uniformly, a byte and a bit of it
uniformly; the bit is flipped; verify must exit with 7 and name that file; the bit is flipped back.

Every flip runs `assay verify --files`: the check of bytes that stands first in every `assay verify`, alone. Every 50th
flip runs the whole `assay verify` too, which must name the same file. At the end the whole `assay verify --deep` must
pass again, so nothing stayed flipped. control.db, state/, spool/, tmp/ and the lock are exempt by name (docs/proof.md).
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from deployment import Deployment  # noqa: E402
from suite import Suite  # noqa: E402

FLIPS = {"full": 2_000, "ci": 60}
WHOLE_EVERY = 50
INVOICES, BATCHES = 240, 3
RECORD_SIZE_MAX = 256 * 1024
VERIFY_FAILED = 7
FOLDERS = ("lake", "quarantine")


def invoice(random, number):
    """As examples/retail has them: a customer or none, products with changing descriptions."""
    day = 1 + random.randrange(28)
    lines = [{"quantity": random.randrange(1, 20), "unitPrice": random.randrange(1, 9_999) / 100,
              "product": {"stockCode": f"S{random.randrange(40)}",
                          "description": random.choice([None, "", "LAMP", "lamp", "WHITE LAMP"])}}
             for _ in range(random.randrange(1, 6))]
    customer = {"id": random.choice([None, *range(12_000, 12_030)]), "country": random.choice(["France", "Spain"])}
    return {"invoiceNo": str(500_000 + number), "invoiceDate": f"2011-0{1 + number % 9}-{day:02}T10:{number % 60:02}:00",
            "customer": customer, "lines": lines}


def batch(random, index):
    """NDJSON of one batch: invoices, one that is resent, one that cannot be refined, one that is too large."""
    records = [json.dumps(invoice(random, index * INVOICES + i)) for i in range(INVOICES)]
    records.append(records[0])
    records.append(json.dumps({"invoiceNo": f"bad{index}", "invoiceDate": "yesterday", "customer": {}, "lines": []}))
    records.append(json.dumps({"invoiceNo": f"big{index}", "lines": [], "note": "x" * (RECORD_SIZE_MAX + index)}))
    return "\n".join(records) + "\n"


class Flips:
    def __init__(self, suite):
        self.suite = suite
        self.shop = None
        self.files = []

    def build(self):
        self.shop = Deployment(self.suite, "shop", example="retail")
        with open(os.path.join(self.shop.folder, "assay.yaml"), "a", encoding="utf-8") as file:
            file.write(f"limits: {{record_size_max: {RECORD_SIZE_MAX}}}\n")
        self.shop.run("apply")
        folder = os.path.join(self.suite.folder, "input", "giftware", "shop")
        os.makedirs(folder)
        for index in range(BATCHES):
            path = os.path.join(folder, f"{index}.ndjson")
            with open(path, "w", encoding="utf-8") as file:
                file.write(batch(self.suite.random, index))
            self.shop.ingest(path)
            self.shop.refine()
        self.files = self.all_files()
        assert any(path.startswith("quarantine/") for path in self.files), "no file in quarantine/"
        assert any(path.endswith(".avro") for path in self.files), "no Avro file"
        proof = self.shop.verify("--deep")
        assert proof["files"] == len(self.files), f"{proof['files']} files proved, {len(self.files)} on disk"

    def data(self, path=""):
        return os.path.join(self.shop.folder, ".assay", path)

    def all_files(self):
        """Paths relative to .assay/, sorted, so that a seed draws the same file again."""
        found = []
        for top in FOLDERS:
            for folder, _, names in os.walk(self.data(top)):
                found += [os.path.relpath(os.path.join(folder, name), self.data()) for name in names]
        return sorted(path for path in found if os.path.getsize(self.data(path)) > 0)

    def flip_bit(self, path, offset, bit):
        with open(self.data(path), "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ (1 << bit)]))

    def found(self, path, *arguments):
        """What verify says of a flip in that file; empty when it says what it must."""
        result = self.shop.run("--json", "-q", "verify", *arguments, expect="any")
        if result.returncode != VERIFY_FAILED:
            return f"exit {result.returncode}, expected {VERIFY_FAILED}: {result.err[-300:]}"
        problems = json.loads(result.out)["problems"]
        placed = [problem for problem in problems if problem["kind"] == "file"]
        if [problem.get("path") for problem in placed] != [path]:
            return f"placed at {[problem.get('path') for problem in placed]}"
        return "" if placed[0].get("table") else "no table is named"

    def flip(self, index):
        path = self.suite.random.choice(self.files)
        offset = self.suite.random.randrange(os.path.getsize(self.data(path)))
        bit = self.suite.random.randrange(8)
        self.flip_bit(path, offset, bit)
        try:
            wrong = self.found(path, "--files")
            if not wrong and index % WHOLE_EVERY == 0:
                wrong = self.found(path)
        finally:
            self.flip_bit(path, offset, bit)
        return f"flip {index}, {path}, byte {offset}, bit {bit}: {wrong}" if wrong else ""

    def flips(self):
        count = FLIPS[self.suite.options.size]
        wrong = [text for text in (self.flip(index) for index in range(count)) if text]
        for text in wrong[:10]:
            print(f"    {text}", flush=True)
        whole = (count + WHOLE_EVERY - 1) // WHOLE_EVERY
        self.suite.count(f"bits flipped in {len(self.files)} files", count - len(wrong), len(wrong),
                         f" (each by verify --files, {whole} by the whole verify too)")

    def missing_file(self):
        """A file that is gone is placed, too."""
        path = self.suite.random.choice(self.files)
        os.rename(self.data(path), self.data("aside"))
        try:
            wrong = self.found(path, "--files")
        finally:
            os.rename(self.data("aside"), self.data(path))
        assert not wrong, f"{path}: {wrong}"

    def longer_file(self):
        path = self.suite.random.choice(self.files)
        size = os.path.getsize(self.data(path))
        with open(self.data(path), "ab") as file:
            file.write(b"x")
        try:
            wrong = self.found(path, "--files")
        finally:
            os.truncate(self.data(path), size)
        assert not wrong, f"{path}: {wrong}"

    def stranger(self):
        """A file that no commit names is told, and is no damage."""
        path = "lake/bronze/record/data/stranger.parquet"
        with open(self.data(path), "wb") as file:
            file.write(b"not ours")
        try:
            proof = self.shop.verify()
        finally:
            os.remove(self.data(path))
        assert any(path in notice for notice in proof["notices"]), proof["notices"]

    def whole_again(self):
        self.shop.verify("--deep")


def main():
    suite = Suite("flips")
    flips = Flips(suite)
    suite.case("the small shop is built and proved", flips.build)
    if suite.failed == 0:
        flips.flips()
        suite.case("a file that is gone is placed", flips.missing_file)
        suite.case("a file that grew is placed", flips.longer_file)
        suite.case("a file that no commit names is a notice", flips.stranger)
        suite.case("with every bit back the proof holds again", flips.whole_again)
    suite.finish()


if __name__ == "__main__":
    main()
