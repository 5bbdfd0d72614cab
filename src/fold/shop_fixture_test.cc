#include "fold/shop_fixture_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace assay::fold::testing {
namespace {

using column::Field;
using column::Role;
using column::TableSchema;
using column::Type;
using plan::OperatorRule;
namespace id = column::field_id;

Field own(int field_id, std::string name, column::DataType type) {
  return {field_id, std::move(name), type, false, Role::content, {}};
}

const Field kTenantField{id::kTenantId, "tenant_id", {Type::string}, true, Role::provenance, {}};
const Field kManifest{id::kManifestId, "manifest_id", {Type::string}, true, Role::provenance, {}};
const Field kKnowledge{
    id::kKnowledgeTime, "knowledge_time", {Type::timestamp}, true, Role::provenance, {}};
const Field kRecord{id::kRecordId, "record_id", {Type::binary}, false, Role::provenance, {}};
const Field kSource{id::kRecordSource, "record_source", {Type::string}, true, Role::provenance, {}};
const Field kHash{id::kContentHash, "content_hash", {Type::binary}, true, Role::content, {}};
const Field kValidFrom{id::kValidFrom, "valid_from", {Type::timestamp}, true, Role::content, {}};
const Field kHubKey{id::kHubKey, "hub_key", {Type::binary}, true, Role::content, {}};
const Field kLinkKey{id::kLinkKey, "link_key", {Type::binary}, true, Role::content, {}};
const Field kPriority{
    id::kSourcePriority, "source_priority", {Type::int32}, true, Role::content, {}};
const Field kEventTime{id::kEventTime, "event_time",     {Type::timestamp},
                       false,          Role::provenance, {}};
const Field kRowHash{id::kRowHash, "row_hash", {Type::binary}, true, Role::provenance, {}};

std::vector<TableSchema> shop_tables() {
  const column::DataType money{Type::decimal, 18, 2};
  return {
      {"silver.invoice",
       {kTenantField, own(16, "invoice_no", {Type::string}), own(17, "at", {Type::timestamp}),
        own(18, "customer_id", {Type::int64}), own(19, "customer_content_hash", {Type::binary}),
        own(20, "quantity", {Type::int64}), own(21, "price", money), kRecord, kKnowledge, kManifest,
        kRowHash},
       {}},
      {"silver.customer_content",
       {kTenantField,
        own(16, "customer_id", {Type::int64}),
        own(17, "country", {Type::string}),
        {id::kContentHash, "content_hash", {Type::binary}, true, Role::provenance, {}},
        kEventTime,
        kRecord,
        kKnowledge,
        kManifest},
       {}},
      {"silver.customer_history",
       {kTenantField, own(16, "customer_id", {Type::int64}), kHash, kValidFrom, kPriority,
        kKnowledge, kManifest},
       {}},
      {"vault.hub_customer",
       {kTenantField, kHubKey, own(16, "customer_id", {Type::int64}), kSource, kKnowledge,
        kManifest},
       {}},
      {"vault.hub_invoice",
       {kTenantField, kHubKey, own(16, "invoice_no", {Type::string}), kSource, kKnowledge,
        kManifest},
       {}},
      {"vault.link_invoice",
       {kTenantField, kLinkKey, own(16, "invoice_hub_key", {Type::binary}),
        own(17, "customer_hub_key", {Type::binary}), own(18, "quantity", {Type::int64}), kSource,
        kKnowledge, kManifest},
       {}},
      {"vault.sat_customer",
       {kTenantField, kHubKey, kHash, kValidFrom, own(16, "country", {Type::string}), kSource,
        kKnowledge, kManifest},
       {}},
      {"vault.sat_invoice",
       {kTenantField, kHubKey, kHash, kValidFrom, own(16, "price", money), kSource, kKnowledge,
        kManifest},
       {}},
      {"feature.customer_invoices",
       {kTenantField,
        own(16, "customer_id", {Type::int64}),
        {id::kEventTime, "event_time", {Type::timestamp}, true, Role::content, {}},
        own(17, "revenue", {Type::decimal, 38, 2}),
        own(18, "invoices", {Type::int64}),
        kRecord,
        kKnowledge,
        kManifest},
       {}},
  };
}

std::vector<OperatorRule> shop_rules() {
  using Kind = OperatorRule::Kind;
  OperatorRule content{.kind = Kind::content, .name = "content", .layer = "silver"};
  content.input = content.output = kContent;
  content.key_columns = {1};
  content.hash_column = 3;

  OperatorRule history{.kind = Kind::history, .name = "history", .layer = "silver"};
  history.input = kInvoice;
  history.output = kHistory;
  history.key_columns = {3};
  history.hash_column = 4;
  history.order_column = 2;
  history.copies = {{1, 3}};
  OperatorRule important = history;
  important.name = "important history";
  important.priority = 1;

  OperatorRule hub{
      .kind = Kind::hub, .name = "hub customer", .layer = "gold", .entity = "customer"};
  hub.input = kInvoice;
  hub.output = kHubCustomer;
  hub.key_columns = {3};
  hub.copies = {{2, 3}};
  OperatorRule invoice = hub;
  invoice.name = "hub invoice";
  invoice.entity = "invoice";
  invoice.output = kHubInvoice;
  invoice.key_columns = {1};
  invoice.copies = {{2, 1}};

  OperatorRule link{.kind = Kind::link, .name = "link", .layer = "gold", .entity = "link_invoice"};
  link.input = kInvoice;
  link.output = kLinkInvoice;
  link.hubs = {{"invoice", {1}}, {"customer", {3}}};
  link.dependent_child = {5};
  link.copies = {{4, 5}};

  OperatorRule master{
      .kind = Kind::satellite, .name = "sat customer", .layer = "gold", .entity = "customer"};
  master.input = kHistory;
  master.output = kSatCustomer;
  master.key_columns = {1};
  master.hash_column = 2;
  master.order_column = 3;
  master.contents = kContent;
  master.copies = {{4, 2}};

  OperatorRule event{
      .kind = Kind::satellite, .name = "sat invoice", .layer = "gold", .entity = "invoice"};
  event.input = kInvoice;
  event.output = kSatInvoice;
  event.key_columns = {1};
  event.hash_column = 10;
  event.order_column = 2;
  event.keep_equal_neighbours = true;
  event.copies = {{4, 6}};

  OperatorRule feature{.kind = Kind::feature, .name = "feature", .layer = "gold"};
  feature.input = kInvoice;
  feature.output = kFeature;
  feature.key_columns = {3};
  feature.order_column = 2;
  feature.copies = {{1, 3}};
  feature.measures = {{3, {5, 6}}, {4, {}}};
  return {content, history, important, hub, invoice, link, master, event, feature};
}

void optional_int64(column::BatchBuilder& builder, int column, std::optional<std::int64_t> value) {
  value ? builder.int64(column, *value) : builder.null(column);
}

std::string cell(const column::ColumnView& view, const column::DataType& type, std::int64_t row) {
  if (view.is_null(row)) return "null";
  switch (type.type) {
    case Type::boolean: return view.boolean(row) ? "true" : "false";
    case Type::int32:
    case Type::date: return std::to_string(view.int32(row));
    case Type::int64:
    case Type::timestamp: return std::to_string(view.int64(row));
    case Type::float64: return fmt::format("{}", view.float64(row));
    case Type::decimal: return fmt::format("{}", view.decimal(row));
    case Type::string: return std::string(view.bytes(row));
    case Type::binary: return to_hex(view.bytes(row));
  }
  return "";
}

}  // namespace

