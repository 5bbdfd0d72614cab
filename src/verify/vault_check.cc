// Hubs, links and satellites against silver, with keys hashed by verify's own encoder.

#include <fmt/format.h>

#include "verify/relation_check.h"
#include "verify/row_encoding.h"

namespace assay::verify {
namespace {

constexpr std::size_t kRowsPerAppend = 16384;
constexpr int kSourcePriorityId = 11;
constexpr int kLinkKeyId = 13;

using Bytes = std::optional<std::string>;

std::string bytes_of(const Hash128& hash) {
  const auto bytes = hash.to_bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Hub key of (entity, tenant, key); nothing where a part of the key is null.
Bytes hub_key(const std::string& entity, const std::string& tenant, const std::vector<Cell>& key) {
  RowEncoding encoded;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i].is_null()) return std::nullopt;
    encoded.append(static_cast<int>(i) + 1, key[i]);
  }
  RowEncoding row;
  row.append(1, string_cell(entity));
  row.append(2, string_cell(tenant));
  row.append(3, binary_cell(encoded.bytes()));
  return bytes_of(row.hash());
}

/// Link key of hub keys and a dependent child; nothing without the first hub.
Bytes link_key(const std::string& link, const std::vector<Bytes>& hubs,
               const std::vector<Cell>& child) {
  if (hubs.empty() || !hubs.front()) return std::nullopt;
  RowEncoding row;
  row.append(1, string_cell(link));
  int id = 2;
  for (const Bytes& hub : hubs) {
    if (hub) row.append(id, binary_cell(*hub));
    ++id;
  }
  for (const Cell& cell : child) row.append(id++, cell);
  return bytes_of(row.hash());
}

/// Keys of the rows of one rule's input, worked out row by row into the table
/// wanted(key, valid_from, priority, hash); the last three are null where the rule has none.
class WantedKeys {
 public:
  WantedKeys(RelationCheck& check, const PlanOperator& rule, bool of_link)
      : check_(check), rule_(rule), of_link_(of_link) {
    for (const auto& [entity, columns] : rule.hubs) hubs_.push_back(positions(columns));
    key_ = positions(rule.key_columns);
    child_ = positions(rule.dependent_child);
    if (rule.order_column >= 0) order_ = positions({rule.order_column});
    if (rule.hash_column >= 0) hash_ = positions({rule.hash_column});
    const int priority = check.table_of(rule.input).index_of_id(kSourcePriorityId);
    if (priority >= 0) priority_ = positions({priority});
  }

  Status fill() {
    ASSAY_TRY_VOID(
        check_.state().sql.execute("CREATE OR REPLACE TABLE wanted (key BLOB, valid_from BIGINT, "
                                   "priority INTEGER, hash BLOB)"));
    const std::string query =
        fmt::format("SELECT {} FROM {}", join_texts(check_.columns(rule_.input, needed_), ", "),
                    check_.done(rule_.input));
    ASSAY_TRY_VOID(check_.state().sql.stream(query, [&](const Chunk& chunk) -> Status {
      for (std::size_t row = 0; row < chunk.rows(); ++row) take(chunk, row);
      return rows_.size() < kRowsPerAppend ? Status() : flush();
    }));
    return flush();
  }

 private:
  using Positions = std::vector<std::size_t>;
  struct Row {
    std::string key;
    std::optional<std::int64_t> valid_from;
    std::int64_t priority = 0;
    Bytes hash;
  };

  Positions positions(const std::vector<int>& columns) {
    Positions found;
    for (const int column : columns) {
      found.push_back(needed_.size());
      needed_.push_back(column);
    }
    return found;
  }

  static std::vector<Cell> cells(const Chunk& chunk, const Positions& positions, std::size_t row) {
    std::vector<Cell> found;
    for (const std::size_t at : positions) found.push_back(chunk.cell(at, row));
    return found;
  }

  void take(const Chunk& chunk, std::size_t row) {
    Bytes key;
    if (of_link_) {
      std::vector<Bytes> hub_keys;
      for (std::size_t i = 0; i < hubs_.size(); ++i) {
        hub_keys.push_back(
            hub_key(rule_.hubs[i].first, check_.tenant(), cells(chunk, hubs_[i], row)));
      }
      key = link_key(rule_.entity, hub_keys, cells(chunk, child_, row));
    } else {
      key = hub_key(rule_.entity, check_.tenant(), cells(chunk, key_, row));
    }
    if (!key) return;
    const Cell order = order_.empty() ? Cell{} : chunk.cell(order_.front(), row);
    const Cell hash = hash_.empty() ? Cell{} : chunk.cell(hash_.front(), row);
    const Cell priority =
        priority_.empty() ? integer_cell(rule_.priority) : chunk.cell(priority_.front(), row);
    Row& made = rows_.emplace_back();
    made.key = *key;
    made.priority = static_cast<std::int64_t>(priority.number);
    if (!order.is_null()) made.valid_from = static_cast<std::int64_t>(order.number);
    if (!hash.is_null()) made.hash = std::string(hash.text);
  }

