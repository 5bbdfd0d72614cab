"""Other readers on the tables that Assay wrote: pyiceberg through the SQL catalog, DuckDB's iceberg_scan, pyarrow on
every Parquet file, fastavro on every Avro file. One case a table and reader. Runs in .venv (tests/requirements.txt).

`--size ci` takes a part of the inputs. The files of each example come in two halves, so that tables have several
snapshots, and the manifests of the first must have been carried over by the second.
"""

import gzip
import json
import os
import shutil
import struct
import subprocess
import sys

import duckdb
import duckdb_extension_avro
import duckdb_extension_iceberg
import fastavro
import pyarrow.compute as compute
import pyarrow.parquet as parquet
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import And, EqualTo, GreaterThanOrEqual, IsNull
from pyiceberg.types import (BinaryType, BooleanType, DateType, DecimalType, DoubleType, IntegerType, LongType,
                             StringType, TimestamptzType)

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from deployment import Deployment  # noqa: E402
from suite import ROOT, Suite, need_data  # noqa: E402

sys.path.insert(0, os.path.join(ROOT, "examples"))
from steps import generator_program  # noqa: E402

CI_INVOICES, CI_FLIGHTS = 1_200, 3_000
MICROS_PER_DAY = 86_400_000_000
BOUND_BYTES_MAX = 64  # longer texts are cut in a manifest (docs/formats/lake-files.md)

# Field ids of the specification that are required in format version 2, and those that may be null.
LIST_IDS = {500, 501, 502, 517, 515, 516, 503, 504, 505, 506, 512, 513, 514}
LIST_IDS_OPTIONAL = {507, 519}
ENTRY_IDS = {0: False, 1: True, 3: True, 4: True, 2: False}
FILE_IDS_REQUIRED = {134, 100, 101, 102, 103, 104}


def same(actual, expected, what):
    assert actual == expected, f"{what}: {actual}, expected {expected}"


# ---------------------------------------------------------------------------------------------- fingerprints


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def fingerprint_sql(columns, relation):
    """Rows of a relation as a multiset: the count, and for each column and for whole rows two sums of DuckDB's hash."""
    names = [quoted(column) for column in columns]
    parts = ["count(*)"]
    for text in [*names, ", ".join(names)]:
        parts.append(f"sum(hash({text})::HUGEINT)::VARCHAR || '/' || bit_xor(hash({text}))::VARCHAR")
    parts += [f"count({name})" for name in names]
    return f"SELECT {', '.join(parts)} FROM {relation}"


def labels(columns):
    return ["rows", *(f"values of {column}" for column in columns), "whole rows",
            *(f"non-null {column}" for column in columns)]


def files_sql(table, paths):
    """The table's files read by field id, with nothing of Iceberg."""
    def literal(text):
        return "'" + text.replace("'", "''") + "'"
    files = ", ".join(literal(path) for path in paths)
    columns = ", ".join(f"{field.field_id}: {{name: {literal(field.name)}, "
                        f"type: {literal(duckdb_type(field.field_type))}, default_value: NULL}}"
                        for field in table.schema().fields)
    return f"read_parquet([{files}], schema = MAP {{{columns}}}, hive_partitioning = false)"


def duckdb_type(field_type):
    if isinstance(field_type, DecimalType):
        return f"DECIMAL({field_type.precision}, {field_type.scale})"
    return {BooleanType: "BOOLEAN", IntegerType: "INTEGER", LongType: "BIGINT", DoubleType: "DOUBLE", DateType: "DATE",
            TimestamptzType: "TIMESTAMPTZ", StringType: "VARCHAR", BinaryType: "BLOB"}[type(field_type)]


def sums_sql(table, relation):
    """Exact sums of the numbers of a table; doubles only as their greatest value, since their sums depend on order."""
    parts = ["count(*)::VARCHAR"]
    for field in table.schema().fields:
        name = quoted(field.name)
        if isinstance(field.field_type, (IntegerType, LongType)):
            parts.append(f"sum({name}::DECIMAL(38, 0))::VARCHAR")
        elif isinstance(field.field_type, DecimalType):
            parts.append(f"sum({name}::DECIMAL(38, {field.field_type.scale}))::VARCHAR")
        elif isinstance(field.field_type, DoubleType):
            parts.append(f"max({name})::VARCHAR")
        elif isinstance(field.field_type, TimestamptzType):
            parts.append(f"sum(epoch_us({name})::DECIMAL(38, 0))::VARCHAR")
        elif isinstance(field.field_type, StringType):
            parts.append(f"sum(strlen({name}))::VARCHAR")
        elif isinstance(field.field_type, BinaryType):
            parts.append(f"sum(octet_length({name}))::VARCHAR")
    return f"SELECT {', '.join(parts)} FROM {relation}"


