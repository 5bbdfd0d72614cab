"""Avro as a format: the fingerprints of Avro's own tests, its container files in every codec, and random schemas and values
that fastavro, a writer that knows nothing of ours, puts into files; what a file may suffer on its way; and hostile files.
"""

import io
import json
import os
import struct
import sys
import zlib

import fastavro

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
from avro_values import Generator, Number, leaves  # noqa: E402
from suite import Suite, need_data  # noqa: E402

CODECS = ("null", "deflate", "zstandard", "snappy")
READING = {
    "assay.yaml": "name: avro\n",
    "sources/files.yaml": 'source: files\nkind: file\nroutes:\n  - {pattern: "{tenant}/{application}/*"}\n',
    "entities/reading.yaml": "entity: reading\nkind: event\nkey: [station, time]\nevent_time: time\nfields:\n"
                             "  station: {type: string}\n  time: {type: timestamp}\n  temp: {type: int64}\n",
}
READING_VERSION = ("match: [{path: $.station}]\nmappings:\n  reading:\n    fields:\n      station: $.station\n"
                   "      time: {path: $.time, format: epoch_millis}\n      temp: $.temp\n")
THING = {
    "assay.yaml": "name: avro\n",
    "sources/files.yaml": 'source: files\nkind: file\nroutes:\n  - {pattern: "{tenant}/{application}/*"}\n',
    "entities/thing.yaml": "entity: thing\nkind: event\nkey: [id]\nevent_time: ingest\nfields:\n  id: {type: string}\n",
}
THING_VERSION = "match: [{path: %s}]\nmappings:\n  thing:\n    fields:\n      id: %s\n"
WEATHER = {"type": "record", "name": "Weather", "namespace": "test", "fields": [
    {"name": "station", "type": "string"}, {"name": "time", "type": "long"}, {"name": "temp", "type": "int"}]}


def same(actual, expected, what):
    assert actual == expected, f"{what}: {actual!r}, expected {expected!r}"


def workspace(suite, name, files, versions):
    """A folder with these files, and for each (tenant, application) one version."""
    shop = os.path.join(suite.folder, name)
    for path, text in {**files, **{f"tenants/{tenant}/{application}/1.yaml": text
                                   for (tenant, application), text in versions.items()}}.items():
        os.makedirs(os.path.dirname(os.path.join(shop, path)), exist_ok=True)
        with open(os.path.join(shop, path), "w", encoding="utf-8") as file:
            file.write(text)
    suite.run("-C", shop, "apply")
    return shop