  Status flush() {
    std::vector<std::vector<Cell>> cells;
    for (const Row& row : rows_) {
      cells.push_back({binary_cell(row.key),
                       row.valid_from ? integer_cell(*row.valid_from) : Cell{},
                       integer_cell(row.priority), row.hash ? binary_cell(*row.hash) : Cell{}});
    }
    ASSAY_TRY_VOID(check_.state().sql.append("wanted", cells));
    rows_.clear();
    return {};
  }

  RelationCheck& check_;
  const PlanOperator& rule_;
  const bool of_link_;
  std::vector<int> needed_;  ///< columns of the input, in the order of the query
  std::vector<Positions> hubs_;
  Positions key_, child_, order_, hash_, priority_;
  std::vector<Row> rows_;
};

std::string count_name(const std::string& kind) { return kind + " rows"; }

class VaultCheck {
 public:
  VaultCheck(RelationCheck& check, const PlanOperator& rule) : check_(check), rule_(rule) {}

  void run() {
    if (!check_.has_table(rule_.output)) return;
    const PlanTable& output = check_.table_of(rule_.output);
    const bool of_link = output.index_of_id(kLinkKeyId) >= 0;
    const std::string key = of_link ? "link_key" : "hub_key";
    check_.count(count_name(rule_.kind), check_.view(rule_.output));
    if (!check_.has_table(rule_.input)) {
      return check_.expect_none("SELECT * FROM " + check_.view(rule_.output),
                                output.name + " has rows without an input");
    }
    if (const auto status = WantedKeys(check_, rule_, of_link).fill(); !status) {
      return check_.problem(status.error().message);
    }
    if (rule_.kind == "satellite") return satellite(key);
    check_.expect_equal(fmt::format("SELECT {} FROM {}", key, check_.view(rule_.output)),
                        "SELECT key FROM wanted", output.name);
    check_.expect_none(fmt::format("SELECT {0}, count(*) FROM {1} GROUP BY {0} HAVING count(*) > 1",
                                   key, check_.view(rule_.output)),
                       output.name + " has a key twice");
    rule_.kind == "hub" ? hub() : link();
  }

 private:
  /// The key columns beside a hub's key are those that it was made of.
  void hub() {
    std::vector<int> columns;
    for (const int key : rule_.key_columns) {
      for (const auto& [to, from] : rule_.copies) {
        if (from == key) columns.push_back(to);
      }
    }
    std::vector<std::string> names = check_.columns(rule_.output, columns);
    names.push_back("hub_key");
    stored_keys(names, [&](const std::vector<Cell>& cells) {
      return hub_key(rule_.entity, check_.tenant(), cells);
    });
  }

  /// Streams stored rows (parts of the key, then the key) and compares.
  template <typename Make>
  void stored_keys(const std::vector<std::string>& names, Make make) {
    std::int64_t wrong = 0;
    const auto status = check_.state().sql.stream(
        fmt::format("SELECT {} FROM {}", join_texts(names, ", "), check_.view(rule_.output)),
        [&](const Chunk& chunk) -> Status {
          for (std::size_t row = 0; row < chunk.rows(); ++row) {
            std::vector<Cell> cells;
            for (std::size_t i = 0; i + 1 < names.size(); ++i) cells.push_back(chunk.cell(i, row));
            const Bytes made = make(cells);
            if (!made || *made != chunk.cell(names.size() - 1, row).text) ++wrong;
          }
          return {};
        });
    const std::string& name = check_.table_of(rule_.output).name;
    if (!status) return check_.problem(status.error().message);
    if (wrong > 0)
      check_.problem(
          fmt::format("{}: {} rows whose key is not the hash of their parts", name, wrong));
  }

