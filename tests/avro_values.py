"""Random Avro schemas, and for each of their types values with the renditions that docs/formats/renditions.md gives them."""

import base64
import datetime
import math
import struct

EPOCH = datetime.date(1970, 1, 1)


class Number(str):
    """A number as its text stands in JSON."""


def leaves(value, pointer):
    """(JSON Pointer, leaf) as the residue has them."""
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from leaves(part, pointer + "/" + name.replace("~", "~0").replace("/", "~1"))
    elif isinstance(value, list) and value:
        for index, part in enumerate(value):
            yield from leaves(part, f"{pointer}/{index}")
    else:
        yield pointer, value


class Real:
    """A float or a double, equal to every text of JSON that reads back as it."""

    def __init__(self, value, single):
        self.value, self.single = value, single

    def __eq__(self, other):
        if not isinstance(other, Number):
            return False
        read = float(other)
        read = struct.unpack("<f", struct.pack("<f", read))[0] if self.single else read
        # The fewest digits: one less does not read back.
        return read == self.value and math.copysign(1, read) == math.copysign(1, self.value)

    def __repr__(self):
        return f"Real({self.value!r})"


def number_text(unscaled, scale):
    digits = str(abs(unscaled)).rjust(scale + 1, "0")
    text = digits[:len(digits) - scale] + ("." + digits[len(digits) - scale:] if scale else "")
    return Number(("-" if unscaled < 0 else "") + text)


def day_text(days):
    try:
        return (EPOCH + datetime.timedelta(days=days)).isoformat()
    except OverflowError:
        return None


ALIKE = {"int": "number", "long": "number", "float": "number", "double": "number", "boolean": "number", "fixed": "bytes", "array": "bytes",
         "enum": "string", "map": "record"}


