// The way back of one row: manifests, the record that it came from, and the rule that read the
// value.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "verify/interpreter.h"
#include "verify/lake_view.h"
#include "verify/rendition.h"
#include "verify/why_row.h"

namespace assay::verify {
namespace {

std::string text_of(const NamedRow& row, const std::string& column) {
  for (const auto& [name, value] : row) {
    if (name == column) return value == "null" ? std::string() : value;
  }
  return {};
}

/// The silver row behind a row of any table: where its item stands in which record.
struct SilverSpot {
  std::string record_id;
  std::string pointer;
  std::string event;  ///< silver table of the event that carried it; empty = not known
  std::string role;   ///< of the master, where the row is about one
};

class WayBack {
 public:
  WayBack(WorkspaceState& state, FoundRow row, std::optional<std::string> column)
      : state_(state), row_(std::move(row)), plan_(state.plan_of(row_.tenant)) {
    answer_.column = std::move(column);
  }

  Result<WhyAnswer> run() && {
    answer_.table = row_.table;
    answer_.tenant = row_.tenant;
    answer_.row = row_.row;
    if (answer_.column && !row_.has(*answer_.column)) {
      std::string columns;
      for (const auto& [name, value] : row_.row) columns += (columns.empty() ? "" : ", ") + name;
      return make_error(Code::usage,
                        fmt::format("table {} has no column \"{}\"", row_.table, *answer_.column),
                        "Columns: " + columns);
    }
    manifests(row_.value("manifest_id"));
    history();
    if (!row_.note.empty()) answer_.notes.push_back(row_.note);
    if (plan_ == nullptr) return std::move(answer_);
    ASSAY_TRY(const SilverSpot spot, find_spot());
    if (spot.record_id.empty()) {
      answer_.notes.push_back("no single record is behind this row");
      return std::move(answer_);
    }
    ASSAY_TRY_VOID(record(spot));
    return std::move(answer_);
  }

 private:
  void manifests(std::string id) {
    for (int step = 0; step < 3; ++step) {
      const ManifestRow* manifest = state_.control.manifest(id);
      if (manifest == nullptr) return;
      answer_.manifests.push_back(
          {manifest->manifest_id, manifest->layer, manifest->status, manifest->plan_id,
           manifest->batch_id,
           manifest->end_time ? to_text(timestamp_cell(*manifest->end_time)) : ""});
      if (manifest->lineage.empty()) return;
      id = manifest->lineage.front();
    }
  }

  /// What else was ever said of the key: of masters from their history, whatever table was asked
  /// for.
  void history() {
    const std::string entity = master_entity();
    const auto table = state_.tables.find("silver." + entity + "_history");
    if (!entity.empty() && table != state_.tables.end() && row_.table != table->first) {
      std::string condition;
      for (const std::string& column : key_columns(*plan_, "silver." + entity + "_content")) {
        if (!row_.has(column)) return;
        condition += (condition.empty() ? "" : " AND ") +
                     equals_text(table->second, column, row_.value(column));
      }
      const auto rows = state_.sql.rows(
          fmt::format("SELECT valid_from, content_hash, source_priority, knowledge_time FROM {} "
                      "WHERE {} ORDER BY ALL",
                      scan_sql(table->second, files_of(table->second, row_.tenant)), condition));
      for (const TextRow& row : rows ? *rows : std::vector<TextRow>()) {
        answer_.history.push_back({{"valid_from", row[0].value_or("")},
                                   {"content_hash", row[1].value_or("")},
                                   {"source_priority", row[2].value_or("")},
                                   {"knowledge_time", row[3].value_or("")}});
      }
      return;
    }
    if (row_.others.size() > 1) answer_.history = row_.others;
  }

  /// The master that the table is about; empty where it is none.
  std::string master_entity() const {
    if (plan_ == nullptr) return {};
    for (const PlanOperator& rule : plan_->operators) {
      if (rule.kind != "content") continue;
      for (const std::string& name :
           {"silver." + rule.entity + "_content", "silver." + rule.entity + "_history",
            "mart." + rule.entity, "vault.hub_" + rule.entity, "vault.sat_" + rule.entity}) {
        if (row_.table == name) return rule.entity;
      }
    }
    return {};
  }

  Result<SilverSpot> find_spot() {
    if (row_.table.starts_with("bronze.") || row_.table == "silver.residue") {
      return SilverSpot{row_.value("record_id"), row_.value("pointer"), "", ""};
    }
    if (const std::string entity = master_entity(); !entity.empty()) return master_spot(entity);
    if (row_.has("record_id")) return event_spot();
    return vault_spot();
  }