# ---------------------------------------------------------------------------------------------------- bounds


def decoded(field_type, data):
    """A bound's bytes by the specification's appendix D, with nothing of a library."""
    if isinstance(field_type, BooleanType):
        return data != b"\0"
    if isinstance(field_type, (IntegerType, LongType, DateType, TimestamptzType)):
        return int.from_bytes(data, "little", signed=True)
    if isinstance(field_type, DecimalType):
        return int.from_bytes(data, "big", signed=True)
    if isinstance(field_type, DoubleType):
        return struct.unpack("<d", data)[0]
    return data


def plain(field_type, scalar):
    """A value of pyarrow in the form of `decoded`."""
    if isinstance(field_type, (DateType, TimestamptzType)):
        return scalar.value
    if isinstance(field_type, DecimalType):
        return int(scalar.as_py().scaleb(field_type.scale))
    if isinstance(field_type, StringType):
        return scalar.as_py().encode()
    return scalar.as_py()


def check_column(file, field, column, chunks):
    """Counts and bounds of one column of one data file against its values."""
    what = f"{file.file_path} column {field.name}"
    same(file.value_counts[field.field_id], len(column), f"{what}: values")
    same(file.null_value_counts[field.field_id], column.null_count, f"{what}: nulls")
    same(file.column_sizes[field.field_id], sum(chunk.total_compressed_size for chunk in chunks), f"{what}: bytes")
    lower, upper = file.lower_bounds.get(field.field_id), file.upper_bounds.get(field.field_id)
    if isinstance(field.field_type, DoubleType):
        nan = compute.is_nan(column)
        same(file.nan_value_counts[field.field_id], compute.sum(nan).as_py() or 0, f"{what}: NaN")
        column = column.filter(compute.invert(nan))
    else:
        assert field.field_id not in file.nan_value_counts, f"{what}: NaN counted"
    values = column.drop_null()
    if len(values) == 0 or isinstance(field.field_type, BinaryType):
        assert lower is None and upper is None, f"{what}: bounds without values, or of binary values"
        return
    extremes = compute.min_max(values)
    least, greatest = plain(field.field_type, extremes["min"]), plain(field.field_type, extremes["max"])
    low = decoded(field.field_type, lower)
    assert low <= least, f"{what}: lower bound {low} above {least}"
    if isinstance(field.field_type, StringType) and len(least) > BOUND_BYTES_MAX:
        assert least.startswith(low) and low, f"{what}: a cut lower bound is the text's beginning"
    else:
        same(low, least, f"{what}: lower bound")
    if isinstance(field.field_type, StringType) and len(greatest) > BOUND_BYTES_MAX:
        assert upper is None or greatest <= upper, f"{what}: upper bound below a value"
    else:
        same(decoded(field.field_type, upper), greatest, f"{what}: upper bound")


