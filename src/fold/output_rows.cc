#include "fold/output_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "column/row_decoder.h"
#include "fold/rule_checks.h"

namespace assay::fold {
namespace {

using column::TableSchema;
using column::Type;
using Kind = OutputLayout::Kind;
using Source = OutputLayout::Source;
using RuleKind = plan::OperatorRule::Kind;
namespace id = column::field_id;

/// Finds the source of one output column; a step of OutputLayout::make.
class SourceFinder {
 public:
  SourceFinder(const plan::Plan& plan, const plan::OperatorRule& rule)
      : rule_(rule),
        input_(plan.tables[static_cast<std::size_t>(rule.input)]),
        output_(plan.tables[static_cast<std::size_t>(rule.output)]),
        contents_(rule.contents < 0 ? nullptr
                                    : &plan.tables[static_cast<std::size_t>(rule.contents)]) {}

  Result<Source> find(int column) const {
    const column::Field& field = output_.fields[static_cast<std::size_t>(column)];
    switch (field.id) {
      case id::kTenantId: return Source{Kind::tenant, 0};
      case id::kRecordSource: return Source{Kind::record_source, 0};
      case id::kManifestId: return Source{Kind::manifest, 0};
      default: break;
    }
    if (rule_.kind == RuleKind::content) return Source{Kind::input, column};
    if (const auto named = named_by_rule(column)) {
      ASSAY_TRY_VOID(check_type(field, *named));
      return *named;
    }
    if (const auto shared = shared_column(field.id)) return *shared;
    if (const int same = input_.index_of_id(field.id); same >= 0 && is_provenance(field.id)) {
      return Source{Kind::input, same};
    }
    if (rule_.kind == RuleKind::feature && !field.required) return Source{Kind::absent, 0};
    return misfit(rule_, fmt::format("nothing fills column \"{}\" of table \"{}\"", field.name,
                                     output_.name));
  }

 private:
  /// copies, measures, and the hub keys behind a link key.
  std::optional<Source> named_by_rule(int column) const {
    for (const auto& [to, from] : rule_.copies) {
      if (to != column) continue;
      if (contents_ == nullptr) return Source{Kind::input, from};
      return Source{Kind::contents, contents_->fields[static_cast<std::size_t>(from)].id};
    }
    for (std::size_t i = 0; i < rule_.measures.size(); ++i) {
      if (rule_.measures[i].output_column == column) {
        return Source{Kind::measure, static_cast<int>(i)};
      }
    }
    if (rule_.kind != RuleKind::link) return std::nullopt;
    const int hub = column - output_.index_of_id(id::kLinkKey) - 1;
    if (hub < 0 || hub >= static_cast<int>(rule_.hubs.size())) return std::nullopt;
    return Source{Kind::hub, hub};
  }

  std::optional<Source> shared_column(int field_id) const {
    switch (field_id) {
      case id::kHubKey:
      case id::kLinkKey: return Source{Kind::key, 0};
      case id::kContentHash: return Source{Kind::hash, 0};
      case id::kValidFrom: return Source{Kind::order, 0};
      case id::kEventTime:
        if (rule_.order_column < 0) return std::nullopt;
        return Source{Kind::order, 0};
      case id::kSourcePriority: return Source{Kind::priority, 0};
      case id::kKnowledgeTime: return Source{Kind::knowledge, 0};
      default: return std::nullopt;
    }
  }

  static bool is_provenance(int field_id) {
    return field_id == id::kRecordId || field_id == id::kPointer || field_id == id::kIngestTime;
  }

  Status check_type(const column::Field& field, const Source& source) const {
    column::DataType type = field.type;
    if (source.kind == Kind::input) {
      type = input_.fields[static_cast<std::size_t>(source.index)].type;
    } else if (source.kind == Kind::contents) {
      type = contents_->fields[static_cast<std::size_t>(contents_->index_of_id(source.index))].type;
    } else if (source.kind == Kind::hub) {
      type = {Type::binary};
    }
    if (type == field.type) return {};
    return misfit(rule_, fmt::format("column \"{}\" of type {} is filled with {}", field.name,
                                     column::to_string(field.type), column::to_string(type)));
  }