  /// An event's row, or a feature's: record and pointer stand in it.
  SilverSpot event_spot() const {
    SilverSpot spot{row_.value("record_id"), row_.value("pointer"), "", ""};
    const std::string name = row_.table.substr(row_.table.find('.') + 1);
    if (plan_->table("silver." + name) != nullptr) spot.event = "silver." + name;
    for (const PlanOperator& rule : plan_->operators) {
      // A contribution's own columns say which of the view's sources it came from.
      if (rule.kind != "feature" ||
          plan_->tables[static_cast<std::size_t>(rule.output)].name != row_.table)
        continue;
      const bool filled =
          std::any_of(rule.measures.begin(), rule.measures.end(), [&](const auto& measure) {
            return !row_.value(plan_->tables[static_cast<std::size_t>(rule.output)]
                                   .columns[static_cast<std::size_t>(measure.output_column)]
                                   .name)
                        .empty();
          });
      if (filled) spot.event = plan_->tables[static_cast<std::size_t>(rule.input)].name;
    }
    return spot;
  }

  /// The event that said it: the first with this key, content and time.
  Result<SilverSpot> master_spot(const std::string& entity) {
    for (const PlanOperator& rule : plan_->operators) {
      if (rule.kind != "history" || rule.entity != entity) continue;
      const PlanTable& event = plan_->tables[static_cast<std::size_t>(rule.input)];
      const auto table = state_.tables.find(event.name);
      if (table == state_.tables.end()) continue;
      const std::string& hash_column =
          event.columns[static_cast<std::size_t>(rule.hash_column)].name;
      const std::string condition = observation(rule, event, table->second, hash_column);
      if (condition.empty()) continue;
      ASSAY_TRY(const NamedRow found,
                first_row(state_, table->second, condition,
                          event.columns[static_cast<std::size_t>(rule.order_column)].name +
                              ", record_id, pointer"));
      if (found.empty()) continue;
      constexpr std::string_view kSuffix = "_content_hash";
      if (answer_.manifests.size() < 2) manifests(text_of(found, "manifest_id"));
      return SilverSpot{text_of(found, "record_id"), text_of(found, "pointer"), event.name,
                        hash_column.substr(0, hash_column.size() - kSuffix.size())};
    }
    return SilverSpot{};
  }

  /// SQL that finds the events which observed the master as the row shows it.
  std::string observation(const PlanOperator& rule, const PlanTable& event,
                          const IcebergTable& table, const std::string& hash_column) const {
    std::string condition;
    const auto add = [&](const std::string& column, const std::string& value) {
      condition += (condition.empty() ? "" : " AND ") + equals_text(table, column, value);
    };
    const PlanTable& history = plan_->tables[static_cast<std::size_t>(rule.output)];
    for (const auto& [to, from] : rule.copies) {
      const std::string& key = history.columns[static_cast<std::size_t>(to)].name;
      if (row_.has(key)) add(event.columns[static_cast<std::size_t>(from)].name, row_.value(key));
    }
    for (const char* hash : {"content_hash", "hashdiff"}) {
      if (row_.has(hash)) add(hash_column, row_.value(hash));
    }
    if (row_.has("valid_from") && !row_.value("valid_from").empty()) {
      add(event.columns[static_cast<std::size_t>(rule.order_column)].name,
          row_.value("valid_from"));
    }
    return condition;
  }

  /// Hubs and satellites of events: the silver row whose key or hash they carry.
  Result<SilverSpot> vault_spot() {
    for (const PlanOperator& rule : plan_->operators) {
      if (rule.output < 0 ||
          plan_->tables[static_cast<std::size_t>(rule.output)].name != row_.table)
        continue;
      const PlanTable& input = plan_->tables[static_cast<std::size_t>(rule.input)];
      const auto table = state_.tables.find(input.name);
      if (table == state_.tables.end()) break;
      std::string condition;
      if (row_.has("hashdiff")) {
        condition = equals_text(table->second, "row_hash", row_.value("hashdiff"));
      } else {
        for (const auto& [to, from] : rule.copies) {
          const std::string& column = plan_->tables[static_cast<std::size_t>(rule.output)]
                                          .columns[static_cast<std::size_t>(to)]
                                          .name;
          condition +=
              (condition.empty() ? "" : " AND ") +
              equals_text(table->second, input.columns[static_cast<std::size_t>(from)].name,
                          row_.value(column));
        }
      }
      if (condition.empty() || rule.kind == "link") break;
      ASSAY_TRY(const NamedRow found,
                first_row(state_, table->second, condition, "knowledge_time, record_id"));
      if (!found.empty())
        return SilverSpot{text_of(found, "record_id"), text_of(found, "pointer"), input.name, ""};
    }
    return SilverSpot{};
  }