plan::Plan shop_plan() {
  plan::Plan plan;
  plan.tenant = kTenant;
  plan.tables = shop_tables();
  plan.operators = shop_rules();
  return plan;
}

const OperatorRule& rule_of(const plan::Plan& plan, const std::string& name) {
  for (const OperatorRule& rule : plan.operators) {
    if (rule.name == name) return rule;
  }
  throw std::invalid_argument("no rule is called " + name);
}

Hash128 hash_of(const std::string& content) { return xxh3_128("content " + content); }

column::Batch invoices(const std::vector<Invoice>& rows) {
  static const TableSchema schema = shop_tables()[kInvoice];
  column::BatchBuilder builder(schema);
  for (const Invoice& row : rows) {
    builder.bytes(0, kTenant);
    builder.bytes(1, row.no);
    builder.int64(2, row.at);
    optional_int64(builder, 3, row.customer);
    row.customer ? builder.hash(4, hash_of(row.content)) : builder.null(4);
    optional_int64(builder, 5, row.quantity);
    row.price ? builder.decimal(6, *row.price) : builder.null(6);
    builder.hash(7, xxh3_128("record " + row.no));
    builder.int64(8, row.known);
    builder.bytes(9, "silver manifest");
    builder.hash(10, xxh3_128(fmt::format("{} {} {}", row.no, row.at, row.price.value_or(-1))));
  }
  return builder.finish();
}