def check_partition(file, spec, schema, rows):
    """Every row of a file has the file's partition value."""
    for place, field in enumerate(spec.fields):
        column = rows.column(schema.find_column_name(field.source_id))
        value = file.partition[place]
        if value is None:
            same(column.null_count, len(column), f"{file.file_path}: nulls in a partition of nulls")
            continue
        same(column.null_count, 0, f"{file.file_path}: nulls in a partition")
        transform = str(field.transform)
        if transform == "identity":
            same(compute.unique(column).to_pylist(), [value], f"{file.file_path}: {field.name}")
        elif transform == "day":
            extremes = compute.min_max(column)
            days = {extremes[end].value // MICROS_PER_DAY for end in ("min", "max")}
            same(days, {value}, f"{file.file_path}: {field.name}")
        else:
            same(transform, "month", "transform")
            months = {(moment.year - 1970) * 12 + moment.month - 1 for moment in compute.unique(
                compute.floor_temporal(column, unit="month")).to_pylist()}
            same(months, {value}, f"{file.file_path}: {field.name}")


# ------------------------------------------------------------------------------------------------ one lake


class Lake:
    """The tables of one workspace, as strangers find them: by the catalog in its control database."""

    def __init__(self, suite, name, deployment):
        self.suite, self.name, self.deployment = suite, name, deployment
        self.folder = os.path.join(deployment.folder, ".assay")
        self.catalog = SqlCatalog("lake", uri=f"sqlite:///{self.folder}/control.db",
                                  warehouse=f"file://{self.folder}/lake", init_catalog_tables="false")
        self.database = self.connect()
        self.names = sorted(".".join(identifier) for namespace in self.catalog.list_namespaces()
                            for identifier in self.catalog.list_tables(namespace))

    @staticmethod
    def connect():
        database = duckdb.connect(config={"autoinstall_known_extensions": "false",
                                          "autoload_known_extensions": "false"})
        for package in (duckdb_extension_avro, duckdb_extension_iceberg):  # in this order
            name = package.__name__.removeprefix("duckdb_extension_")
            folder = os.path.join(os.path.dirname(package.__file__), "extensions", f"v{duckdb.__version__}")
            database.execute(f"LOAD '{folder}/{name}.duckdb_extension'")
        database.execute("SET TimeZone = 'UTC'")
        return database

    def cases(self):
        self.suite.case(f"{self.name}: catalog and folders name the same tables", self.tables_are_complete)
        for name in self.names:
            table = self.catalog.load_table(name)
            rows = {}
            for reader, body in (("pyiceberg", self.pyiceberg_reads), ("pyiceberg, by its filters", self.filters_hold),
                                 ("pyiceberg, each snapshot", self.snapshots_add_up), ("duckdb", self.duckdb_reads),
                                 ("assay sql", self.assay_agrees), ("pyarrow", self.files_are_described),
                                 ("fastavro", self.avro_is_whole)):
                self.suite.case(f"{self.name}: {reader} reads {name}", body, table, name, rows)
            rows.clear()

    def tables_are_complete(self):
        lake = os.path.join(self.folder, "lake")
        on_disk = sorted(f"{space}.{table}" for space in os.listdir(lake)
                         for table in os.listdir(os.path.join(lake, space)))
        same(self.names, on_disk, "tables")
        assert self.names, "no tables"

    # Rows.

    @staticmethod
    def columns_of(table):
        return [field.name for field in table.schema().fields]

    def compare(self, table, one, other, what):
        columns = self.columns_of(table)
        left = self.database.execute(fingerprint_sql(columns, one)).fetchone()
        right = self.database.execute(fingerprint_sql(columns, other)).fetchone()
        different = [label for label, a, b in zip(labels(columns), left, right) if a != b]
        assert not different, f"{what}: {', '.join(different)} differ"

    def read(self, table, rows):
        """What pyiceberg gives, once a table."""
        if "pyiceberg" not in rows:
            rows["pyiceberg"] = table.scan().to_arrow()
        self.database.register("stranger", rows["pyiceberg"])
        return rows["pyiceberg"]

    def paths_of(self, table):
        return [task.file.file_path.removeprefix("file://") for task in table.scan().plan_files()]

    def pyiceberg_reads(self, table, _name, rows):
        """The rows are those of the Parquet files themselves, and as many as the summary says."""
        found = self.read(table, rows)
        paths = self.paths_of(table)
        total = sum(task.file.record_count for task in table.scan().plan_files())
        same(found.num_rows, total, "rows")
        snapshot = table.current_snapshot()
        if snapshot is None:
            same(total, 0, "rows of a table without a snapshot")
            return
        same(int(snapshot.summary["total-records"]), total, "total-records")
        same(int(snapshot.summary["total-data-files"]), len(paths), "total-data-files")
        sizes = sum(os.path.getsize(path) for path in paths)
        same(int(snapshot.summary["total-files-size"]), sizes, "total-files-size")
        self.compare(table, "stranger", files_sql(table, paths), "rows of pyiceberg and of the files")

    def filters_hold(self, table, _name, rows):
        """What pyiceberg prunes by partition and bounds is what a filter of all rows would leave away."""
        found = self.read(table, rows)
        spec, schema = table.spec(), table.schema()
        assert spec.fields and spec.fields[0].name == "tenant_id", "the first partition field is the tenant"
        for field in spec.fields:
            name = schema.find_column_name(field.source_id)
            values = found.column(name).drop_null()
            if len(values) == 0:
                continue
            middle = values.sort()[len(values) // 2]
            tenant = values[0] if field.name == "tenant_id" else found.column("tenant_id")[0]
            by_tenant = EqualTo("tenant_id", tenant.as_py())
            if field.name == "tenant_id":
                expression, kept = by_tenant, compute.equal(found.column("tenant_id"), tenant)
            else:
                expression = And(by_tenant, GreaterThanOrEqual(name, middle.as_py().isoformat()))
                kept = compute.and_(compute.equal(found.column("tenant_id"), tenant),
                                    compute.greater_equal(found.column(name), middle))
            expected = compute.sum(compute.fill_null(kept, False)).as_py() or 0
            same(table.scan(row_filter=expression).to_arrow().num_rows, expected, f"rows where {expression}")
            nulls = table.scan(row_filter=IsNull(name)).to_arrow().num_rows
            same(nulls, found.column(name).null_count, f"rows where {name} is null")
        nobody = table.scan(row_filter=EqualTo("tenant_id", "no such tenant"))
        same(list(nobody.plan_files()), [], "files of no tenant")

    def snapshots_add_up(self, table, _name, _rows):
        """Each snapshot is still readable, and adds what it says."""
        before = 0
        for snapshot in sorted(table.snapshots(), key=lambda snapshot: snapshot.sequence_number):
            files = list(table.scan(snapshot_id=snapshot.snapshot_id).plan_files())
            total = sum(task.file.record_count for task in files)
            same(int(snapshot.summary["total-records"]), total, f"total-records of snapshot {snapshot.snapshot_id}")
            same(int(snapshot.summary["added-records"]), total - before, "added-records")
            for key in ("assay.writer", "assay.generation", "assay.epoch"):
                assert snapshot.summary[key], f"the summary lacks {key}"
            before = total
        log = [entry.timestamp_ms for entry in table.metadata.snapshot_log]
        same(log, sorted(log), "times of the snapshot log")
        if table.current_snapshot() is not None:
            same(table.metadata.snapshot_log[-1].snapshot_id, table.current_snapshot().snapshot_id, "end of the log")

    def duckdb_reads(self, table, _name, rows):
        self.read(table, rows)
        scan = f"iceberg_scan('{table.metadata_location}')"
        self.compare(table, "stranger", scan, "rows of pyiceberg and of iceberg_scan")
        same(self.database.execute(sums_sql(table, "stranger")).fetchone(),
             self.database.execute(sums_sql(table, scan)).fetchone(), "sums")

    def assay_agrees(self, table, name, rows):
        """The same rows and sums by Assay's own SQL, tenant by tenant."""
        found = self.read(table, rows)
        tenants = compute.unique(found.column("tenant_id")).to_pylist()
        for tenant in tenants:
            if tenant.startswith("_"):
                continue  # what no rule routed belongs to no tenant that could ask
            own = f"(SELECT * FROM stranger WHERE tenant_id = '{tenant}')"
            columns = self.columns_of(table)
            for sql, names in ((fingerprint_sql(columns, "{}"), labels(columns)), (sums_sql(table, "{}"), None)):
                expected = [str(cell) for cell in self.database.execute(sql.format(own)).fetchone()]
                answer = self.deployment.json("sql", sql.format(name), "--tenant", tenant)["rows"]
                actual = [str(cell) for cell in answer[0]]
                if actual != expected:
                    names = names or [str(place) for place in range(len(actual))]
                    different = [label for label, a, b in zip(names, actual, expected) if a != b]
                    raise AssertionError(f"{tenant}: {', '.join(different)} differ")

    # Files.

    def files_are_described(self, table, _name, _rows):
        """pyarrow reads every Parquet file; what the manifests say of it is so."""
        schema, spec, current = table.schema(), table.spec(), set()
        for task in table.scan().plan_files():
            file = task.file
            path = file.file_path.removeprefix("file://")
            current.add(path)
            reader = parquet.ParquetFile(path)
            ids = {field.name: int(field.metadata[b"PARQUET:field_id"]) for field in reader.schema_arrow}
            rows = reader.read()
            same(file.file_size_in_bytes, os.path.getsize(path), f"{path}: size")
            same(file.record_count, rows.num_rows, f"{path}: rows")
            groups = [reader.metadata.row_group(i) for i in range(reader.metadata.num_row_groups)]
            first = [group.column(0) for group in groups]
            starts = [min(filter(None, (chunk.dictionary_page_offset, chunk.data_page_offset))) for chunk in first]
            same(list(file.split_offsets), starts, f"{path}: split offsets")
            check_partition(file, spec, schema, rows)
            by_id = {field_id: name for name, field_id in ids.items()}
            same(len(by_id), len(rows.column_names), f"{path}: distinct field ids")
            for place, name in enumerate(rows.column_names):
                field = schema.find_field(ids[name])
                if field.required:
                    same(rows.column(name).null_count, 0, f"{path}: nulls in the required column {name}")
                check_column(file, field, rows.column(name), [group.column(place) for group in groups])
            for field in schema.fields:
                assert field.field_id in by_id or not field.required, f"{path} lacks the required column {field.name}"
        data = os.path.join(table.location().removeprefix("file://"), "data")
        on_disk = {os.path.join(folder, name) for folder, _, names in os.walk(data) for name in names}
        same(current, on_disk, "files of the table and of its folder")

    def avro_is_whole(self, table, name, _rows):
        """fastavro reads every Avro file, and finds the ids and header keys that strict readers want."""
        folder = os.path.join(table.location().removeprefix("file://"), "metadata")
        lists = {snapshot.manifest_list for snapshot in table.snapshots()}
        snapshots = {snapshot.manifest_list: snapshot for snapshot in table.snapshots()}
        seen_lists, seen_manifests, listed = set(), set(), {}
        for file_name in sorted(os.listdir(folder)):
            if not file_name.endswith(".avro"):
                continue
            path = os.path.join(folder, file_name)
            with open(path, "rb") as file:
                reader = fastavro.reader(file)
                header, rows = reader.metadata, list(reader)
            same(header["format-version"], "2", f"{path}: format-version")
            schema = json.loads(header["avro.schema"])
            check_ids(schema, path)
            if file_name.startswith("snap-"):
                snapshot = snapshots[f"file://{path}"]
                check_list(schema, header, rows, snapshot, path)
                listed.update({row["manifest_path"]: row for row in rows})
                seen_lists.add(f"file://{path}")
            else:
                check_manifest(schema, header, rows, table, path)
                seen_manifests.add(f"file://{path}")
        same(seen_lists, lists, f"manifest lists of {name}")
        same(seen_manifests, set(listed), f"manifests of {name}")
        for uri, row in listed.items():
            same(row["manifest_length"], os.path.getsize(uri.removeprefix("file://")), f"{uri}: length")
        if table.current_snapshot() is not None:
            current = {manifest.manifest_path for manifest in table.current_snapshot().manifests(table.io)}
            same(current, set(listed), "the current list carries every manifest over")


def check_ids(node, path):
    """Every record field has its field-id, every array its element-id or key and value ids."""
    if isinstance(node, list):
        for branch in node:
            check_ids(branch, path)
    elif isinstance(node, dict) and node.get("type") == "record":
        for field in node["fields"]:
            assert isinstance(field.get("field-id"), int), f"{path}: {field['name']} has no field-id"
            check_ids(field["type"], path)
    elif isinstance(node, dict) and node.get("type") == "array":
        assert node.get("logicalType") == "map" or isinstance(node.get("element-id"), int), f"{path}: no element-id"
        check_ids(node["items"], path)


def ids_of(record):
    """Field id -> whether it may be null."""
    return {field["field-id"]: isinstance(field["type"], list) for field in record["fields"]}


def check_list(schema, header, rows, snapshot, path):
    same(schema["name"], "manifest_file", f"{path}: record")
    same(ids_of(schema), {**dict.fromkeys(LIST_IDS, False), **dict.fromkeys(LIST_IDS_OPTIONAL, True)}, f"{path}: ids")
    same(header["snapshot-id"], str(snapshot.snapshot_id), f"{path}: snapshot-id")
    same(header["sequence-number"], str(snapshot.sequence_number), f"{path}: sequence-number")
    same(header["parent-snapshot-id"], str(snapshot.parent_snapshot_id or "null").lower(), f"{path}: parent")
    added = [row for row in rows if row["added_snapshot_id"] == snapshot.snapshot_id]
    same(len(added), 1, f"{path}: manifests of its own snapshot")
    same(added[0]["added_rows_count"], int(snapshot.summary["added-records"]), f"{path}: added rows")
    same(added[0]["added_files_count"], int(snapshot.summary["added-data-files"]), f"{path}: added files")
    same(sum(row["added_rows_count"] for row in rows), int(snapshot.summary["total-records"]), f"{path}: all rows")
    for row in rows:
        assert 0 < row["min_sequence_number"] <= row["sequence_number"] <= snapshot.sequence_number, path


def check_manifest(schema, header, rows, table, path):
    same(schema["name"], "manifest_entry", f"{path}: record")
    same(ids_of(schema), ENTRY_IDS, f"{path}: ids")
    data_file = next(field["type"] for field in schema["fields"] if field["field-id"] == 2)
    required = {key for key, optional in ids_of(data_file).items() if not optional}
    same(required, FILE_IDS_REQUIRED, f"{path}: required ids")
    same(header["content"], "data", f"{path}: content")
    written_with = json.loads(header["schema"])
    same(str(written_with["schema-id"]), header["schema-id"], f"{path}: schema-id")
    known = [field.field_id for field in table.schemas()[written_with["schema-id"]].fields]
    same([field["id"] for field in written_with["fields"]], known, f"{path}: schema")
    spec = table.specs()[int(header["partition-spec-id"])]
    fields = json.loads(header["partition-spec"])
    assert isinstance(fields, list), f"{path}: partition-spec is the list of fields"
    same([(field["field-id"], field["source-id"], field["transform"]) for field in fields],
         [(field.field_id, field.source_id, str(field.transform)) for field in spec.fields], f"{path}: spec")
    partition = next(field["type"] for field in data_file["fields"] if field["field-id"] == 102)
    same(ids_of(partition), {field.field_id: True for field in spec.fields}, f"{path}: partition ids")
    assert rows, f"{path}: a manifest without entries"
    for row in rows:
        same((row["status"], row["sequence_number"], row["file_sequence_number"]), (1, None, None), f"{path}: entry")
        assert row["data_file"]["file_path"].startswith("file:///"), path


# ------------------------------------------------------------------------------------------------- workspaces


def halves(suite, name, texts, *place):
    """Two NDJSON files with the halves of the texts, where the example's sources look for them."""
    folder = os.path.join(suite.folder, f"{name}-data", *place)
    os.makedirs(folder)
    paths = []
    middle = (len(texts) + 1) // 2
    for number, part in enumerate((texts[:middle], texts[middle:])):
        paths.append(os.path.join(folder, f"part-{number}.ndjson"))
        with open(paths[-1], "wb") as file:
            file.writelines(text + b"\n" for text in part)
    return paths


def retail_inputs(suite):
    whole = os.path.join(suite.folder, "invoices.ndjson")
    data = os.path.dirname(os.path.dirname(need_data("online-retail-uci", "online-retail.csv.zst")))
    subprocess.run([sys.executable, os.path.join(ROOT, "examples", "retail", "convert.py"), whole], check=True,
                   capture_output=True, env={**os.environ, "ASSAY_DATA": data})
    with open(whole, "rb") as file:
        texts = file.read().splitlines()
    os.remove(whole)
    return halves(suite, "retail", texts if suite.full else texts[:CI_INVOICES], "giftware", "shop")


def flights_inputs(suite):
    with gzip.open(need_data("flights-opensearch", "flights.json.gz"), "rb") as file:
        texts = file.read().splitlines()
    return halves(suite, "flights", texts if suite.full else texts[:CI_FLIGHTS], "skyview", "operations")


def commerce_inputs(suite):
    """Six tenants in the same tables, with quarantine and residue."""
    folder = os.path.join(suite.folder, "commerce-data")
    subprocess.run([generator_program(), "--json", "--out", folder, "--seed", str(suite.seed), "--until", "2025-03-15",
                    "--size", "20MB" if suite.full else "2MB"], check=True, capture_output=True)
    return [folder]


def load(suite, name, inputs):
    """The workspace with all its inputs, each ingested and refined before the next."""
    deployment = Deployment(suite, name, example=name)
    for path in inputs(suite):
        assert deployment.ingest(path)["records"] > 0, f"nothing was taken from {path}"
        deployment.refine()
    return deployment


def main():
    suite = Suite("interop")
    for name, inputs in (("retail", retail_inputs), ("flights", flights_inputs), ("commerce", commerce_inputs)):
        loaded = []
        suite.case(f"{name}: loads", lambda: loaded.append(load(suite, name, inputs)))
        if loaded:
            Lake(suite, name, loaded[0]).cases()
            if not suite.options.keep:
                shutil.rmtree(loaded[0].folder)
    suite.finish()


if __name__ == "__main__":
    main()