  Status record(const SilverSpot& spot) {
    answer_.record_id = spot.record_id;
    NamedRow found;
    std::string payload;
    std::string headers;
    for (const char* name : {"bronze.record", "bronze.quarantine"}) {
      const auto table = state_.tables.find(name);
      if (table == state_.tables.end() || !found.empty()) continue;
      const std::string condition = equals_text(table->second, "record_id", spot.record_id);
      ASSAY_TRY(found, first_row(state_, table->second, condition, ""));
      if (found.empty()) continue;
      ASSAY_TRY_VOID(state_.sql.stream(
          fmt::format("SELECT payload FROM {} WHERE {} LIMIT 1",
                      scan_sql(table->second, files_of(table->second, row_.tenant)), condition),
          [&](const Chunk& chunk) -> Status {
            payload = std::string(chunk.cell(0, 0).text);
            return {};
          }));
    }
    if (found.empty()) {
      answer_.notes.push_back("its record is not in bronze");
      return {};
    }
    coordinates(found);
    answer_.payload = std::move(payload);
    if (!text_of(found, "reason").empty())
      answer_.notes.push_back("quarantined: " + text_of(found, "reason"));
    show_rendition(text_of(found, "headers"));
    read_payload(spot, text_of(found, "application"));
    return {};
  }

  void coordinates(const NamedRow& bronze) {
    answer_.source = text_of(bronze, "source");
    answer_.source_id = text_of(bronze, "source_id");
    answer_.partition = std::strtoll(text_of(bronze, "partition").c_str(), nullptr, 10);
    answer_.offset = std::strtoll(text_of(bronze, "offset").c_str(), nullptr, 10);
    answer_.ingest_time = text_of(bronze, "ingest_time");
    const ManifestRow* manifest = state_.control.manifest(text_of(bronze, "manifest_id"));
    if (manifest == nullptr) return;
    if (answer_.manifests.empty()) manifests(manifest->manifest_id);
    const auto ranges = nlohmann::json::parse(manifest->ranges, nullptr, false);
    for (const auto& range : ranges.is_array() ? ranges : nlohmann::json::array()) {
      if (range.value("source_id", "") == answer_.source_id) answer_.path = range.value("path", "");
    }
  }

  /// The plan that silver was made with, not the one of today.
  const PlanDocument& plan_then() const {
    for (const WhyManifest& manifest : answer_.manifests) {
      const auto plan = state_.plans.find(manifest.plan_id);
      if (manifest.layer == "silver" && plan != state_.plans.end()) return plan->second;
    }
    return *plan_;
  }

  /// Of silver's step: it says which schemas were looked up for messages.
  std::string accounting_then() const {
    for (const WhyManifest& manifest : answer_.manifests) {
      const ManifestRow* row = state_.control.manifest(manifest.manifest_id);
      if (manifest.layer == "silver" && row != nullptr) return row->accounting;
    }
    return {};
  }

  /// Pointers and the mark are of the JSON text that stands for a payload of another format.
  void show_rendition(const std::string& headers) {
    auto rendition = rendition_of(answer_.payload,
                                  completed_headers(answer_.payload, headers, accounting_then()),
                                  plan_then().limits);
    auto* const text = std::get_if<std::string>(&rendition);
    if (text == nullptr || *text == answer_.payload) return;
    answer_.payload = std::move(*text);
    answer_.notes.push_back("the payload is not shown as it came but as its rendition in JSON");
  }

  void read_payload(const SilverSpot& spot, const std::string& application) {
    const PlanDocument& plan = plan_then();
    const auto parsed = parse_payload(answer_.payload, plan.limits);
    const auto* root = std::get_if<Node>(&parsed);
    if (root == nullptr)
      return answer_.notes.push_back("the payload cannot be read: " +
                                     std::get<Fault>(parsed).message);
    mark(*root, spot.pointer);
    const Derivation derived = derive(plan, application, answer_.payload);
    if (derived.version == nullptr || spot.event.empty()) return;
    for (const PlanEntity& entity : derived.version->entities) {
      if (plan.tables[static_cast<std::size_t>(entity.table)].name != spot.event) continue;
      Reading reading{plan, *derived.version, entity, *root, spot};
      spot.role.empty() ? event_mappings(reading) : master_mappings(reading);
    }
    for (const WhyMapping& mapping : answer_.mappings) {
      if (answer_.column && mapping.column == *answer_.column && !mapping.pointer.empty())
        mark(*root, mapping.pointer);
    }
  }