class Generator:
    """Schemas, and for each (value for fastavro, rendition)."""

    def __init__(self, random):
        self.random, self.names = random, 0

    def name(self, what):
        self.names += 1
        return f"{what}{self.names}"

    def schema(self, depth):
        pick = self.random.choice(
            ["null", "boolean", "int", "long", "float", "double", "bytes", "string", "enum", "fixed", "logical", "logical"]
            + (["record", "array", "map", "union"] * 3 if depth < 4 else []))
        if pick == "enum":
            return {"type": "enum", "name": self.name("E"), "symbols": ["A", "B_", "c9"][:self.random.randint(1, 3)]}
        if pick == "fixed":
            return {"type": "fixed", "name": self.name("F"), "size": self.random.choice([0, 1, 5, 16])}
        if pick == "logical":
            return self.logical()
        if pick == "record":
            return {"type": "record", "name": self.name("R"), "namespace": self.random.choice(["", "n.s", "x"]),
                    "fields": [{"name": f"f{i}", "type": self.schema(depth + 1)} for i in range(self.random.randint(0, 5))]}
        if pick == "array":
            return {"type": "array", "items": self.schema(depth + 1)}
        if pick == "map":
            return {"type": "map", "values": self.schema(depth + 1)}
        if pick == "union":
            branches, seen = [], set()
            for _ in range(self.random.randint(1, 4)):
                # fastavro finds the branch by the value, so that no two may take the same one.
                branch = self.schema(depth + 1)
                kind = branch if isinstance(branch, str) else branch["type"] if isinstance(branch, dict) else "union"
                kind = ALIKE.get(kind, kind)
                takes_texts = isinstance(branch, dict) and branch.get("logicalType") == "date"
                if kind == "union" or kind in seen or takes_texts:
                    continue
                seen.add(kind)
                branches.append(branch)
            return branches or ["null"]
        return pick

    def logical(self):
        kind = self.random.choice([
            {"type": "int", "logicalType": "date"}, {"type": "int", "logicalType": "time-millis"},
            {"type": "long", "logicalType": "time-micros"}, {"type": "long", "logicalType": "timestamp-millis"},
            {"type": "long", "logicalType": "timestamp-micros"}, {"type": "long", "logicalType": "timestamp-nanos"},
            {"type": "long", "logicalType": "local-timestamp-millis"}, {"type": "long", "logicalType": "local-timestamp-micros"},
            {"type": "string", "logicalType": "uuid"}, {"type": "string", "logicalType": "date"},
            {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": self.random.randint(0, 38)},
            {"type": "fixed", "size": 9, "logicalType": "decimal", "precision": 20, "scale": self.random.randint(0, 20)},
            {"type": "fixed", "size": 16, "logicalType": "uuid"}, {"type": "fixed", "size": 12, "logicalType": "duration"},
            {"type": "long", "logicalType": "unheard-of"}])
        return {**kind, **({"name": self.name("L")} if kind["type"] == "fixed" else {})}

    def integer(self, bits):
        edge = 1 << bits - 1
        return self.random.choice([0, 1, -1, 63, 64, -65, edge - 1, -edge, self.random.randint(-edge, edge - 1),
                                   self.random.randint(-1000, 1000)])

    def text(self):
        return "".join(self.random.choice(["a", "Z", "\"", "\\", "\n", "\x00", "\x1f", "é", "\u2028", "\U0001f600", " ", "/", "~"])
                       for _ in range(self.random.randint(0, 6)))

    def real(self, single):
        if self.random.random() < 0.1:
            return self.random.choice([(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")])
        bits = self.random.randbytes(4 if single else 8)
        value = self.random.choice([0.0, -0.0, 0.1, 1e21, 1e-7, 5e-324, 123456789.0, struct.unpack("<f" if single else "<d", bits)[0]])
        if single:
            value = struct.unpack("<f", struct.pack("<f", value))[0]
        if not math.isfinite(value):
            value = 1.5
        return value, Real(value, single)

    def value(self, schema):
        if isinstance(schema, list):
            branch = self.random.choice(schema)
            value, shown = self.value(branch)
            return value, shown
        kind = schema if isinstance(schema, str) else schema["type"]
        if isinstance(schema, dict) and "logicalType" in schema:
            logical = self.logical_value(schema)
            if logical:
                return logical
        if kind == "null":
            return None, None
        if kind == "boolean":
            value = self.random.random() < 0.5
            return value, value
        if kind in ("int", "long"):
            value = self.integer(32 if kind == "int" else 64)
            return value, Number(value)
        if kind in ("float", "double"):
            return self.real(kind == "float")
        if kind == "bytes" or kind == "fixed":
            value = self.random.randbytes(self.random.randint(0, 7) if kind == "bytes" else schema["size"])
            return value, base64.b64encode(value).decode()
        if kind == "string":
            value = self.text()
            return value, value
        if kind == "enum":
            value = self.random.choice(schema["symbols"])
            return value, value
        return self.container_value(kind, schema)

    def container_value(self, kind, schema):
        if kind == "record":
            pairs = {field["name"]: self.value(field["type"]) for field in schema["fields"]}
        elif kind == "map":
            pairs = {self.text(): self.value(schema["values"]) for _ in range(self.random.randint(0, 3))}
        else:
            many = 200 if schema["items"] in ("int", "string") else 4  # of no bytes each they would be a bomb
            items = [self.value(schema["items"]) for _ in range(self.random.choice([0, 1, 2, 3, many]))]
            return [item[0] for item in items], [item[1] for item in items]
        return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}

    def logical_value(self, schema):
        word = schema["logicalType"]
        if word == "date" and schema["type"] == "int":
            value = self.random.choice([0, -1, -719162, -719163, 2932896, 2932897, self.random.randint(-800_000, 3_000_000)])
            return value, day_text(value) or Number(value)
        if word in ("time-millis", "time-micros"):
            digits = 3 if word == "time-millis" else 6
            value = self.random.choice([0, 86_400 * 10 ** digits - 1, 86_400 * 10 ** digits, -1,
                                        self.random.randrange(86_400 * 10 ** digits)])
            if not 0 <= value < 86_400 * 10 ** digits:
                return value, Number(value)
            return value, self.clock(value, digits)
        if "timestamp" in word:
            digits = {"millis": 3, "micros": 6, "nanos": 9}[word.rpartition("-")[2]]
            value = self.random.choice([0, -1, self.random.randint(-10 ** 18, 10 ** 18), self.random.randint(-10 ** 13, 10 ** 13)])
            days, rest = divmod(value, 86_400 * 10 ** digits)
            day = day_text(days)
            if day is None:
                return value, Number(value)
            return value, day + "T" + self.clock(rest, digits) + ("" if word.startswith("local") else "Z")
        if word == "uuid":
            octets = self.random.randbytes(16)
            text = octets.hex()
            text = "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])
            return (text, text) if schema["type"] == "string" else (octets, text)
        if word == "decimal":
            size = schema.get("size", self.random.randint(1, 20))
            value = self.random.choice([0, 1, -1, 255, -256, self.random.randint(-(1 << size * 8 - 1), (1 << size * 8 - 1) - 1)])
            size = schema.get("size", max(size, 2))
            return value.to_bytes(size, "big", signed=True), number_text(value, schema["scale"])
        if word == "duration":
            parts = [self.random.randrange(1 << 32) for _ in range(3)]
            return struct.pack("<III", *parts), dict(zip(("months", "days", "milliseconds"), map(Number, parts)))
        return None

    @staticmethod
    def clock(value, digits):
        seconds, fraction = divmod(value, 10 ** digits)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:0{digits}}"
