#include "refine/test_fixture_internal.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/limits.h"
#include "base/time.h"
#include "column/batch.h"
#include "plan/standard_tables.h"

namespace assay::refine::testing {

OwnedSlab::OwnedSlab(const std::vector<std::string>& records, std::string application)
    : application_(std::move(application)) {
  std::int64_t offset = 0;
  for (const std::string& record : records) {
    bytes_ += record;
    bytes_ += '\n';
    offsets_.push_back(static_cast<std::uint32_t>(bytes_.size()));
    Coordinates from;
    from.record_id = {0x1000, static_cast<std::uint64_t>(coordinates_.size())};
    from.source = "files";
    from.source_id = "cafe";
    from.offset = offset;
    coordinates_.push_back(from);
    offset = static_cast<std::int64_t>(bytes_.size());
  }
  const std::size_t size = bytes_.size();
  bytes_.append(kPayloadPadding, '\0');
  slab_ = {std::string_view(bytes_).substr(0, size),
           offsets_,
           coordinates_,
           application_,
           "manifest-1",
           1'700'000'000'000'000};
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

namespace {

std::string decimal_text(column::ColumnView::Int128 value, int scale) {
  const bool negative = value < 0;
  std::string digits;
  for (; value != 0 || static_cast<int>(digits.size()) <= scale; value /= 10) {
    const int digit = static_cast<int>(value % 10);
    digits.insert(digits.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    if (static_cast<int>(digits.size()) == scale) digits.insert(digits.begin(), '.'), ++scale;
  }
  return negative ? "-" + digits : digits;
}

const TableBatch* find_table(const plan::Plan& plan, const RefineResult& result,
                             std::string_view name) {
  for (const TableBatch& table : result.batches) {
    if (plan.tables[static_cast<std::size_t>(table.table)].name == name) return &table;
  }
  return nullptr;
}

}  // namespace

std::string value_text(const column::Field& field, const column::ColumnView& view,
                       std::int64_t row) {
  if (view.is_null(row)) return "-";
  switch (field.type.type) {
    case column::Type::boolean: return view.boolean(row) ? "true" : "false";
    case column::Type::int32: return std::to_string(view.int32(row));
    case column::Type::int64: return std::to_string(view.int64(row));
    case column::Type::float64: return fmt::format("{}", view.float64(row));
    case column::Type::decimal: {
      if (field.type.scale == 0) return decimal_text(view.decimal(row), 0);
      return decimal_text(view.decimal(row), field.type.scale);
    }
    case column::Type::date: return format_day(view.int32(row));
    case column::Type::timestamp: return format_instant(view.int64(row));
    case column::Type::string: return fmt::format("'{}'", view.bytes(row));
    case column::Type::binary: return to_hex(view.bytes(row));
  }
  return {};
}

std::vector<std::string> rows_of(const plan::Plan& plan, const RefineResult& result,
                                 std::string_view name) {
  std::vector<std::string> lines;
  const TableBatch* table = find_table(plan, result, name);
  if (table == nullptr) return lines;
  const auto& schema = plan.tables[static_cast<std::size_t>(table->table)];
  const Status valid = column::validate(table->batch, schema);
  EXPECT_TRUE(valid) << name << ": " << (valid ? "" : valid.error().message);
  for (std::int64_t row = 0; row < table->batch.rows(); ++row) {
    std::string line;
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
      const column::ColumnView view(table->batch, static_cast<int>(i));
      line += fmt::format("{}{}={}", line.empty() ? "" : " ", schema.fields[i].name,
                          value_text(schema.fields[i], view, row));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string to_text(const plan::Plan& plan, const RefineResult& result) {
  std::string text;
  for (const TableBatch& table : result.batches) {
    const std::string& name = plan.tables[static_cast<std::size_t>(table.table)].name;
    text += name + "\n";
    const auto rows = rows_of(plan, result, name);
    for (std::size_t i = 0; i < rows.size(); ++i)
      text += fmt::format("  [{}] {}\n", table.record_of_row[i], rows[i]);
  }
  for (const RecordOutcome& record : result.records) {
    text += record.refined ? fmt::format("record key={} content={}\n", record.key_hash.to_hex(),
                                         record.content_hash.to_hex())
                           : "record quarantined\n";
  }
  const Accounting& counts = result.accounting;
  text += fmt::format(
      "records={} refined={} quarantined={} leaves={} mapped={} master={} residue={} masters={} "
      "bytes={}\n",
      counts.records, counts.refined, counts.quarantined, counts.leaves, counts.leaves_mapped,
      counts.leaves_master, counts.leaves_residue, counts.masters_seen, counts.bytes);
  for (const auto& [code, count] : counts.quarantined_by_code)
    text += fmt::format("code {}={}\n", code, count);
  for (const auto& [version, count] : counts.refined_by_version)
    text += fmt::format("version {}={}\n", version, count);
  for (const auto& [entity, count] : counts.masters_seen_by_entity)
    text += fmt::format("master {}={}\n", entity, count);
  return text;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string data_folder() {
  const char* named = std::getenv("ASSAY_DATA");
  std::filesystem::path folder = named != nullptr ? named : "";
  if (named == nullptr)
    folder = std::filesystem::path(ASSAY_SOURCE_DIR).parent_path() / "shared" / "data";
  return std::filesystem::is_directory(folder) ? folder.string() : "";
}

namespace {

using column::Role;
using column::Type;

column::Field own(int id, std::string name, column::DataType type) {
  return {id, std::move(name), type, false, Role::content, ""};
}
column::Field system(int id, std::string name, Type type) {
  return {id, std::move(name), {type}, true, Role::provenance, ""};
}

std::vector<column::Field> event_tail() {
  return {{column::field_id::kNullFields, "null_fields", {Type::binary}, false, Role::content, ""},
          system(column::field_id::kRecordId, "record_id", Type::binary),
          system(column::field_id::kPointer, "pointer", Type::string),
          system(column::field_id::kIngestTime, "ingest_time", Type::timestamp),
          system(column::field_id::kKnowledgeTime, "knowledge_time", Type::timestamp),
          system(column::field_id::kManifestId, "manifest_id", Type::string),
          system(column::field_id::kRowHash, "row_hash", Type::binary)};
}

column::TableSchema event_table(std::string name, std::vector<column::Field> fields) {
  std::vector<column::Field> all = {system(column::field_id::kTenantId, "tenant_id", Type::string)};
  all.insert(all.end(), fields.begin(), fields.end());
  const auto tail = event_tail();
  all.insert(all.end(), tail.begin(), tail.end());
  return {std::move(name), std::move(all), {}};
}

column::TableSchema content_table(std::string name, std::vector<column::Field> fields) {
  std::vector<column::Field> all = {system(column::field_id::kTenantId, "tenant_id", Type::string)};
  all.insert(all.end(), fields.begin(), fields.end());
  const std::vector<column::Field> tail = {
      {column::field_id::kNullFields, "null_fields", {Type::binary}, false, Role::content, ""},
      system(column::field_id::kContentHash, "content_hash", Type::binary),
      system(column::field_id::kEventTime, "event_time", Type::timestamp),
      system(column::field_id::kRecordId, "record_id", Type::binary),
      system(column::field_id::kKnowledgeTime, "knowledge_time", Type::timestamp),
      system(column::field_id::kManifestId, "manifest_id", Type::string)};
  all.insert(all.end(), tail.begin(), tail.end());
  return {std::move(name), std::move(all), {}};
}

plan::FieldRule rule(const column::TableSchema& table, std::string_view column,
                     std::string_view path, plan::Normalisation normalisation = {}) {
  plan::FieldRule made;
  made.column = table.index_of(column);
  made.path = *path::parse_json_path(path);
  made.normalisation = std::move(normalisation);
  return made;
}

plan::FieldRule key(plan::FieldRule made) {
  made.is_key = true;
  return made;
}

std::vector<column::TableSchema> order_tables() {
  return {
      event_table("silver.order",
                  {own(16, "order_no", {Type::string}), own(17, "ordered_at", {Type::timestamp}),
                   own(18, "total", {Type::decimal, 18, 2}), own(19, "priority", {Type::int32}),
                   own(20, "score", {Type::float64}), own(21, "paid", {Type::boolean}),
                   own(22, "due", {Type::date}), own(23, "status", {Type::string}),
                   own(24, "customer_id", {Type::int64}),
                   own(25, "customer_content_hash", {Type::binary})}),
      event_table(
          "silver.line",
          {own(16, "order_no", {Type::string}), own(17, "item_index", {Type::int64}),
           own(18, "ordered_at", {Type::timestamp}), own(19, "quantity", {Type::int64}),
           own(20, "price", {Type::decimal, 18, 3}), own(21, "product_code", {Type::string}),
           own(22, "product_content_hash", {Type::binary}), own(23, "note", {Type::string}),
           own(24, "currency", {Type::string})}),
      event_table("silver.tag",
                  {own(16, "order_no", {Type::string}), own(17, "item_index", {Type::int64}),
                   own(18, "ordered_at", {Type::timestamp}), own(19, "quantity", {Type::int64}),
                   own(20, "tag", {Type::string})}),
      content_table("silver.customer_content",
                    {own(16, "id", {Type::int64}), own(17, "name", {Type::string}),
                     own(18, "city", {Type::string})}),
      content_table("silver.product_content",
                    {own(16, "code", {Type::string}), own(17, "description", {Type::string})}),
      plan::silver_residue(),
      plan::bronze_quarantine(),
  };
}

}  // namespace

plan::Plan order_plan() {
  plan::Plan plan;
  plan.tenant = "acme";
  plan.tables = order_tables();
  plan.residue_table = 5;
  plan.quarantine_table = 6;
  const auto& order = plan.tables[0];
  const auto& line = plan.tables[1];
  const auto& tag = plan.tables[2];
  const auto& customer = plan.tables[3];
  const auto& product = plan.tables[4];
  plan::EntityRule orders{.entity = "order",
                          .table = 0,
                          .rows = {},
                          .root = true,
                          .event_time_column = order.index_of("ordered_at")};
  plan::Normalisation status;
  status.trim = true;
  status.text_case = plan::TextCase::lower;
  status.null_if = {"n/a"};
  const plan::Normalisation lenient{.on_error = plan::OnError::null};
  orders.fields = {key(rule(order, "order_no", "$.no")), rule(order, "ordered_at", "$.at"),
                   rule(order, "total", "$.total"),      rule(order, "priority", "$.priority"),
                   rule(order, "score", "$.score"),      rule(order, "paid", "$.paid"),
                   rule(order, "due", "$.due", lenient), rule(order, "status", "$.status", status)};
  plan::MasterRule buyer{.role = "customer", .entity = "customer", .content_table = 3};
  buyer.fields = {key(rule(customer, "id", "$.customer.id")),
                  rule(customer, "name", "$.customer.name"),
                  rule(customer, "city", "$.customer.address.city")};
  buyer.reference_keys = {order.index_of("customer_id")};
  buyer.reference_hash = order.index_of("customer_content_hash");
  orders.masters = {buyer};
  plan::FieldRule index;
  index.source = plan::FieldRule::Source::item_index;
  index.is_key = true;
  plan::EntityRule lines{
      .entity = "line", .table = 1, .rows = *path::parse_json_path("$.lines[*]")};
  lines.event_time_column = line.index_of("ordered_at");
  index.column = line.index_of("item_index");
  plan::FieldRule currency;
  currency.column = line.index_of("currency");
  currency.source = plan::FieldRule::Source::constant;
  currency.constant = "EUR";
  lines.fields = {key(rule(line, "order_no", "$.no")),
                  index,
                  rule(line, "ordered_at", "$.at"),
                  rule(line, "quantity", "$.lines[*].quantity"),
                  rule(line, "price", "$.lines[*].price"),
                  rule(line, "note", "$.lines[*].note"),
                  currency};
  plan::MasterRule sold{.role = "product", .entity = "product", .content_table = 4};
  sold.fields = {key(rule(product, "code", "$.lines[*].product.code")),
                 rule(product, "description", "$.lines[*].product.text")};
  sold.reference_keys = {line.index_of("product_code")};
  sold.reference_hash = line.index_of("product_content_hash");
  lines.masters = {sold};
  plan::EntityRule tags{
      .entity = "tag", .table = 2, .rows = *path::parse_json_path("$.lines[*].tags[*]")};
  tags.event_time_column = tag.index_of("ordered_at");
  index.column = tag.index_of("item_index");
  tags.fields = {key(rule(tag, "order_no", "$.no")), index, rule(tag, "ordered_at", "$.at"),
                 rule(tag, "quantity", "$.lines[*].quantity"),
                 rule(tag, "tag", "$.lines[*].tags[*]")};
  plan::VersionPlan version{.application = "shop", .version = "v1"};
  version.match = {{*path::parse_json_path("$.no"), {}}};
  version.envelope_version = *path::parse_json_path("$.schema");
  version.entities = {orders, lines, tags};
  plan.versions = {version};
  return plan;
}

RefineResult refine_all(const plan::Plan& plan, const std::vector<std::string>& records) {
  const OwnedSlab slab(records, plan.versions.empty() ? "shop" : plan.versions[0].application);
  auto refiner = Refiner::open(std::make_shared<plan::Plan>(plan));
  EXPECT_TRUE(refiner) << (refiner ? "" : refiner.error().to_text());
  auto result = refiner->refine(slab.slab());
  EXPECT_TRUE(result) << (result ? "" : result.error().to_text());
  return std::move(*result);
}

std::vector<int> codes_of(const plan::Plan& plan, const RefineResult& result) {
  std::vector<int> codes(result.records.size(), 0);
  const TableBatch* table = find_table(plan, result, "bronze.quarantine");
  if (table == nullptr) return codes;
  const column::ColumnView code(table->batch, plan::bronze_quarantine().index_of("code"));
  for (std::int64_t row = 0; row < table->batch.rows(); ++row) {
    codes[table->record_of_row[static_cast<std::size_t>(row)]] = code.int32(row);
  }
  return codes;
}

}  // namespace assay::refine::testing
