#!/usr/bin/env python3
"""Turns the UCI Online Retail file (one line an invoice line) into nested invoices, one JSON object a line.

    convert.py OUTPUT [--data FOLDER]

FOLDER holds online-retail-uci/online-retail.csv.zst; without the option it is ASSAY_DATA, else the folder
shared/data beside the checkout. Nothing is cleaned here: what is dirty in the file stays dirty in the JSON.

- Invoices stand in the order of their first line; their lines in the order of the file.
- Numbers are the file's own characters, never read and printed again (`17850.0`, `2.1`, `-11062.06`).
- A missing customer is `"id": null`, an empty description is `null`.
- A line whose own time or country is not its invoice's carries `invoiceDate` or `country` itself.
"""

import argparse
import csv
import io
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z")


def number(text):
    """The token as it stands; null where it is missing; a string where it is no JSON number."""
    if text == "":
        return "null"
    return text if JSON_NUMBER.match(text) else string(text)


def string(text):
    return "null" if text == "" else json.dumps(text, ensure_ascii=False)


def line_json(line, head):
    own = ""
    if line["InvoiceDate"] != head["InvoiceDate"]:
        own += f',"invoiceDate":{string(line["InvoiceDate"])}'
    if line["Country"] != head["Country"]:
        own += f',"country":{string(line["Country"])}'
    if line["CustomerID"] != head["CustomerID"]:
        own += f',"customerId":{number(line["CustomerID"])}'
    return (f'{{"product":{{"stockCode":{string(line["StockCode"])},"description":{string(line["Description"])}}},'
            f'"quantity":{number(line["Quantity"])},"unitPrice":{number(line["UnitPrice"])}{own}}}')


def invoice_json(invoice_no, lines):
    head = lines[0]
    return (f'{{"invoiceNo":{string(invoice_no)},"invoiceDate":{string(head["InvoiceDate"])},'
            f'"customer":{{"id":{number(head["CustomerID"])},"country":{string(head["Country"])}}},'
            f'"lines":[{",".join(line_json(line, head) for line in lines)}]}}')


def invoices(rows):
    """Invoice number -> its lines; a number that comes back later in the file joins its first lines."""
    grouped = {}
    for row in rows:
        grouped.setdefault(row["InvoiceNo"], []).append(row)
    return grouped


def read_rows(packed):
    unpack = subprocess.Popen(["zstd", "-dcq", packed], stdout=subprocess.PIPE)
    with io.TextIOWrapper(unpack.stdout, encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)
    if unpack.wait() != 0:
        sys.exit(f"convert.py: zstd could not unpack {packed}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", help="the NDJSON file to write; '-' is stdout")
    parser.add_argument("--data", default=os.environ.get(
        "ASSAY_DATA", os.path.join(os.path.dirname(ROOT), "shared", "data")))
    options = parser.parse_args()
    packed = os.path.join(options.data, "online-retail-uci", "online-retail.csv.zst")
    if not os.path.exists(packed):
        sys.exit(f"convert.py: {packed} is missing; set ASSAY_DATA to the folder that holds online-retail-uci")
    grouped = invoices(read_rows(packed))
    to_stdout = options.output == "-"
    if not to_stdout:
        os.makedirs(os.path.dirname(os.path.abspath(options.output)), exist_ok=True)
    with (open(1, "w", encoding="utf-8", newline="\n", closefd=False) if to_stdout
          else open(options.output, "w", encoding="utf-8", newline="\n")) as out:
        for invoice_no, lines in grouped.items():
            out.write(invoice_json(invoice_no, lines) + "\n")
    count = sum(map(len, grouped.values()))
    print(f"{len(grouped):,} invoices with {count:,} lines", file=sys.stderr)


if __name__ == "__main__":
    main()