def put(shop, tenant, application, name, content):
    path = os.path.join(shop, "in", tenant, application, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    return path


def proven(suite, shop):
    found = suite.json("-C", shop, "verify", "--deep", expect="any")
    assert found["ok"], found["problems"][:5]


def query(suite, shop, tenant, sql):
    return suite.json("-C", shop, "sql", "--tenant", tenant, sql)["rows"]


def container(schema, records, **options):
    out = io.BytesIO()
    fastavro.writer(out, schema, records, **options)
    return out.getvalue()


# ------------------------------------------------------------------------------------------------------- fingerprints

def schema_tests(path):
    """(input, canonical form, fingerprint or None) of Avro's own list."""
    cases, lines = [], iter(open(path, encoding="utf-8").read().split("\n"))
    for line in lines:
        if not line.startswith("<<"):
            continue
        name, _, text = line[2:].partition(" ")
        if not text:
            taken = []
            while (line := next(lines)) != name:
                taken.append(line)
            text = "\n".join(taken)
        if name == "INPUT":
            cases.append([text, None, None])
        else:
            cases[-1][1 if name == "canonical" else 2] = text
    return cases


def fingerprints(suite):
    cases = schema_tests(need_data("suites", "avro", "data", "schema-tests.txt"))
    assert len(cases) >= 34 and sum(case[2] is not None for case in cases) == 26, "the list has changed"
    path = os.path.join(suite.folder, "schema.avsc")
    failed = []
    for text, canonical, fingerprint in cases:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        found = suite.json("registry", "fingerprint", path)
        crc = int.from_bytes(bytes.fromhex(found["crc64_avro"]), "big", signed=True)
        if found["canonical"] != canonical or (fingerprint and crc != int(fingerprint)):
            failed.append((text, found))
    suite.count("fingerprints of schema-tests.txt", len(cases) - len(failed), len(failed), f" {failed}" if failed else "")


# -------------------------------------------------------------------------------------------------------- Avro's files

def codec_files(suite):
    folder = need_data("suites", "avro", "data")
    names = {"null": "weather.avro", "deflate": "weather-deflate.avro", "snappy": "weather-snappy.avro",
             "zstd": "weather-zstd.avro", "sorted": "weather-sorted.avro"}
    with open(os.path.join(folder, "weather.json"), encoding="utf-8") as file:
        truth = sorted((row["station"], row["time"], row["temp"]) for row in map(json.loads, file))
    shop = workspace(suite, "codecs", READING, {(tenant, "weather"): READING_VERSION for tenant in names})
    paths = []
    for tenant, name in names.items():
        with open(os.path.join(folder, name), "rb") as file:
            # Without the extension: content decides.
            paths.append(put(shop, tenant, "weather", "readings", file.read()))
    same(suite.json("-C", shop, "ingest", *paths)["records"], 5 * len(truth), "records")
    suite.run("-C", shop, "run")
    for tenant in names:
        def one(tenant=tenant):
            rows = query(suite, shop, tenant, "SELECT station, epoch_ms(time), temp FROM silver.reading ORDER BY ALL")
            same(sorted((row[0], int(row[1]), int(row[2])) for row in rows), truth, "rows")
            same(query(suite, shop, tenant, 'SELECT "offset" FROM bronze.record ORDER BY 1'),
                 [[number] for number in range(len(truth))], "offsets")
        suite.case(f"codec file {names[tenant]}", one)
    suite.case("the proof holds over the codec files", proven, suite, shop)


def other_files(suite):
    """Files of Avro's own tests with other schemas, by fastavro."""
    folder = need_data("suites", "avro", "data")
    files = {"person": ("syncInMeta.avro", "$.ID"), "simple": ("schemas/simple/data.avro", "$.text"),
             "union": ("schemas/withUnion/data.avro", "$.data1")}
    shop = workspace(suite, "others", THING, {("t", name): THING_VERSION % (path, path) for name, (_, path) in files.items()})
    expected = {}
    for name, (file_name, path) in files.items():
        with open(os.path.join(folder, file_name), "rb") as file:
            content = file.read()
        put(shop, "t", name, "data", content)
        # fastavro takes all metadata for text.
        mark = content.find(b"avro.sync ")
        readable = content[:mark + 10] + b"." * 16 + content[mark + 26:] if mark > 0 else content
        expected[name] = list(fastavro.reader(io.BytesIO(readable)))
    suite.run("-C", shop, "ingest", os.path.join(shop, "in"))
    suite.run("-C", shop, "run")
    for name, records in expected.items():
        key = files[name][1][2:]
        rows = query(suite, shop, "t", 'SELECT s.id, r.leaves FROM bronze.record b JOIN silver.thing s USING (record_id) '
                     f"LEFT JOIN silver.residue r USING (record_id) WHERE b.application = '{name}' ORDER BY b.\"offset\"")
        same([row[0] for row in rows], [str(record[key]) for record in records], f"ids of {name}")
        same([json.loads(row[1]) if row[1] else {} for row in rows],
             [dict(leaves(rest, "")) if (rest := {k: v for k, v in record.items() if k != key}) else {} for record in records],
             f"leaves of {name}")
    proven(suite, shop)


# ---------------------------------------------------------------------------------------------------- random values

def random_values(suite, count):
    """Each schema is a file, and a field of its records is mapped; all else is residue, leaf by leaf."""
    generator = Generator(suite.random)
    shop = workspace(suite, "random", THING, {("t", "a"): THING_VERSION % ("$.id", "$.id")})
    expected = {}
    for number in range(count):
        schema = {"type": "record", "name": "Root", "fields": [
            {"name": "id", "type": "string"}, {"name": "v", "type": generator.schema(0)}]}
        records = [generator.value(schema["fields"][1]["type"]) for _ in range(suite.random.choice([0, 1, 3, 20]))]
        rows = [{"id": f"{number}-{index}", "v": value[0]} for index, value in enumerate(records)]
        expected.update({row["id"]: dict(leaves({"v": value[1]}, "")) for row, value in zip(rows, records)})
        content = container(fastavro.parse_schema(json.loads(json.dumps(schema))), rows, codec=suite.random.choice(CODECS),
                            sync_interval=suite.random.choice([1, 100, 16000]))
        put(shop, "t", "a", f"{number}", content)
    suite.run("-C", shop, "ingest", os.path.join(shop, "in"))
    suite.run("-C", shop, "run")
    rows = query(suite, shop, "t", "SELECT s.id, r.leaves FROM silver.thing s LEFT JOIN silver.residue r USING (record_id)")
    found = {row[0]: json.loads(row[1], parse_int=Number, parse_float=Number) if row[1] else {} for row in rows}
    refused = query(suite, shop, "t", "SELECT code, reason, count(*) FROM bronze.quarantine GROUP BY ALL")
    assert found.keys() == expected.keys(), f"{len(found)} of {len(expected)} records; refused: {refused}"
    wrong = [(name, found[name], expected[name]) for name in expected if expected[name] != found[name]]
    suite.count("random values written by fastavro", len(expected) - len(wrong), len(wrong), f" {wrong[:2]}" if wrong else "")
    suite.case("the proof holds over random values", proven, suite, shop)


# ------------------------------------------------------------------------------------------------- damage and growth

class Weather:
    """A workspace with one file that changes."""

    def __init__(self, suite, name):
        self.suite = suite
        self.shop = workspace(suite, name, READING, {("t", "weather"): READING_VERSION})

    def take(self, content, name="f.avro"):
        report = self.suite.json("-C", self.shop, "ingest", put(self.shop, "t", "weather", name, content), expect="any")
        self.suite.run("-C", self.shop, "run")
        return report

    def temps(self):
        return [int(row[0]) for row in query(self.suite, self.shop, "t", "SELECT temp FROM silver.reading ORDER BY 1")]

    def refused(self):
        return [[int(row[0]), row[1]] for row in query(self.suite, self.shop, "t", "SELECT code, reason FROM bronze.quarantine ORDER BY \"offset\"")]


def readings(first, last):
    return [{"station": "s", "time": 1_600_000_000_000 + number, "temp": number} for number in range(first, last)]


def take_long(content, at):
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return (value >> 1) ^ -(value & 1), at


def blocks_of(content):
    """(header, [block]) of a container file."""
    sync = content[-16:]
    end = content.index(sync) + 16
    header, blocks = content[:end], []
    while end < len(content):
        _, at = take_long(content, end)
        size, at = take_long(content, at)
        blocks.append(content[end:at + size + 16])
        end = at + size + 16
    return header, blocks


def grows(suite):
    weather = Weather(suite, "grows")
    header, blocks = blocks_of(container(WEATHER, readings(0, 30), sync_interval=50, codec="deflate"))
    assert len(blocks) > 3
    weather.take(header)
    report = weather.take(header + blocks[0] + blocks[1][:-3])
    same(report["inputs"][0]["outcome"], "continued", "outcome")
    assert "incomplete" in report["inputs"][0]["note"], report
    taken = len(weather.temps())
    assert 0 < taken < 30
    weather.take(header + b"".join(blocks[:-1]))
    assert taken < len(weather.temps()) < 30
    weather.take(header + b"".join(blocks))
    same(weather.temps(), list(range(30)), "temps")
    offsets = query(suite, weather.shop, "t", 'SELECT "offset" FROM bronze.record ORDER BY 1')
    same(offsets, [[number] for number in range(30)], "offsets")
    same(weather.take(header + b"".join(blocks))["inputs"][0]["outcome"], "unchanged", "again")
    proven(suite, weather.shop)


def truncated(suite):
    weather = Weather(suite, "truncated")
    content = container(WEATHER, readings(0, 30), sync_interval=50)
    header, blocks = blocks_of(content)
    for size in (0, 3, len(header) - 1):
        report = weather.take(content[:size], f"{size}.avro")
        same(report["records"], 0, "records of half a header")
    report = weather.take(content[:-40])
    assert "incomplete" in report["inputs"][0]["note"], report
    assert 0 < len(weather.temps()) < 30
    same(weather.refused(), [], "quarantine")
    proven(suite, weather.shop)


def damaged(suite, codec):
    """A flipped bit in a block costs that block alone, and its bytes wait in quarantine."""
    weather = Weather(suite, f"damaged-{codec}")
    header, blocks = blocks_of(container(WEATHER, readings(0, 60), sync_interval=50, codec=codec))
    broken = bytearray(blocks[1])
    broken[3 if codec == "null" else -20] ^= 0x55  # the first size within; what is compressed, or its check sum
    marker = bytearray(blocks[3])
    marker[-5] ^= 1
    weather.take(header + blocks[0] + bytes(broken) + blocks[2] + bytes(marker) + b"".join(blocks[4:]))
    refused = weather.refused()
    lost = len(readings(0, 60)) - len(weather.temps())
    assert lost > 0 and refused and all(code == 2032 for code, _ in refused), (lost, refused)
    kept = query(suite, weather.shop, "t", "SELECT sum(payload_length) FROM bronze.quarantine")[0][0]
    assert int(kept) > len(blocks[3]), kept
    assert weather.temps()[-1] == 59, "what stands behind the damage"
    proven(suite, weather.shop)


def killed(suite):
    """A file of several epochs (its long schema fills them), killed on the way: each record is there once."""
    weather = Weather(suite, "killed")
    content = container({**WEATHER, "doc": "d" * 20_000}, readings(0, 8000), sync_interval=4000)
    path = put(weather.shop, "t", "weather", "f", content)
    for point in ("control_transaction.before:2", "random:15"):
        suite.run("-C", weather.shop, "ingest", path, environment={"ASSAY_KILL_AT": point}, expect=-9)
    suite.run("-C", weather.shop, "ingest", path)
    suite.run("-C", weather.shop, "run")
    same(weather.temps(), list(range(8000)), "temps")
    epochs = query(suite, weather.shop, "t", "SELECT count(DISTINCT manifest_id) FROM bronze.record")[0][0]
    assert int(epochs) > 2, epochs
    proven(suite, weather.shop)


# -------------------------------------------------------------------------------------- messages that name their schema

def datum(schema, value):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(json.loads(json.dumps(schema))), value)
    return out.getvalue()