  /// Columns of the hub keys follow link_key, in the order of the hubs.
  void link() {
    const PlanTable& output = check_.table_of(rule_.output);
    const auto first = static_cast<std::size_t>(output.index_of_id(kLinkKeyId)) + 1;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < rule_.hubs.size(); ++i) {
      names.push_back(sql_name(output.columns[first + i].name));
      hub_of_link(rule_.hubs[i].first, names.back());
    }
    for (const auto& [to, from] : rule_.copies) names.push_back(check_.column(rule_.output, to));
    names.push_back("link_key");
    const std::size_t hubs = rule_.hubs.size();
    stored_keys(names, [&](const std::vector<Cell>& cells) {
      std::vector<Bytes> keys;
      for (std::size_t i = 0; i < hubs; ++i) {
        keys.push_back(cells[i].is_null() ? std::nullopt
                                          : std::optional(std::string(cells[i].text)));
      }
      return link_key(rule_.entity, keys,
                      {cells.begin() + static_cast<std::ptrdiff_t>(hubs), cells.end()});
    });
  }

  void hub_of_link(const std::string& entity, const std::string& column) {
    for (const PlanOperator& hub : check_.plan().operators) {
      if (hub.kind != "hub" || hub.entity != entity || !check_.has_table(hub.output)) continue;
      check_.expect_none(
          fmt::format("SELECT l.link_key FROM {} l WHERE l.{} IS NOT NULL AND NOT EXISTS (SELECT 1 "
                      "FROM {} h "
                      "WHERE h.hub_key = l.{})",
                      check_.view(rule_.output), column, check_.view(hub.output), column),
          fmt::format("{} refers by {} to a hub that is not there",
                      check_.table_of(rule_.output).name, column));
    }
  }

  void satellite(const std::string& key) {
    const std::string stored = fmt::format(
        "SELECT {} AS key, epoch_us(valid_from) AS valid_from, hashdiff AS hash FROM {}", key,
        check_.view(rule_.output));
    const std::string wanted =
        "SELECT key, valid_from, hash FROM wanted WHERE hash IS NOT NULL AND valid_from IS NOT "
        "NULL";
    const std::string& name = check_.table_of(rule_.output).name;
    if (rule_.keep_equal_neighbours) {
      check_.expect_equal(stored, wanted, name);
    } else {
      check_.expect_none(fmt::format("({}) EXCEPT ({})", stored, wanted),
                         name + " has rows that its history does not have");
      // Rows that repeat their neighbour may be missing, so views are compared. A satellite has no
      // priority column; the history's row of the same key, time and hash gives it.
      const std::string ranked =
          "SELECT key, valid_from, priority, hash FROM wanted WHERE hash IS NOT NULL";
      const std::string found = fmt::format(
          "SELECT w.* FROM ({}) w WHERE EXISTS (SELECT 1 FROM ({}) s WHERE s.key = w.key AND "
          "s.valid_from = w.valid_from AND s.hash = w.hash)",
          ranked, stored);
      check_.expect_equal(current_view(found, "key"), current_view(ranked, "key"),
                          "the current view of " + name);
    }
    attributes();
  }

  /// The descriptive columns are those of the content (or silver row) that the hash names.
  void attributes() {
    const bool of_master = rule_.contents >= 0;
    const int source = of_master ? rule_.contents : rule_.input;
    if (!check_.has_table(source) || rule_.copies.empty()) return;
    const std::string hash =
        of_master ? "content_hash" : check_.column(rule_.input, rule_.hash_column);
    std::vector<std::string> columns, unequal;
    for (const auto& [to, from] : rule_.copies) {
      columns.push_back(fmt::format("{} AS c{}", check_.column(source, from), columns.size()));
      unequal.push_back(fmt::format("s.{} IS DISTINCT FROM c.c{}", check_.column(rule_.output, to),
                                    unequal.size()));
    }
    check_.expect_none(
        fmt::format(
            "SELECT s.hashdiff FROM {} s LEFT JOIN (SELECT DISTINCT {} AS hash, {} FROM {}) c ON "
            "c.hash = s.hashdiff WHERE c.hash IS NULL OR {}",
            check_.view(rule_.output), hash, join_texts(columns, ", "), check_.view(source),
            join_texts(unequal, " OR ")),
        check_.table_of(rule_.output).name + " shows other values than what its hashdiff names");
  }

  RelationCheck& check_;
  const PlanOperator& rule_;
};

}  // namespace

void check_vault(WorkspaceState& state, const PlanDocument& plan, Findings& findings,
                 const std::string& tenant) {
  for (const PlanOperator& rule : plan.operators) {
    if (rule.kind != "hub" && rule.kind != "link" && rule.kind != "satellite") continue;
    const std::string& name = plan.tables[static_cast<std::size_t>(rule.output)].name;
    CheckScope scope(findings, {tenant, "gold", name, "computed again from silver", {}, true});
    RelationCheck check(state, plan, scope, tenant);
    VaultCheck(check, rule).run();
  }
}

}  // namespace assay::verify
