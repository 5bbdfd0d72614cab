// Stage 4: what must be there, is there.

#include <fmt/format.h>

#include "path/json_path.h"
#include "refine/kernel.h"

namespace assay::refine {
namespace {

/// The JSON Pointer at which a row's field would stand.
std::string pointer_of(const Record& record, const FieldProgram& field,
                       const std::vector<std::uint32_t>& chain, std::uint32_t instance) {
  // The indices of the wildcards, outermost last.
  std::vector<std::uint32_t> indices;
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    const Instance& at = record.document.instances[chain[i]][instance];
    if (i >= field.level) indices.push_back(record.document.nodes[at.node].key);
    instance = at.parent;
  }
  std::string pointer;
  for (const path::Step& step : field.path.steps) {
    if (step.kind == path::Step::Kind::name) path::append_pointer(pointer, step.name);
    if (step.kind == path::Step::Kind::index)
      path::append_pointer(pointer, std::to_string(step.index));
    if (step.kind == path::Step::Kind::wildcard && !indices.empty()) {
      path::append_pointer(pointer, std::to_string(indices.back()));
      indices.pop_back();
    }
  }
  return pointer;
}

bool refuse(Record& record, const FieldProgram& field, const std::vector<std::uint32_t>& chain,
            std::uint32_t instance) {
  const Code code = field.is_key          ? Code::key_null
                    : field.is_event_time ? Code::event_time_null
                                          : Code::required_null;
  const char* what = field.is_key ? "key" : field.is_event_time ? "event time" : "required";
  record.fault = {code, fmt::format("the {} field \"{}\" is null or absent", what, field.name),
                  pointer_of(record, field, chain, instance)};
  return false;
}

/// Names the first field of the row that is missing. REQUIRES: there is one.
bool refuse_row(Record& record, const RowBlock& block, std::uint32_t row) {
  const EntityProgram& entity = *block.entity;
  const std::uint64_t* nulls =
      record.nulls_at(block.masks + std::size_t{row} * block.table->null_words);
  const FieldProgram* missing = nullptr;
  for (const auto* fields : {&entity.outer, &entity.own}) {
    for (const FieldProgram& field : *fields) {
      const bool needed = field.is_key || field.is_event_time || field.required;
      if (!needed || !test_bit(nulls, field.column)) continue;
      if (missing == nullptr || field.column < missing->column) missing = &field;
    }
  }
  return refuse(record, *missing, entity.chain, record.row_instances[block.instances + row]);
}

}  // namespace

bool gate(Record& record) {
  for (const RowBlock& block : record.blocks) {
    const std::size_t words = block.table->null_words;
    const std::uint64_t* nulls = record.nulls_at(block.masks);
    for (std::uint32_t row = 0; row < block.rows; ++row, nulls += words) {
      for (std::size_t word = 0; word < words; ++word) {
        if ((nulls[word] & block.entity->required_mask[word]) != 0)
          return refuse_row(record, block, row);
      }
    }
  }
  for (const MasterCopy& copy : record.copies) {
    if (!copy.has_key) continue;
    for (const FieldProgram& field : copy.master->fields) {
      if (!field.required || !test_bit(record.nulls_at(copy.masks), field.column)) continue;
      return refuse(record, field, copy.master->chain, copy.instance);
    }
  }
  if (record.repeated_bytes > kOutputPerInputMax * record.bytes.size()) {
    record.fault = {Code::json_too_large,
                    fmt::format("texts that all rows of the record repeat come to {} bytes",
                                record.repeated_bytes),
                    ""};
    return false;
  }
  return true;
}

}  // namespace assay::refine
