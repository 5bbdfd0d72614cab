#!/usr/bin/env python3
"""`./dev bench versions`: what more schema versions and more mapped fields cost the kernel, in ns a payload leaf.

Three series, one thread each, rounds interleaved. `named`: 1 to 50 versions of one application of a tenant, shuffled,
told apart by the version that the payload names; `shaped`: the same without that name, told apart by a key that only
that version has; `fields`: records of one shape with 200 leaves, of which 20 to 200 are mapped. Each version has names
and nesting of its own. Growth is that of the last against the first of a series; it should be at most 20 %.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GROWTH_MAX = 0.20
VERSIONS = (1, 2, 5, 10, 20, 50)
FIELDS = (20, 50, 100, 200)
LINES = 3
TENANT = "acme"
CITIES = ("Utrecht", "Lyon", "Porto", "Graz", "Turku")

ENTITIES = """\
entity: customer
kind: master
key: [id]
order_by: event_time
fields: {id: {type: string}, name: {type: string}, city: {type: string}, tier: {type: string}}
---
entity: order
kind: event
key: [order_no]
event_time: ordered_at
masters: {customer: {entity: customer}}
fields:
  order_no: {type: string}
  ordered_at: {type: timestamp}
  total: {type: "decimal(18,2)"}
  shipping: {type: "decimal(18,2)"}
  currency: {type: string}
  channel: {type: string}
  paid: {type: boolean}
---
entity: order_line
kind: event
parent: order
fields:
  sku: {type: string}
  title: {type: string}
  quantity: {type: int64}
  price: {type: "decimal(18,2)"}
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def workspace(folder, entities):
    write(f"{folder}/assay.yaml", "name: bench\n")
    write(f"{folder}/entities/all.yaml", entities)
    write(f"{folder}/sources/files.yaml", "source: files\nkind: file\nroutes:\n"
                                          "  - {pattern: \"{tenant}/{application}/*.json*\"}\n")


def name_in(version, name):
    """The names of a version are its own, and of one length in all of them."""
    return f"{name}{version:02d}"


def version_file(version, named):
    def key(name):
        return name_in(version, name)
    condition = f"{{path: $.version, equals: [\"{version}\"]}}" if named else f"{{path: $.{key('order')}}}"
    head = f"$.{key('order')}.{key('head')}" if version % 2 else f"$.{key('order')}"
    return f"""\
match: [{condition}]
mappings:
  order:
    fields:
      order_no: {{path: {head}.{key('no')}, required: true}}
      ordered_at: {{path: {head}.{key('at')}, format: iso8601}}
      total: {head}.{key('total')}
      shipping: {head}.{key('shipping')}
      currency: {head}.{key('currency')}
      channel: {head}.{key('channel')}
      paid: {head}.{key('paid')}
    masters:
      customer:
        fields:
          id: $.{key('buyer')}.{key('id')}
          name: $.{key('buyer')}.{key('name')}
          city: $.{key('buyer')}.{key('city')}
          tier: $.{key('buyer')}.{key('tier')}
  order_line:
    rows: $.{key('lines')}[*]
    fields:
      sku: "@.{key('sku')}"
      title: "@.{key('title')}"
      quantity: "@.{key('quantity')}"
      price: "@.{key('price')}"
"""


def order(version, number, named, rng):
    def key(name):
        return name_in(version, name)
    head = {key("no"): f"A-{number:07d}", key("at"): f"2025-03-{1 + number % 28:02d}T{number % 24:02d}:05:07Z",
            key("total"): rng.randrange(100000) / 100, key("shipping"): rng.randrange(900) / 100,
            key("currency"): "EUR", key("channel"): rng.choice(("web", "store", "phone")), key("paid"): True,
            key("desk"): f"desk {number % 7}"}
    customer = rng.randrange(2000)
    payload = {"version": str(version)} if named else {"release": str(version)}
    payload[key("order")] = {key("head"): head} if version % 2 else head
    payload[key("buyer")] = {key("id"): f"C{customer:05d}", key("name"): f"Ana Rossi {customer}",
                             key("city"): CITIES[customer % 5], key("tier"): "standard"}
    payload[key("lines")] = [{key("sku"): f"SKU-{rng.randrange(500):05d}", key("title"): f"Red mug {rng.randrange(500)}",
                              key("quantity"): rng.randrange(1, 9), key("price"): rng.randrange(9000) / 100}
                             for _ in range(LINES)]
    return payload


def type_of(number):
    return ("string", "int64", "string", "decimal(12,2)", "timestamp", "string", "int64", "boolean")[number % 8]


def wide_entities(fields):
    lines = [f"  f{i:03d}: {{type: \"{type_of(i)}\"}}" for i in range(fields)]
    return ("entity: reading\nkind: event\nkey: [f000]\nevent_time: f004\nfields:\n" + "\n".join(lines) + "\n")


