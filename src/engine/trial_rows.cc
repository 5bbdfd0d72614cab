#include "engine/trial_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace assay::engine {
namespace {

using parquet::sql_name;

/// A column as the two sides have it; empty where a side lacks it.
struct ColumnPair {
  std::string applied, pending;
  bool same_type = true;

  const std::string& name() const { return pending.empty() ? applied : pending; }
  std::string value(const char* side, const std::string& column) const {
    if (column.empty()) return "NULL";
    const std::string plain = fmt::format("{}.{}", side, sql_name(column));
    return same_type ? plain : fmt::format("CAST({} AS VARCHAR)", plain);
  }
  std::string left() const { return value("a", applied); }
  std::string right() const { return value("b", pending); }
};

/// Hashes and lists of ids say nothing that the values do not.
bool is_shown(const column::Field& field) {
  return field.role == column::Role::content && field.type.type != column::Type::binary;
}

std::vector<ColumnPair> pairs_of(const column::TableSchema& applied,
                                 const column::TableSchema& pending) {
  std::vector<ColumnPair> pairs;
  std::set<std::string> taken;
  for (const column::Field& field : pending.fields) {
    if (!is_shown(field)) continue;
    int before = applied.index_of_id(field.id);
    if (before < 0) before = applied.index_of(field.name);  // of another type, in a new column
    ColumnPair pair{"", field.name};
    if (before >= 0) {
      const column::Field& old = applied.fields[static_cast<std::size_t>(before)];
      pair.applied = old.name;
      pair.same_type = old.type == field.type;
      taken.insert(old.name);
    }
    pairs.push_back(std::move(pair));
  }
  for (const column::Field& field : applied.fields) {
    if (is_shown(field) && !taken.contains(field.name)) pairs.push_back({field.name, ""});
  }
  return pairs;
}

/// One table of both sides. Rows are the same by record and place; contents by their hash.
class TableComparison {
 public:
  TableComparison(parquet::Database& database, const TrialTables& applied,
                  const TrialTables& pending, std::string table)
      : database_(database), applied_(applied), pending_(pending), table_(std::move(table)) {}

  Status run(TableDifference& difference, std::set<Hash128>& touched) {
    const auto* a = applied_.schema(table_);
    const auto* b = pending_.schema(table_);
    const auto& known = b == nullptr ? *a : *b;
    const bool contents = known.index_of("pointer") < 0;
    pairs_ = pairs_of(a == nullptr ? known : *a, known);
    key_ = contents ? "content_hash" : "record_id, pointer";
    if (contents && known.index_of("content_hash") < 0) return {};  // residue follows the rows
    ASSAY_TRY_VOID(count(difference));
    return contents ? Status() : collect(touched);
  }

 private:
  std::string joined() const {
    return fmt::format(
        "(SELECT *, true AS here FROM {}) AS a FULL JOIN (SELECT *, true AS here "
        "FROM {}) AS b USING ({})",
        applied_.relation(table_), pending_.relation(table_), key_);
  }
  std::string any_differs() const {
    std::string text = "false";
    for (const ColumnPair& pair : pairs_)
      text += fmt::format(" OR {} IS DISTINCT FROM {}", pair.left(), pair.right());
    return text;
  }

  Status count(TableDifference& difference) {
    const std::string both = "a.here AND b.here";
    std::vector<std::string> items{
        "count(*) FILTER (a.here IS NULL)", "count(*) FILTER (b.here IS NULL)",
        fmt::format("count(*) FILTER ({} AND ({}))", both, any_differs())};
    for (const ColumnPair& pair : pairs_) {
      const std::string differs =
          fmt::format("FILTER ({} AND {} IS DISTINCT FROM {})", both, pair.left(), pair.right());
      items.push_back("count(*) " + differs);
      for (const std::string& shown :
           {fmt::format("lower(hex({}))", key_ == "content_hash" ? "content_hash" : "record_id"),
            fmt::format("coalesce(CAST({} AS VARCHAR), 'null')", pair.left()),
            fmt::format("coalesce(CAST({} AS VARCHAR), 'null')", pair.right())}) {
        items.push_back(fmt::format("arg_min({}, {}) {}", shown,
                                    key_ == "content_hash" ? "content_hash" : "record_id",
                                    differs));
      }
    }
    ASSAY_TRY(const auto rows,
              database_.rows(fmt::format("SELECT {} FROM {}", fmt::join(items, ", "), joined())));
    const auto& row = rows.at(0);
    const auto number = [&](std::size_t at) { return std::stoll(row.at(at).value_or("0")); };
    difference.added += number(0);
    difference.removed += number(1);
    difference.changed += number(2);
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const std::size_t at = 3 + 4 * i;
      if (number(at) == 0) continue;
      ColumnDifference& column = difference.columns[pairs_[i].name()];
      if (column.changed == 0) {
        column.record = row.at(at + 1).value_or("");
        column.applied = row.at(at + 2).value_or("");
        column.pending = row.at(at + 3).value_or("");
      }
      column.changed += number(at);
    }
    return {};
  }