  const plan::OperatorRule& rule_;
  const TableSchema& input_;
  const TableSchema& output_;
  const TableSchema* contents_;
};

}  // namespace

OutputLayout::OutputLayout(column::TableSchema schema, std::vector<Source> sources)
    : schema_(std::move(schema)), sources_(std::move(sources)) {}

Result<OutputLayout> OutputLayout::make(const plan::Plan& plan, const plan::OperatorRule& rule) {
  if (rule.output < 0) return misfit(rule, "it has no output table");
  const SourceFinder finder(plan, rule);
  const TableSchema& schema = plan.tables[static_cast<std::size_t>(rule.output)];
  std::vector<Source> sources;
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    ASSAY_TRY(const Source source, finder.find(static_cast<int>(i)));
    sources.push_back(source);
  }
  return OutputLayout(schema, std::move(sources));
}

OutputRows::OutputRows(const OutputLayout& layout, const Context& context)
    : layout_(layout),
      context_(context),
      record_source_(fmt::format("{}/{}", context.tenant, context.application)),
      builder_(layout.schema()) {}

Status OutputRows::write(const OutputRow& row) {
  const auto& sources = layout_.sources();
  bool has_contents = false;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].kind == Kind::contents) {
      has_contents = true;
    } else {
      write_column(static_cast<int>(i), sources[i], row);
    }
  }
  return has_contents ? write_contents(row.contents) : Status();
}

void OutputRows::write_column(int column, const Source& source, const OutputRow& row) {
  switch (source.kind) {
    case Kind::tenant: return builder_.bytes(column, context_.tenant);
    case Kind::record_source: return builder_.bytes(column, record_source_);
    case Kind::manifest: return builder_.bytes(column, context_.manifest_id);
    case Kind::input: return builder_.copy(column, row.input->column(source.index), row.row);
    case Kind::contents: break;  // write_contents fills these
    case Kind::measure:
      return write_measure(column, row.measures[static_cast<std::size_t>(source.index)]);
    case Kind::hub: {
      const auto& hub = row.hubs[static_cast<std::size_t>(source.index)];
      return hub ? builder_.hash(column, *hub) : builder_.null(column);
    }
    case Kind::key: return builder_.hash(column, row.key);
    case Kind::hash: return builder_.hash(column, row.hash);
    case Kind::order: return builder_.int64(column, row.order);
    case Kind::priority: return builder_.int32(column, row.priority);
    case Kind::knowledge: return builder_.int64(column, row.knowledge);
    case Kind::absent: return builder_.null(column);
  }
}

void OutputRows::write_measure(int column, const MeasureValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    builder_.int64(column, *integer);
  } else if (const auto* decimal = std::get_if<column::ColumnView::Int128>(&value)) {
    builder_.decimal(column, *decimal);
  } else if (const auto* real = std::get_if<double>(&value)) {
    builder_.float64(column, *real);
  } else {
    builder_.null(column);
  }
}

Status OutputRows::write_contents(std::string_view contents) {
  const auto& sources = layout_.sources();
  std::vector<bool> written(sources.size(), false);
  column::RowDecoder decoder(contents);
  while (const auto value = decoder.next()) {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (sources[i].kind != Kind::contents || sources[i].index != value->id || written[i])
        continue;
      written[i] =
          append_value(builder_, static_cast<int>(i), layout_.schema().fields[i].type, *value);
      if (!written[i]) {
        return make_error(Code::internal, fmt::format("a content row in the state has a value of "
                                                      "another type for column \"{}\"",
                                                      layout_.schema().fields[i].name));
      }
    }
  }
  if (!decoder.ok()) return make_error(Code::internal, "a content row in the state is malformed");
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].kind == Kind::contents && !written[i]) builder_.null(static_cast<int>(i));
  }
  return {};
}

void OutputRows::finish(Output& output) && {
  if (builder_.rows() > 0) output.batches.push_back(builder_.finish());
}

}  // namespace assay::fold