  struct Reading {
    const PlanDocument& plan;
    const PlanVersion& version;
    const PlanEntity& entity;
    const Node& root;
    const SilverSpot& spot;
  };

  void add(const Reading& reading, const std::string& column, const PlanField& field) {
    if (answer_.column && *answer_.column != column) return;
    WhyMapping mapping{column,
                       field.path.text,
                       field.normaliser.text,
                       reading.version.application,
                       reading.version.version,
                       reading.plan.id,
                       ""};
    if (field.source == PlanField::Source::constant)
      mapping.path = fmt::format("constant \"{}\"", field.constant);
    if (field.source == PlanField::Source::expression)
      mapping.path = fmt::format("expression {}", field.expression_text);
    if (field.source == PlanField::Source::item_index)
      mapping.path = "index of the item in " + reading.entity.rows.text;
    mapping.pointer = origin_pointer(reading.entity, field, reading.root, reading.spot.pointer);
    answer_.mappings.push_back(std::move(mapping));
  }

  void event_mappings(const Reading& reading) {
    const PlanTable& table = reading.plan.tables[static_cast<std::size_t>(reading.entity.table)];
    for (const PlanField& field : reading.entity.fields) {
      const std::string& column = table.columns[static_cast<std::size_t>(field.column)].name;
      if (row_.has(column)) add(reading, column, field);
      feature_factor(reading, field);
    }
    for (const PlanMaster& master : reading.entity.masters) {
      const PlanTable& contents =
          reading.plan.tables[static_cast<std::size_t>(master.content_table)];
      for (const PlanField& field : master.fields) {
        const std::string column =
            master.role + "_" + contents.columns[static_cast<std::size_t>(field.column)].name;
        if (row_.has(column)) add(reading, column, field);
      }
    }
  }

  /// A measure is a product: each of its factors is a mapping.
  void feature_factor(const Reading& reading, const PlanField& field) {
    for (const PlanOperator& rule : reading.plan.operators) {
      if (rule.kind != "feature" ||
          reading.plan.tables[static_cast<std::size_t>(rule.output)].name != row_.table)
        continue;
      if (rule.input != reading.entity.table) continue;
      for (const PlanOperator::Measure& measure : rule.measures) {
        if (std::find(measure.factors.begin(), measure.factors.end(), field.column) ==
            measure.factors.end())
          continue;
        add(reading,
            reading.plan.tables[static_cast<std::size_t>(rule.output)]
                .columns[static_cast<std::size_t>(measure.output_column)]
                .name,
            field);
      }
    }
  }

  void master_mappings(const Reading& reading) {
    for (const PlanMaster& master : reading.entity.masters) {
      if (master.role != reading.spot.role) continue;
      const PlanTable& contents =
          reading.plan.tables[static_cast<std::size_t>(master.content_table)];
      for (const PlanField& field : master.fields) {
        const std::string& column = contents.columns[static_cast<std::size_t>(field.column)].name;
        if (row_.has(column)) add(reading, column, field);
      }
    }
  }

  void mark(const Node& root, std::string_view pointer) {
    const Node* node = pointer.empty() ? nullptr : find_pointer(root, pointer);
    if (node == nullptr) return;
    answer_.mark_begin = static_cast<std::size_t>(node->raw.data() - answer_.payload.data());
    answer_.mark_end = answer_.mark_begin + node->raw.size();
  }

  WorkspaceState& state_;
  FoundRow row_;
  const PlanDocument* plan_;
  WhyAnswer answer_;
};

}  // namespace

Result<WhyAnswer> why(io::FileSystem& files, const WhyQuestion& question) {
  ASSAY_TRY(const std::string data, data_folder_of(files, question.root));
  ASSAY_TRY(ControlRows control, read_control(data + "/control.db", ControlPart::all));
  ASSAY_TRY(Sql sql, Sql::open(data + "/tmp/why"));
  WorkspaceState state{files, sql, data, std::move(control), {}, {}, {}, {}};
  for (const auto& [tenant, plan] : state.control.tenant_plans) state.tenants.push_back(tenant);
  Report report;
  Findings findings(report);
  read_plans(state, findings);
  read_tables(state, findings);
  ASSAY_TRY(FoundRow row, find_row(state, question));
  state.tenants = {row.tenant};
  return WayBack(state, std::move(row), question.column).run();
}

}  // namespace assay::verify