  Status collect(std::set<Hash128>& touched) {
    return database_.query(
        fmt::format("SELECT DISTINCT record_id FROM {} WHERE a.here IS NULL OR b.here IS NULL OR "
                    "{}",
                    joined(), any_differs()),
        [&](const column::Batch& batch) -> Status {
          const column::ColumnView record(batch, 0);
          for (std::int64_t row = 0; row < batch.rows(); ++row)
            touched.insert(Hash128::from_bytes(record.bytes(row)));
          return {};
        });
  }

  parquet::Database& database_;
  const TrialTables& applied_;
  const TrialTables& pending_;
  const std::string table_;
  std::string key_;
  std::vector<ColumnPair> pairs_;
};

}  // namespace

Status TrialTables::put_into(parquet::Database& database) const {
  for (const refine::TableBatch& batch : result_.batches) {
    const column::TableSchema& schema = plan_.tables[static_cast<std::size_t>(batch.table)];
    ASSAY_TRY_VOID(
        database.register_table(name_of(schema.name), schema, std::vector{&batch.batch}));
  }
  return {};
}

Status TrialTables::take_from(parquet::Database& database) const {
  for (const refine::TableBatch& batch : result_.batches) {
    ASSAY_TRY_VOID(
        database.drop_table(name_of(plan_.tables[static_cast<std::size_t>(batch.table)].name)));
  }
  return {};
}

bool TrialTables::has_rows(const std::string& table) const {
  for (const refine::TableBatch& batch : result_.batches) {
    if (plan_.tables[static_cast<std::size_t>(batch.table)].name == table) return true;
  }
  return false;
}

const column::TableSchema* TrialTables::schema(const std::string& table) const {
  const int index = plan_.table_index(table);
  return index < 0 ? nullptr : &plan_.tables[static_cast<std::size_t>(index)];
}

std::string TrialTables::relation(const std::string& table) const {
  if (has_rows(table)) return sql_name(name_of(table));
  const column::TableSchema* known = schema(table);
  // A table that only the other side has: nothing, with the columns that rows are told apart by.
  if (known == nullptr) {
    return "(SELECT CAST(NULL AS BLOB) AS record_id, CAST(NULL AS VARCHAR) AS pointer, CAST(NULL "
           "AS BLOB) AS content_hash WHERE false)";
  }
  return fmt::format("({})", parquet::scan_sql(*known, {}));
}

std::map<Hash128, TrialTables::Refusal> TrialTables::refusals() const {
  std::map<Hash128, Refusal> found;
  const column::TableSchema& schema =
      plan_.tables[static_cast<std::size_t>(plan_.quarantine_table)];
  for (const refine::TableBatch& batch : result_.batches) {
    if (batch.table != plan_.quarantine_table) continue;
    const column::ColumnView record(batch.batch, schema.index_of("record_id")),
        code(batch.batch, schema.index_of("code")),
        pointer(batch.batch, schema.index_of("pointer"));
    for (std::int64_t row = 0; row < batch.batch.rows(); ++row) {
      found[Hash128::from_bytes(record.bytes(row))] = {code.int32(row),
                                                       std::string(pointer.bytes(row))};
    }
  }
  return found;
}

Status compare_tables(parquet::Database& database, const TrialTables& applied,
                      const TrialTables& pending, std::map<std::string, TableDifference>& tables,
                      std::set<Hash128>& touched) {
  std::set<std::string> names;
  for (const TrialTables* side : {&applied, &pending}) {
    for (const column::TableSchema& table : side->plan().tables) {
      if (table.name.starts_with("silver.") && side->has_rows(table.name)) names.insert(table.name);
    }
  }
  for (const std::string& name : names) {
    ASSAY_TRY_VOID(TableComparison(database, applied, pending, name).run(tables[name], touched));
  }
  return {};
}

}  // namespace assay::engine