def register(suite, shop, subject, schema, *options):
    path = os.path.join(shop, subject + ".schema")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(schema, file)
    return suite.json("-C", shop, "registry", "register", subject, path, "--tenant", "t", "--owner", "tests", *options)["id"]


def framed(number, body):
    return b"\0" + struct.pack(">I", number) + body


ORDER = {"type": "record", "name": "Order", "namespace": "shop", "fields": [
    {"name": "id", "type": "string"}, {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}


def wire_format(suite):
    """Messages of Confluent's wire format, whose ids the registry knows: Avro with and without references, and JSON."""
    shop = workspace(suite, "wire", THING, {("t", "a"): THING_VERSION % ("$.id", "$.id")})
    plain = register(suite, shop, "orders-value", ORDER)
    register(suite, shop, "address", {"type": "record", "name": "Address", "namespace": "shop", "fields": [
        {"name": "city", "type": "string"}]})
    deep = {"type": "record", "name": "Customer", "namespace": "shop", "fields": [
        {"name": "id", "type": "string"}, {"name": "home", "type": "shop.Address"}]}
    whole = {**deep, "fields": [deep["fields"][0], {"name": "home", "type": {
        "type": "record", "name": "Address", "namespace": "shop", "fields": [{"name": "city", "type": "string"}]}}]}
    referring = register(suite, shop, "customers-value", deep, "--reference", "shop.Address=address:1")
    text = register(suite, shop, "events-value", {"type": "object"}, "--type", "JSON")
    messages = {
        "plain": framed(plain, datum(ORDER, {"id": "1", "at": 0})),
        "newline": framed(plain, datum(ORDER, {"id": "2\n", "at": -1})),
        "deep": framed(referring, datum(whole, {"id": "3", "home": {"city": "Rome"}})),
        "json": framed(text, b'{"id": "4", "n": 1.50}'),
    }
    for name, content in messages.items():
        put(shop, "t", "a", name, content)
    suite.run("-C", shop, "ingest", os.path.join(shop, "in"))
    suite.run("-C", shop, "run")
    rows = query(suite, shop, "t", "SELECT s.id, r.leaves FROM silver.thing s JOIN silver.residue r USING (record_id) ORDER BY 1")
    same([[row[0], json.loads(row[1], parse_float=str)] for row in rows],
         [["1", {"/at": "1970-01-01T00:00:00.000Z"}], ["2\n", {"/at": "1969-12-31T23:59:59.999Z"}],
          ["3", {"/home/city": "Rome"}], ["4", {"/n": "1.50"}]], "rows")
    kept = query(suite, shop, "t", "SELECT sum(octet_length(payload)), count(headers) FROM bronze.record")[0]
    same([int(kept[0]), int(kept[1])], [sum(map(len, messages.values())), 4], "bytes and headers in bronze")
    proven(suite, shop)


def unknown_schema(suite):
    """An id that nobody registered waits in quarantine, and is taken out once somebody has."""
    shop = workspace(suite, "unknown", THING, {("t", "a"): THING_VERSION % ("$.id", "$.id")})
    put(shop, "t", "a", "early", framed(1, datum(ORDER, {"id": "early", "at": 0})))
    suite.run("-C", shop, "ingest", os.path.join(shop, "in"))
    suite.run("-C", shop, "run")
    refused = query(suite, shop, "t", "SELECT code, reason FROM bronze.quarantine")
    same([int(row[0]) for row in refused], [2031], "codes")
    assert "id 1" in refused[0][1] and "reprocess" in refused[0][1], refused
    proven(suite, shop)
    same(register(suite, shop, "orders-value", ORDER), 1, "id")
    suite.run("-C", shop, "quarantine", "reprocess", "--code", "2031", "--actor", "ann", "--reason", "registered")
    suite.run("-C", shop, "run")
    same(query(suite, shop, "t", "SELECT id FROM silver.thing"), [["early"]], "rows")
    same(suite.json("-C", shop, "quarantine", "list")["groups"], [], "left in quarantine")
    proven(suite, shop)


def single_object(suite):
    """Avro's own single-object message, and one whose fingerprint nobody knows."""
    folder = need_data("suites", "avro", "data", "messageV1")
    shop = workspace(suite, "single", THING, {("t", "a"): THING_VERSION % ("$.id", "$.id")})
    with open(os.path.join(folder, "test_schema.avsc"), encoding="utf-8") as file:
        register(suite, shop, "messages", json.load(file))
    with open(os.path.join(folder, "test_message.bin"), "rb") as file:
        message = file.read()
    put(shop, "t", "a", "message", message)
    put(shop, "t", "a", "stranger", message[:4] + b"\0" + message[5:])
    suite.run("-C", shop, "ingest", os.path.join(shop, "in"))
    suite.run("-C", shop, "run")
    rows = query(suite, shop, "t", "SELECT s.id, r.leaves FROM silver.thing s JOIN silver.residue r USING (record_id)")
    same([[row[0], json.loads(row[1])] for row in rows],
         [["42", {"/name": "Bill", "/tags/0": "dog_lover", "/tags/1": "cat_hater"}]], "rows")
    same([int(row[0]) for row in query(suite, shop, "t", "SELECT code FROM bronze.quarantine")], [2031], "codes")
    proven(suite, shop)


# ------------------------------------------------------------------------------------------------------------ hostile

def long(value):
    value = (value << 1) ^ (value >> 63)
    value &= (1 << 64) - 1
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def raw_file(schema, blocks, codec="null", sync=b"S" * 16):
    """A container of (count, bytes) blocks, whatever they say."""
    text = (schema if isinstance(schema, str) else json.dumps(schema)).encode()
    header = b"Obj\1" + long(2) + long(11) + b"avro.schema" + long(len(text)) + text
    header += long(10) + b"avro.codec" + long(len(codec)) + codec.encode() + long(0) + sync
    return header + b"".join(long(count) + long(len(data)) + data + sync for count, data in blocks)


def deflated(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def field(kind):
    return {"type": "record", "name": "R", "fields": [{"name": "station", "type": kind}]}


NODE = {"type": "record", "name": "R", "fields": [{"name": "station", "type": ["null", "R"]}]}
HOSTILE = {  # name: (file, codes in quarantine)
    "array of nothing, 2^60 times": (raw_file(field({"type": "array", "items": "null"}), [(1, long(1 << 60))]), {2032}),
    "array of 50,000 nothings": (raw_file(field({"type": "array", "items": "null"}), [(1, long(50_000) + b"\0")]), {2004}),
    "a record in itself, without an end": (raw_file({"type": "record", "name": "R", "fields": [{"name": "station", "type": "R"}]},
                                                    [(1, b"")]), {2032}),
    "depth": (raw_file(NODE, [(1, b"\2" * 50_000 + b"\0")]), {2003}),
    "bomb": (raw_file(field("bytes"), [(1, deflated(b"\0" * (200 << 20)))], "deflate"), {2032}),
    "2^62 values of no bytes": (raw_file({"type": "record", "name": "R", "fields": []}, [(1 << 62, b"")]), {2032}),
    "a string of 2^62 bytes": (raw_file(field("string"), [(1, long(1 << 62) + b"x")]), {2032}),
    "a negative size": (raw_file(field("string"), [(1, long(-5) + b"x")]), {2032}),
    "a block of negative size": (raw_file(field("string"), [])[:] + long(1) + long(-3) + b"abc" + b"S" * 16, {2032}),
    "a branch that is not there": (raw_file(field(["null", "int"]), [(1, long(7))]), {2032}),
    "a symbol that is not there": (raw_file(field({"type": "enum", "name": "E", "symbols": ["A"]}), [(1, long(3))]), {2032}),
    "bytes behind the values": (raw_file(field("int"), [(1, long(3) + b"rest")]), {2103, 2032}),
    "not UTF-8": (raw_file(field("string"), [(1, long(2) + b"\xff\xfe")]), {2030}),
    "a key twice": (raw_file(field({"type": "map", "values": "int"}), [(1, long(2) + (long(1) + b"a" + long(1)) * 2 + b"\0")]), {2002}),
    "names that grow": (raw_file({"type": "record", "name": "R", "fields": [
        {"name": "n" * 500 + str(i), "type": "null"} for i in range(100)]}, [(60_000, b"")]), {2004, 2032}),
    "no record": (raw_file('"string"', [(2, (long(1) + b"a") * 2)]), {2008}),
    "a decimal of 4,000 bytes": (raw_file(field({"type": "bytes", "logicalType": "decimal", "precision": 10}),
                                          [(1, long(4000) + b"\x7f" * 4000)]), {2030}),
}
REFUSED = {  # name: file, all of which end as A4103
    "no schema": b"Obj\1\0" + b"S" * 16,
    "no JSON as a schema": raw_file("{", []),
    "a schema that is none": raw_file({"type": "record", "name": "R"}, []),
    "a codec that is not read": raw_file(field("int"), [], "bzip2"),
    "a schema within a schema, 10,000 deep": raw_file('{"type":"array","items":' * 10_000 + '"int"' + "}" * 10_000, []),
    "a header without an end": b"Obj\1" + long(1 << 40) + (long(1) + b"k" + long(100_000) + b"v" * 100_000) * 40,
}


def hostile(suite, name):
    content, codes = HOSTILE[name]
    weather = Weather(suite, "hostile-" + name.replace(" ", "-").replace(",", ""))
    weather.take(content)
    found = {code for code, _ in weather.refused()}
    same(found, codes, "codes")
    proven(suite, weather.shop)


def refused(suite, name):
    weather = Weather(suite, "refused-" + name.replace(" ", "-").replace(",", ""))
    report = weather.take(REFUSED[name])
    same([report["inputs"][0]["outcome"], report["inputs"][0]["error"]["code"]], ["failed", 4103], "report")


def main():
    suite = Suite("avro")
    suite.case("fingerprints", fingerprints, suite)
    suite.case("codec files", codec_files, suite)
    suite.case("other files of Avro's tests", other_files, suite)
    suite.case("random values", random_values, suite, 400 if suite.full else 60)
    suite.case("a file grows", grows, suite)
    suite.case("a file is cut off", truncated, suite)
    for codec in CODECS:
        suite.case(f"damaged blocks, {codec}", damaged, suite, codec)
    suite.case("killed on the way", killed, suite)
    suite.case("wire format", wire_format, suite)
    suite.case("a schema that comes later", unknown_schema, suite)
    suite.case("single objects", single_object, suite)
    for name in HOSTILE:
        suite.case(f"hostile: {name}", hostile, suite, name)
    for name in REFUSED:
        suite.case(f"refused: {name}", refused, suite, name)
    suite.finish()


if __name__ == "__main__":
    main()
