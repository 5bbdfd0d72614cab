#pragma once
// How the plan's structs stand in JSON: one `describe` a struct, which both the writer and the
// reader run, so that the two cannot differ. Names the members in the order of the headers; the
// document sorts them.

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "column/schema.h"
#include "path/json_path.h"
#include "plan/plan.h"

namespace assay::plan {

/// T for an archive that reads, const T for one that writes.
template <typename T, typename Archive>
using Described = std::conditional_t<Archive::kReads, T, const T>;

/// Texts of an enum's values, in their order.
template <typename Enum>
struct EnumTexts;
template <>
struct EnumTexts<TimeFormat> {
  static constexpr std::array kTexts = {"iso8601", "epoch_seconds", "epoch_millis", "epoch_micros",
                                        "iso8601_basic"};
};
template <>
struct EnumTexts<OnError> {
  static constexpr std::array kTexts = {"quarantine", "null"};
};
template <>
struct EnumTexts<TextCase> {
  static constexpr std::array kTexts = {"keep", "lower", "upper"};
};
template <>
struct EnumTexts<FieldRule::Source> {
  static constexpr std::array kTexts = {"path", "item_index", "constant", "expression"};
};
template <>
struct EnumTexts<expression::Op> {
  static constexpr std::array kTexts = {
      "null",       "literal",    "column",  "widen",       "add",       "subtract",
      "multiply",   "divide",     "negate",  "abs",         "round",     "equal",
      "less",       "less_equal", "and",     "or",          "not",       "is_null",
      "choose",     "coalesce",   "concat",  "upper",       "lower",     "trim",
      "substring",  "length",     "replace", "starts_with", "ends_with", "contains",
      "split_part", "text",       "date",    "year",        "month",     "day"};
};
template <>
struct EnumTexts<OperatorRule::Kind> {
  static constexpr std::array kTexts = {"content",   "history", "hub",   "link",
                                        "satellite", "feature", "dedupe"};
};
template <>
struct EnumTexts<Dedupe> {
  static constexpr std::array kTexts = {"coordinates", "key_content"};
};
template <>
struct EnumTexts<column::Role> {
  static constexpr std::array kTexts = {"content", "provenance"};
};
template <>
struct EnumTexts<column::Transform> {
  static constexpr std::array kTexts = {"identity", "day", "month"};
};

template <typename A>
void describe(A& archive, Described<column::Field, A>& field) {
  archive.member("id", field.id);
  archive.member("name", field.name);
  archive.member("type", field.type);
  archive.member("required", field.required);
  archive.member("role", field.role);
  archive.member("doc", field.doc);
}

template <typename A>
void describe(A& archive, Described<column::PartitionField, A>& field) {
  archive.member("source", field.source);
  archive.member("transform", field.transform);
}

template <typename A>
void describe(A& archive, Described<column::TableSchema, A>& table) {
  archive.member("name", table.name);
  archive.member("fields", table.fields);
  archive.member("partition", table.partition);
}

template <typename A>
void describe(A& archive, Described<PayloadLimits, A>& limits) {
  archive.member("record_size_max", limits.record_size_max);
  archive.member("depth_max", limits.depth_max);
  archive.member("object_keys_max", limits.object_keys_max);
}

template <typename A>
void describe(A& archive, Described<Normalisation, A>& normalisation) {
  archive.member("time_format", normalisation.time_format);
  archive.member("offset_minutes", normalisation.offset_minutes);
  archive.member("scale10", normalisation.scale10);
  archive.member("trim", normalisation.trim);
  archive.member("text_case", normalisation.text_case);
  archive.member("null_if", normalisation.null_if);
  archive.member("value_map", normalisation.value_map);
  archive.member("on_error", normalisation.on_error);
}

template <typename A>
void describe(A& archive, Described<expression::Node, A>& node) {
  archive.member("op", node.op);
  archive.member("type", node.type);
  archive.may_be("arguments", node.arguments, {});
  archive.may_be("literal", node.literal, {});
  archive.may_be("index", node.index, -1);
}

template <typename A>
void describe(A& archive, Described<expression::Expression, A>& expression) {
  archive.member("text", expression.text);
  archive.member("root", expression.root);
}

template <typename A>
void describe(A& archive, Described<FieldRule, A>& rule) {
  archive.member("column", rule.column);
  archive.member("source", rule.source);
  archive.member("path", rule.path);
  archive.member("constant", rule.constant);
  archive.member("required", rule.required);
  archive.member("is_key", rule.is_key);
  archive.member("normalisation", rule.normalisation);
  archive.may_be_absent("expression", rule.expression);
  archive.may_be_absent("fallback", rule.fallback);
}

template <typename A>
void describe(A& archive, Described<InputRule, A>& input) {
  archive.member("of", input.of);
  archive.member("name", input.name);
  archive.member("type", input.type);
  archive.member("rule", input.rule);
}

template <typename A>
void describe(A& archive, Described<MasterRule, A>& rule) {
  archive.member("role", rule.role);
  archive.member("entity", rule.entity);
  archive.member("content_table", rule.content_table);
  archive.member("fields", rule.fields);
  archive.may_be("inputs", rule.inputs, {});
  archive.member("reference_keys", rule.reference_keys);
  archive.member("reference_hash", rule.reference_hash);
  archive.member("order_column", rule.order_column);
  archive.member("order_field", rule.order_field);
}

template <typename A>
void describe(A& archive, Described<DeletionRule, A>& rule) {
  archive.member("column", rule.column);
  archive.member("values", rule.values);
  archive.member("needed", rule.needed);
}

template <typename A>
void describe(A& archive, Described<EntityRule, A>& rule) {
  archive.member("entity", rule.entity);
  archive.member("table", rule.table);
  archive.member("rows", rule.rows);
  archive.member("root", rule.root);
  archive.member("event_time_column", rule.event_time_column);
  archive.member("fields", rule.fields);
  archive.may_be("inputs", rule.inputs, {});
  archive.member("masters", rule.masters);
  archive.may_be_absent("deletion", rule.deletion);
}

template <typename A>
void describe(A& archive, Described<MatchCondition, A>& condition) {
  archive.member("path", condition.path);
  archive.member("equals", condition.equals);
}

template <typename A>
void describe(A& archive, Described<VersionPlan, A>& version) {
  archive.member("application", version.application);
  archive.member("version", version.version);
  archive.member("match", version.match);
  archive.member("envelope_version", version.envelope_version);
  archive.member("entities", version.entities);
}

template <typename A>
void describe(A& archive, Described<OperatorRule::Measure, A>& measure) {
  archive.member("output_column", measure.output_column);
  archive.member("factors", measure.factors);
}

template <typename A>
void describe(A& archive, Described<OperatorRule, A>& rule) {
  archive.member("kind", rule.kind);
  archive.member("name", rule.name);
  archive.member("layer", rule.layer);
  archive.member("entity", rule.entity);
  archive.member("input", rule.input);
  archive.member("output", rule.output);
  archive.member("key_columns", rule.key_columns);
  archive.member("hash_column", rule.hash_column);
  archive.member("order_column", rule.order_column);
  archive.member("priority", rule.priority);
  archive.member("contents", rule.contents);
  archive.member("keep_equal_neighbours", rule.keep_equal_neighbours);
  archive.member("hubs", rule.hubs);
  archive.member("dependent_child", rule.dependent_child);
  archive.member("copies", rule.copies);
  archive.member("measures", rule.measures);
}

template <typename A>
void describe(A& archive, Described<Plan, A>& plan) {
  archive.member("format_version", plan.format_version);
  archive.member("tenant", plan.tenant);
  archive.member("limits", plan.limits);
  archive.member("tables", plan.tables);
  archive.member("quarantine_table", plan.quarantine_table);
  archive.member("residue_table", plan.residue_table);
  archive.member("versions", plan.versions);
  archive.member("operators", plan.operators);
  archive.member("dedupe", plan.dedupe);
}

}  // namespace assay::plan