def wide_version(fields):
    """Mapped fields lie spread over the record, the two that every record needs among them."""
    step = max(FIELDS) // fields
    leaves = sorted({(i * step) // 8 * 8 + i % 8 if step > 1 else i for i in range(fields)})
    assert len(leaves) == fields and type_of(leaves[0]) == "string"
    lines = [f"      f{i:03d}: $.g{leaf // 20:02d}.leaf{leaf:03d}" for i, leaf in enumerate(leaves)]
    return "match: [{path: $.g00}]\nmappings:\n  reading:\n    fields:\n" + "\n".join(lines) + "\n"


def wide_record(number, rng):
    def value(i):
        kind = type_of(i)
        if i == 0:
            return f"R-{number:08d}"
        if kind == "string":
            return f"text {rng.randrange(100000)}"
        if kind == "int64":
            return rng.randrange(10**6)
        if kind == "boolean":
            return rng.random() < 0.5
        if kind == "timestamp":
            return f"2025-03-{1 + rng.randrange(28):02d}T{rng.randrange(24):02d}:05:07Z"
        return rng.randrange(10**7) / 100
    return {f"g{group:02d}": {f"leaf{i:03d}": value(i) for i in range(group * 20, group * 20 + 20)}
            for group in range(max(FIELDS) // 20)}


def leaves_of(value):
    if isinstance(value, dict):
        return sum(map(leaves_of, value.values()))
    return sum(map(leaves_of, value)) if isinstance(value, list) else 1


class Case:
    """One point of a series: its records, its plan, and how many leaves a byte has."""

    def __init__(self, build, folder, series, number, records):
        self.series = series
        self.number = number
        self.name = f"{series}-{number}"
        self.times = []
        self.records = os.path.join(folder, f"{self.name}.ndjson")
        lines = [json.dumps(record, separators=(",", ":")) + "\n" for record in records]
        write(self.records, "".join(lines))
        self.leaves_a_byte = sum(leaves_of(record) for record in records) / sum(map(len, lines))
        self.plan = os.path.join(folder, f"{self.name}.plan.json")
        with open(self.plan, "wb") as file:
            program = os.path.join(build, "bench", "refine", "assay_bench_plan_of")
            subprocess.run([program, os.path.join(folder, self.name), TENANT], stdout=file, check=True)

    def argument(self):
        return f"{self.name}={self.records},{self.plan},{ROOT}/bench/refine/flights.sql"

    def add(self, bytes_per_second):
        self.times.append(1e9 / (bytes_per_second * self.leaves_a_byte))

    def nanoseconds(self):
        return statistics.median(self.times)


def versions_case(build, folder, series, count, records):
    root = os.path.join(folder, f"{series}-{count}")
    workspace(root, ENTITIES)
    named = series == "named"
    for version in range(1, count + 1):
        write(f"{root}/tenants/{TENANT}/shop/v{version:02d}.yaml", version_file(version, named))
    rng = random.Random(count)
    return Case(build, folder, series, count, [order(rng.randrange(count) + 1, i, named, rng) for i in range(records)])


def fields_case(build, folder, fields, records):
    root = os.path.join(folder, f"fields-{fields}")
    workspace(root, wide_entities(fields))
    write(f"{root}/tenants/{TENANT}/meters/v1.yaml", wide_version(fields))
    rng = random.Random(7)
    return Case(build, folder, "fields", fields, [wide_record(i, rng) for i in range(records)])


def measure(cases, options, folder):
    program = os.path.join(options.build, "bench", "refine", "assay_bench_refine")
    flags = ["--processor-time"] if options.processor_time else []
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
        made = subprocess.run([program, "--json", "--only", "kernel", "--rounds", "3", "--size", options.size, "--folder",
                               folder, *flags, *(case.argument() for case in cases)], check=True, stdout=subprocess.PIPE)
        inputs = json.loads(made.stdout.replace(b"nan", b"null"))["inputs"]
        for case in cases:
            case.add(inputs[case.name]["kernel_bytes_per_second"])


def result_of(cases):
    result = {}
    for series in ("named", "shaped", "fields"):
        times = {str(case.number): case.nanoseconds() for case in cases if case.series == series}
        first, *_, last = times.values()
        result[series] = {"nanoseconds_per_leaf": times, "growth": last / first - 1}
    result["growth_max"] = GROWTH_MAX
    return result


def show(result):
    for series in ("named", "shaped", "fields"):
        of = result[series]
        points = "  ".join(f"{number}: {time:.1f}" for number, time in of["nanoseconds_per_leaf"].items())
        print(f"{series:<8} ns a leaf  {points}   growth {of['growth']:+.0%} (at most {GROWTH_MAX:+.0%})")


def main():
    parser = argparse.ArgumentParser(prog="dev bench versions", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--rounds", type=int, default=7, help="the median counts (default %(default)s)")
    parser.add_argument("--size", default="30MB", help="that each input is repeated to (default %(default)s)")
    parser.add_argument("--records", type=int, default=10000, help="different ones in each input (default %(default)s)")
    parser.add_argument("--processor-time", action="store_true", help="count processor time, for machines that are busy")
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"),
                        help="the build whose programs run (default build/release)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        cases = [versions_case(options.build, folder, series, count, options.records)
                 for series in ("named", "shaped") for count in VERSIONS]
        cases += [fields_case(options.build, folder, fields, options.records // 5) for fields in FIELDS]
        measure(cases, options, folder)
    result = result_of(cases)
    print(json.dumps(result, indent=2)) if options.json else show(result)
    sys.exit(0 if all(result[series]["growth"] <= GROWTH_MAX for series in ("named", "shaped", "fields")) else 1)


if __name__ == "__main__":
    main()
