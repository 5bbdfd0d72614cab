#!/usr/bin/env python3
"""The examples of docs/formats/conversion.md: the kernel makes of each leaf what that page says, and the second
interpreter of `assay verify --deep` agrees."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from deployment import Deployment  # noqa: E402
from page_examples import check, results_of  # noqa: E402
from suite import ROOT, Suite  # noqa: E402

PAGE = os.path.join(ROOT, "docs", "formats", "conversion.md")
KEYS = re.compile(r"`(\w+: [^`]*)`")


def examples():
    """(leaf, type, keys of the mapping, result) of each row of the page's last section."""
    with open(PAGE, encoding="utf-8") as file:
        section = file.read().split("## 5. Examples", 1)[1]
    rows = [line.strip("| \n").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return [(leaf.strip("`"), mapping.split(", `")[0].replace("any", "string"), KEYS.findall(mapping),
             result.split(":")[0] if result.startswith("A") else result.strip("`")) for leaf, mapping, result in rows]


def workspace_of(cases, folder):
    """One optional field a case; record N holds case N's leaf."""
    os.makedirs(os.path.join(folder, "tenants", "acme", "app"))
    fields = "".join(f'  f{i}: {{type: "{kind}"}}\n' for i, (_, kind, _, _) in enumerate(cases))
    mappings = "".join(f"      f{i}: {{{', '.join([f'path: $.f{i}', *keys])}}}\n"
                       for i, (_, _, keys, _) in enumerate(cases))
    files = {
        "assay.yaml": "name: conversion\ndescription: The examples of a page\n",
        "entities.yaml": "entity: thing\nkind: event\nkey: [k]\nevent_time: ingest\nfields:\n  k: {type: int64}\n" + fields,
        "sources.yaml": 'source: files\nkind: file\nroutes: [{pattern: "**/*.ndjson", tenant: acme, application: app}]\n',
        "tenants/acme/app/v1.yaml": "match: [{path: $.k}]\nmappings:\n  thing:\n    fields:\n      k: $.k\n" + mappings,
    }
    for name, text in files.items():
        path = os.path.join(folder, name if "/" in name or name == "assay.yaml" else f"{name[:-5]}/all.yaml")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def main():
    suite = Suite("conversion")
    cases = examples()
    suite.case("the page has examples of all types", lambda: check_coverage(cases))
    source = os.path.join(suite.folder, "source")
    workspace_of(cases, source)
    deployment = Deployment(suite, "conversion", workspace=source)
    records = os.path.join(suite.folder, "leaves.ndjson")
    with open(records, "w", encoding="utf-8") as file:
        file.writelines(f'{{"k":{i},"f{i}":{leaf}}}\n' for i, (leaf, _, _, _) in enumerate(cases))
    deployment.ingest(records)
    deployment.refine()
    became = results_of(deployment)
    for i, (leaf, kind, keys, expected) in enumerate(cases):
        suite.case(f"{leaf} to {kind} {', '.join(keys)}: {expected}", check, became[i], expected)
    suite.case("the second interpreter agrees", deployment.verify, "--deep")
    suite.finish()


def check_coverage(cases):
    kinds = {kind.split("(")[0] for _, kind, _, _ in cases}
    assert kinds == {"string", "boolean", "int64", "float64", "decimal", "date", "timestamp"}, kinds
    assert len(cases) >= 25, len(cases)


if __name__ == "__main__":
    main()
