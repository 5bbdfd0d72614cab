#!/usr/bin/env python3
"""`./dev bench dedup`: master data that every transaction embeds, kept once.

Ten types of transactions of one tenant, as monthly exports, each record with a whole copy of its customer. Beside the
same records as Parquet with the copies left in (DuckDB, zstd, a file a type and day, as the event tables have them), it
counts what Assay stores of customers: rows and bytes of their contents and their history, bytes of the references in
the events, and what the reduction took. At full size (500,000 records a type, 50,000 customers) about 15 minutes and
12 GB of room.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "bench", "support"))
sys.path.insert(0, os.path.join(ROOT, "examples"))
from measured import measured  # noqa: E402
from steps import assay_program  # noqa: E402

KINDS = ["contract", "delivery", "invoice", "order", "payment", "quote", "refund", "shipment", "ticket", "visit"]
CUSTOMER = {  # 30 fields, 0.8 KB of JSON: an account as a platform embeds it
    **{name: "string" for name in (
        "id", "name", "email", "phone", "tier", "street", "postcode", "city", "country", "tax_number", "industry", "iban",
        "contact_name", "contact_email", "contact_phone", "delivery_street", "delivery_postcode", "delivery_city",
        "delivery_country", "payment_terms", "language", "currency", "account_manager", "segment", "website")},
    "birth_date": "date", "created_on": "date", "credit_limit": "decimal(18,2)", "newsletter": "boolean", "blocked": "boolean",
}
SHARE_MAX = 0.02          # contents and history, of the files with the copies left in
PEAK_BYTES_MAX = 10**9
MONTHS = 12
FIRST = datetime(2025, 1, 1)


def options_of_user():
    parser = argparse.ArgumentParser(prog="dev bench dedup", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--records", type=int, default=500_000, help="of each of ten types (default %(default)s)")
    parser.add_argument("--customers", type=int, default=50_000, help="default %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def customers(count, rng):
    """Each customer as a JSON object, alike in every record that embeds it."""
    streets = [f"{name} {kind}" for name in ("Oak", "Mill", "Station", "Church", "High", "Lake", "Park", "Market")
               for kind in ("Street", "Road", "Lane", "Square")]
    cities = [f"{name}{end}" for name in ("Ash", "Brad", "Clif", "Den", "Elm", "Fair") for end in ("ford", "ton", "by", "wick")]
    people = [f"{first} {last}" for first in ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gina", "Hugo", "Ida", "Jon")
              for last in ("Abel", "Brand", "Costa", "Dunn", "Evans", "Frei", "Gross", "Hart", "Ito", "Jung", "Klein", "Lund")]

    def day(earliest, latest):
        return str((FIRST - timedelta(days=rng.randrange(earliest, latest))).date())

    def digits(count):
        return f"{rng.randrange(10**count):0{count}}"

    made = []
    for index in range(count):
        company = f"{rng.choice(cities)} {rng.choice(('Trading', 'Foods', 'Works', 'Systems', 'Retail'))} {index:05}"
        site = company.lower().replace(" ", "-")
        contact = rng.choice(people)
        made.append(json.dumps({
            "id": f"C-{index:07}", "name": company, "email": f"office@{site}.example", "phone": f"+44 {digits(9)}",
            "tier": rng.choice(["standard", "plus", "premium"]), "street": f"{rng.choice(streets)} {rng.randrange(1, 300)}",
            "postcode": digits(5), "city": rng.choice(cities), "country": rng.choice(["DE", "FR", "GB", "IT", "NL"]),
            "tax_number": digits(11), "industry": rng.choice(["food", "retail", "software", "metal", "health", "transport"]),
            "iban": f"DE{digits(20)}", "contact_name": contact,
            "contact_email": f"{contact.lower().replace(' ', '.')}@{site}.example", "contact_phone": f"+44 {digits(9)}",
            "delivery_street": f"{rng.choice(streets)} {rng.randrange(1, 300)}", "delivery_postcode": digits(5),
            "delivery_city": rng.choice(cities), "delivery_country": rng.choice(["DE", "FR", "GB", "IT", "NL"]),
            "payment_terms": rng.choice(["14 days", "30 days", "60 days", "advance"]), "language": rng.choice(["de", "en", "fr"]),
            "currency": rng.choice(["EUR", "GBP"]), "account_manager": rng.choice(people),
            "segment": rng.choice(["key account", "mid market", "small"]), "website": f"https://{site}.example",
            "birth_date": day(7000, 25000), "created_on": day(0, 4000),
            "credit_limit": f"{rng.randrange(10**6)}.{digits(2)}", "newsletter": rng.random() < 0.5,
            "blocked": rng.random() < 0.02}))
    return made


def write_month(folder, month, kind, options, embedded, rng):
    """A month's export of one type; gives its bytes."""
    begin, end = (datetime(2025 + number // 12, number % 12 + 1, 1) for number in (month, month + 1))
    first, behind = (number * options.records // MONTHS for number in (month, month + 1))
    path = os.path.join(folder, f"{begin:%Y-%m}", f"{kind}.ndjson")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        for index in range(first, behind):
            share = (index - first + rng.random()) / (behind - first)
            at = (begin + (end - begin) * share).isoformat(timespec="milliseconds")
            file.write(f'{{"kind":"{kind}","no":"{kind}-{index:08}","made_at":"{at}Z","amount":"{rng.randrange(10**6) / 100:.2f}",'
                       f'"channel":"{rng.choice(("web", "app", "shop", "phone"))}","quantity":{rng.randrange(1, 20)},'
                       f'"customer":{rng.choice(embedded)}}}\n')
    return os.path.getsize(path)


def write_workspace(folder):
    files = {"assay.yaml": "name: dedup\n", "sources/files.yaml": "source: files\nkind: file\nroutes:\n"
             "  - {pattern: \"**/*.ndjson\", tenant: acme, application: suite}\n"}
    fields = "".join(f"  {name}: {{type: \"{kind}\"}}\n" for name, kind in CUSTOMER.items())
    files["entities/customer.yaml"] = f"entity: customer\nkind: master\nkey: [id]\norder_by: event_time\nfields:\n{fields}"
    paths = ", ".join(f"{name}: $.customer.{name}" for name in CUSTOMER)
    for kind in KINDS:
        files[f"entities/{kind}.yaml"] = (
            f"entity: {kind}\nkind: event\nkey: [no]\nevent_time: made_at\nfields:\n  no: {{type: string}}\n"
            "  made_at: {type: timestamp}\n  amount: {type: \"decimal(18,2)\"}\n  channel: {type: string}\n"
            "  quantity: {type: int64}\nmasters: {customer: {entity: customer}}\n")
        files[f"tenants/acme/suite/{kind}.yaml"] = (
            f"match: [{{path: $.kind, equals: [{kind}]}}]\nmappings:\n  {kind}:\n    fields: {{no: $.no, made_at: $.made_at, "
            f"amount: $.amount, channel: $.channel, quantity: $.quantity}}\n    masters:\n"
            f"      customer: {{fields: {{{paths}}}}}\n")
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


COPIES_LEFT_IN = """
import duckdb, os, sys
source, target, kinds, columns = sys.argv[1], sys.argv[2], sys.argv[3].split(","), sys.argv[4]
database = duckdb.connect()
database.execute("SET enable_progress_bar = false; SET threads = 1; SET memory_limit = '4GB'; SET preserve_insertion_order = true")
for kind in kinds:
    database.execute(f"COPY (SELECT * EXCLUDE (customer), customer.*, made_at::DATE AS day FROM read_json('{source}/*/{kind}.ndjson',"
                     f" format = 'newline_delimited', columns = {columns})) TO '{target}/{kind}' "
                     "(FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day))")
"""


def copies_left_in(source, target):
    """The same records with their customers, as Parquet: bytes, and what it took."""
    types = {"date": "DATE", "boolean": "BOOLEAN", "string": "VARCHAR", "decimal(18,2)": "DECIMAL(18,2)"}
    struct = ", ".join(f"{name} {types[kind]}" for name, kind in CUSTOMER.items())
    columns = ("{no: 'VARCHAR', made_at: 'TIMESTAMP', amount: 'DECIMAL(18,2)', channel: 'VARCHAR', quantity: 'BIGINT', "
               f"customer: 'STRUCT({struct})'}}")
    os.makedirs(target)
    figures = measured(os.path.join(ROOT, ".venv", "bin", "python"), "-c", COPIES_LEFT_IN, source, target, ",".join(KINDS),
                       columns)
    figures["bytes"] = bytes_below(target)
    return figures


def bytes_below(folder):
    return sum(os.path.getsize(os.path.join(base, name)) for base, _, names in os.walk(folder) for name in names)


class Bench:
    def __init__(self, folder, options):
        self.folder, self.options = folder, options
        self.workspace = os.path.join(folder, "workspace")
        self.assay = assay_program()

    def note(self, text):
        print(text, file=sys.stderr, flush=True)

    def stage(self, *command):
        figures = measured(self.assay, "-q", "-C", self.workspace, "--json", *command)
        self.note(f"assay {command[0]}: {figures['seconds']:,.0f} s, {figures['processor_seconds']:,.0f} s of processor, "
                  f"peak {figures['peak_bytes'] / 1e6:,.0f} MB")
        return figures

    def count(self, query):
        text = subprocess.run([self.assay, "-q", "-C", self.workspace, "--json", "sql", query], check=True,
                              capture_output=True, text=True).stdout
        return [int(value) for value in json.loads(text)["rows"][0]]

    def data_bytes(self, table):
        return bytes_below(os.path.join(self.workspace, ".assay", "lake", *table.split("."), "data"))

    def reference_bytes(self):
        """Compressed bytes of the columns that take the customers' place in the events, from the files' footers."""
        script = ("import glob, sys, pyarrow.parquet as parquet\ntotal = 0\n"
                  "for path in glob.glob(sys.argv[1], recursive=True):\n"
                  "    metadata = parquet.read_metadata(path)\n"
                  "    for group in range(metadata.num_row_groups):\n"
                  "        for column in range(metadata.num_columns):\n"
                  "            chunk = metadata.row_group(group).column(column)\n"
                  "            if chunk.path_in_schema.startswith('customer_'): total += chunk.total_compressed_size\n"
                  "print(total)")
        total = 0
        for kind in KINDS:
            pattern = os.path.join(self.workspace, ".assay", "lake", "silver", kind, "data", "**", "*.parquet")
            total += int(subprocess.run([os.path.join(ROOT, ".venv", "bin", "python"), "-c", script, pattern], check=True,
                                        capture_output=True, text=True).stdout)
        return total

    def run(self):
        rng = random.Random(self.options.seed)
        embedded = customers(self.options.customers, rng)
        source = os.path.join(self.folder, "input")
        size = sum(write_month(source, month, kind, self.options, embedded, rng)
                   for month in range(MONTHS) for kind in KINDS)
        self.note(f"input: {len(KINDS) * self.options.records:,} records, {size / 1e6:,.0f} MB")
        plain = copies_left_in(source, os.path.join(self.folder, "parquet"))
        self.note(f"copies left in: {plain['bytes'] / 1e6:,.0f} MB of Parquet, {plain['processor_seconds']:,.0f} s of processor")
        write_workspace(self.workspace)
        subprocess.run([self.assay, "-C", self.workspace, "apply"], check=True, stdout=subprocess.DEVNULL)
        ingest, run = self.stage("ingest", source), self.stage("run")
        contents, history = self.count("SELECT (SELECT count(*) FROM silver.customer_content), "
                                       "(SELECT count(*) FROM silver.customer_history)")
        events = " UNION ALL ".join(f'SELECT customer_content_hash AS c FROM silver."{kind}"' for kind in KINDS)
        (references,) = self.count(f"SELECT count(c) FROM ({events})")
        stored = self.data_bytes("silver.customer_content") + self.data_bytes("silver.customer_history")
        return {
            "records": len(KINDS) * self.options.records, "input_bytes": size, "customers": self.options.customers,
            "contents": contents, "history_rows": history, "references": references,
            "copies_left_in_bytes": plain["bytes"], "contents_and_history_bytes": stored,
            "share": stored / plain["bytes"], "share_max": SHARE_MAX, "reference_bytes": self.reference_bytes(),
            "peak_bytes": max(ingest["peak_bytes"], run["peak_bytes"]), "peak_bytes_max": PEAK_BYTES_MAX,
            "processor_seconds": {"ingest": ingest["processor_seconds"], "run": run["processor_seconds"],
                                  "copies_left_in": plain["processor_seconds"]},
            "processor_ratio": (ingest["processor_seconds"] + run["processor_seconds"]) / plain["processor_seconds"],
        }


def show(result):
    print(f"{result['records']:,} records with {result['customers']:,} customers: {result['contents']:,} contents, "
          f"{result['history_rows']:,} rows of history, {result['references']:,} references")
    print(f"contents and history: {result['contents_and_history_bytes'] / 1e6:,.2f} MB, {result['share']:.2%} of "
          f"{result['copies_left_in_bytes'] / 1e6:,.1f} MB with the copies left in (at most {result['share_max']:.0%}); "
          f"references: {result['reference_bytes'] / 1e6:,.1f} MB")
    print(f"peak {result['peak_bytes'] / 1e6:,.0f} MB (at most {result['peak_bytes_max'] / 1e6:,.0f}); processor time "
          f"{result['processor_ratio']:.1f} times that of the plain copy (bronze, silver, vault and marts against one table a type)")


def holds(result):
    return (result["contents"] == result["customers"] and result["references"] == result["records"]
            and result["share"] <= result["share_max"] and result["peak_bytes"] <= result["peak_bytes_max"])


def main():
    options = options_of_user()
    folder = tempfile.mkdtemp(prefix="assay-bench-")
    try:
        result = Bench(folder, options).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result, indent=2)) if options.json else show(result)
    sys.exit(0 if holds(result) else 1)


if __name__ == "__main__":
    main()
