// Feature contributions, multiplied again from silver.

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "verify/relation_check.h"
#include "verify/row_encoding.h"

namespace assay::verify {
namespace {

constexpr int kRecordIdId = 2, kPointerId = 4, kEventTimeId = 15;
constexpr std::size_t kRowsPerAppend = 16384;

Int128 power_of_ten(int exponent) {
  Int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

bool fits(Int128 value, const ColumnType& type) {
  const Int128 limit =
      type.kind == CellKind::decimal ? power_of_ten(type.precision) : static_cast<Int128>(1) << 63;
  return value < limit && value > -limit;
}

Cell exact_product(const std::vector<Cell>& factors, const ColumnType& type) {
  Int128 product = 1;
  bool overflow = false;
  for (const Cell& factor : factors) {
    if (factor.number == 0) return {type.kind, type.scale, 0, 0, {}};
    overflow = overflow || __builtin_mul_overflow(product, factor.number, &product);
  }
  if (overflow || !fits(product, type)) return {};
  return {type.kind, type.scale, product, 0, {}};
}

Cell approximate_product(const std::vector<Cell>& factors) {
  double product = 1;
  for (const Cell& factor : factors) {
    product *=
        factor.kind == CellKind::float64
            ? factor.real
            : static_cast<double>(factor.number) / static_cast<double>(power_of_ten(factor.scale));
  }
  if (std::isinf(product)) return {};
  return {CellKind::float64, 0, 0, product, {}};
}

/// The product of a row's factors; null where one is null, or where it does not fit. No factors: 1.
Cell product(const std::vector<Cell>& factors, const ColumnType& type) {
  for (const Cell& factor : factors) {
    if (factor.is_null()) return {};
  }
  return type.kind == CellKind::float64 ? approximate_product(factors)
                                        : exact_product(factors, type);
}

/// Hashes of rows, in a temporary table of (hash).
class HashTable {
 public:
  HashTable(RelationCheck& check, std::string name) : check_(check), name_(std::move(name)) {
    check_.run("CREATE OR REPLACE TABLE " + name_ + " (hash BLOB)");
  }
  void add(const Hash128& hash) {
    const auto bytes = hash.to_bytes();
    hashes_.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (hashes_.size() == kRowsPerAppend) flush();
  }
  void flush() {
    std::vector<std::vector<Cell>> rows;
    for (const std::string& hash : hashes_) rows.push_back({binary_cell(hash)});
    if (const auto status = check_.state().sql.append(name_, rows); !status)
      check_.problem(status.error().message);
    hashes_.clear();
  }

 private:
  RelationCheck& check_;
  std::string name_;
  std::vector<std::string> hashes_;
};

/// What is compared of a contribution: all but its manifest and knowledge time, by field id.
class FeatureCheck {
 public:
  FeatureCheck(RelationCheck& check, int output)
      : check_(check), output_(output), wanted_(check, "wanted"), stored_(check, "stored") {}

  void run() {
    for (const PlanOperator& rule : check_.plan().operators) {
      if (rule.kind == "feature" && rule.output == output_ && check_.has_table(rule.input))
        multiply(rule);
    }
    wanted_.flush();
    read();
    stored_.flush();
    check_.count("feature rows", check_.view(output_));
    const std::string& name = check_.table_of(output_).name;
    check_.expect_none("SELECT hash FROM wanted EXCEPT ALL SELECT hash FROM stored",
                       name + ": contributions are missing");
    check_.expect_none("SELECT hash FROM stored EXCEPT ALL SELECT hash FROM wanted",
                       name + ": contributions that silver does not give");
  }

 private:
  static Hash128 hash_of(const std::map<int, Cell>& cells) {
    RowEncoding row;
    for (const auto& [id, cell] : cells) row.append(id, cell);
    return row.hash();
  }

  int id_of(int column) const { return check_.column_of(output_, column).id; }

  void multiply(const PlanOperator& rule) {
    std::vector<std::string> names;
    const auto position = [&](const std::string& column) {
      names.push_back(column);
      return names.size() - 1;
    };
    std::vector<std::pair<int, std::size_t>> copies;
    for (const auto& [to, from] : rule.copies)
      copies.emplace_back(id_of(to), position(check_.column(rule.input, from)));
    copies.emplace_back(kEventTimeId, position(check_.column(rule.input, rule.order_column)));
    copies.emplace_back(kRecordIdId, position("record_id"));
    copies.emplace_back(kPointerId, position("pointer"));
    std::vector<std::size_t> keys;
    for (const int key : rule.key_columns) keys.push_back(position(check_.column(rule.input, key)));
    std::vector<std::vector<std::size_t>> factors;
    for (const PlanOperator::Measure& measure : rule.measures) {
      factors.emplace_back();
      for (const int factor : measure.factors)
        factors.back().push_back(position(check_.column(rule.input, factor)));
    }
    stream(names, check_.done(rule.input), [&](const Chunk& chunk, std::size_t row) {
      for (const std::size_t key : keys) {
        if (chunk.cell(key, row).is_null()) return;
      }
      std::map<int, Cell> cells;
      for (const auto& [id, at] : copies) cells[id] = chunk.cell(at, row);
      for (std::size_t i = 0; i < factors.size(); ++i) {
        std::vector<Cell> values;
        for (const std::size_t at : factors[i]) values.push_back(chunk.cell(at, row));
        const PlanColumn& column = check_.column_of(output_, rule.measures[i].output_column);
        cells[column.id] = product(values, column.type);
      }
      wanted_.add(hash_of(cells));
    });
  }

  void read() {
    std::vector<std::string> names;
    std::vector<int> ids;
    for (const PlanColumn& column : check_.table_of(output_).columns) {
      if (column.name == "tenant_id" || column.name == "manifest_id" ||
          column.name == "knowledge_time")
        continue;
      names.push_back(sql_name(column.name));
      ids.push_back(column.id);
    }
    stream(names, check_.view(output_), [&](const Chunk& chunk, std::size_t row) {
      std::map<int, Cell> cells;
      for (std::size_t i = 0; i < ids.size(); ++i) cells[ids[i]] = chunk.cell(i, row);
      stored_.add(hash_of(cells));
    });
  }

  template <typename Take>
  void stream(const std::vector<std::string>& names, const std::string& relation, Take take) {
    const auto status = check_.state().sql.stream(
        fmt::format("SELECT {} FROM {}", join_texts(names, ", "), relation),
        [&](const Chunk& chunk) -> Status {
          for (std::size_t row = 0; row < chunk.rows(); ++row) take(chunk, row);
          return {};
        });
    if (!status) check_.problem(status.error().message);
  }

  RelationCheck& check_;
  int output_;
  HashTable wanted_;
  HashTable stored_;
};

}  // namespace

void check_features(WorkspaceState& state, const PlanDocument& plan, Findings& findings,
                    const std::string& tenant) {
  std::map<int, std::string> outputs;
  for (const PlanOperator& rule : plan.operators) {
    if (rule.kind == "feature")
      outputs[rule.output] = plan.tables[static_cast<std::size_t>(rule.output)].name;
  }
  for (const auto& [output, name] : outputs) {
    CheckScope scope(findings, {tenant, "gold", name, "computed again from silver", {}, true});
    RelationCheck check(state, plan, scope, tenant);
    if (check.has_table(output)) FeatureCheck(check, output).run();
  }
}

}  // namespace assay::verify