column::Batch contents(const std::vector<Content>& rows) {
  static const TableSchema schema = shop_tables()[kContent];
  column::BatchBuilder builder(schema);
  for (const Content& row : rows) {
    builder.bytes(0, kTenant);
    builder.int64(1, row.customer);
    row.country ? builder.bytes(2, *row.country) : builder.null(2);
    builder.hash(3, hash_of(row.content));
    optional_int64(builder, 4, row.at);
    builder.bytes(5, row.record);
    builder.int64(6, row.known);
    builder.bytes(7, "silver manifest");
  }
  return builder.finish();
}

std::vector<Row> rows_of(const column::Batch& batch, const TableSchema& schema) {
  std::vector<Row> rows(static_cast<std::size_t>(batch.rows()));
  for (int column = 0; column < batch.columns(); ++column) {
    const column::ColumnView view(batch, column);
    const Field& field = schema.fields[static_cast<std::size_t>(column)];
    for (std::size_t row = 0; row < rows.size(); ++row) {
      rows[row][field.name] = cell(view, field.type, static_cast<std::int64_t>(row));
    }
  }
  return rows;
}

Host::Host(plan::Plan plan) : plan_(std::move(plan)) {}

std::size_t Host::pages() const {
  std::size_t count = 0;
  for (const auto& [id, pages] : state_) count += pages.size();
  return count;
}

Host::Folded Host::fold(const std::string& name,
                        const std::vector<std::pair<int, const column::Batch*>>& in,
                        const std::string& manifest, const std::string& application) {
  const OperatorRule& rule = rule_of(plan_, name);
  auto made = make_operator(plan_, rule);
  if (!made) throw std::runtime_error(made.error().to_text());
  const Operator& op = **made;
  auto& state = state_[plan::operator_id(plan_, rule)];
  std::vector<Input> inputs;
  for (const auto& [table, batch] : in) inputs.push_back({table, batch});

  auto started = op.start(inputs);
  if (!started) throw std::runtime_error(started.error().to_text());
  const Fold& under_way = **started;
  Pages have;
  int rounds = 0;
  for (;; ++rounds) {
    const auto needed = under_way.pages(have);
    if (!needed) throw std::runtime_error(needed.error().to_text());
    if (needed->empty()) break;
    for (const PageKey& key : *needed) {
      EXPECT_FALSE(have.contains(key)) << "asked for a page twice";
      const auto found = state.find(key);
      have.set(key, found == state.end() ? Page() : Page(found->second));
    }
  }
  EXPECT_LE(rounds, 4);
  auto output = under_way.fold(
      have,
      {.tenant = kTenant, .application = application, .manifest_id = manifest, .watermark = {}});
  if (!output) throw std::runtime_error(output.error().to_text());

  Folded folded;
  folded.equation = output->equation;
  std::int64_t sum = 0;
  for (const auto& [part, count] : folded.equation.parts) sum += count;
  EXPECT_EQ(folded.equation.in, sum) << name;
  const auto part = [&](const char* name) {
    const auto found = folded.equation.parts.find(name);
    return found == folded.equation.parts.end() ? 0 : found->second;
  };
  const std::int64_t least = part("inserted") + part("late") + part("overflow");
  folded.pages_written = output->writes.size();
  for (std::size_t i = 0; i < output->writes.size(); ++i) {
    const std::string_view page = output->writes.page(i);
    EXPECT_TRUE(page.at(0) == 1 || page.at(0) == 2) << "a page starts with its format version";
    folded.bytes_written += page.size();
    state[output->writes.key(i)] = page;
  }
  for (const PageKey& key : output->deletions) state.erase(key);
  const TableSchema& schema = plan_.tables[static_cast<std::size_t>(rule.output)];
  for (const column::Batch& batch : output->batches) {
    EXPECT_TRUE(column::validate(batch, schema));
    EXPECT_GT(batch.rows(), 0);
    for (Row& row : rows_of(batch, schema)) folded.rows.push_back(std::move(row));
  }
  const auto count = static_cast<std::int64_t>(folded.rows.size());
  EXPECT_GE(count, least) << name;
  EXPECT_LE(count, least + part("late")) << name;
  folded.batches = std::move(output->batches);
  return folded;
}

}  // namespace assay::fold::testing
