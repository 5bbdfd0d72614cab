// A draft as the file of a schema version: what was found as YAML, what was not as comments.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "registry/draft_internal.h"
#include "registry/workspace_text.h"

namespace assay::registry {
namespace {

std::string list_text(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + yaml_text(text);
  return "[" + list + "]";
}

std::string value_text(const DraftField& field) {
  if (field.path.empty()) return "{" + field.settings.substr(2) + "}";  // a constant
  if (field.settings.empty()) return yaml_text(field.path);
  return fmt::format("{{path: {}{}}}", yaml_text(field.path), field.settings);
}

/// "0.71 was $.amount: name 50 %, same type".
std::string comment_text(const DraftField& field) {
  std::string text = fmt::format("{:.2f}", field.score);
  if (field.was.empty() && !field.path.empty())
    text += " new";
  else if (!field.was.empty() && field.was != field.path)
    text += " was " + field.was;
  if (!field.reason.empty()) text += ": " + field.reason;
  return one_line(std::move(text));
}

void add_fields(std::string& text, std::string_view key, std::string_view blanks,
                const std::vector<DraftField>& fields) {
  const auto is_found = [](const DraftField& field) {
    return !field.path.empty() || field.score > 0;
  };
  const bool some = std::any_of(fields.begin(), fields.end(), is_found);
  if (fields.empty()) return;
  text += fmt::format("{}{}:{}\n", blanks, key, some ? "" : " {}");
  for (const DraftField& field : fields) {
    if (is_found(field)) {
      text += fmt::format("{}  {}: {}  # {}\n", blanks, field.name, value_text(field),
                          comment_text(field));
      continue;
    }
    text += one_line(fmt::format("{}  # {}: ?  was {}, which is not there{}{}", blanks, field.name,
                                 field.was.empty() ? "made otherwise" : field.was,
                                 field.reason.empty() ? "" : "; ", field.reason)) +
            "\n";
  }
}

void add_unmapped(std::string& text, const Draft& draft, const DraftMapping& mapping) {
  if (mapping.unmapped.empty()) return;
  text += fmt::format(
      "    # Nothing takes these; they stay readable in silver.residue. To keep one as a column,\n"
      "    # declare a field in entities/ (for all tenants) or in tenants/{}/extensions.yaml\n"
      "    # (for this one), and map it under fields or extension:\n",
      draft.tenant);
  for (const InferredField& leaf : mapping.unmapped) {
    text += one_line(fmt::format("    #   {}: {}  # {}, {} values", leaf.name, yaml_text(leaf.path),
                                 column::to_string(leaf.type), leaf.values)) +
            "\n";
  }
}

void add_mapping(std::string& text, const Draft& draft, const DraftMapping& mapping) {
  if (mapping.rows_are_missing) {
    text += one_line(fmt::format("  # {}: its rows were {}, which are not there", mapping.entity,
                                 mapping.rows_was)) +
            "\n";
    return;
  }
  text += fmt::format("  {}:\n", mapping.entity);
  if (!mapping.rows.empty()) {
    text += fmt::format(
        "    rows: {}{}\n", yaml_text(mapping.rows),
        mapping.rows == mapping.rows_was ? "" : one_line("  # was " + mapping.rows_was));
  }
  add_fields(text, "fields", "    ", mapping.fields);
  add_fields(text, "extension", "    ", mapping.extension);
  if (!mapping.roles.empty()) text += "    masters:\n";
  for (const DraftRole& role : mapping.roles) {
    text += fmt::format("      {}:\n", role.name);
    add_fields(text, "fields", "        ", role.fields);
  }
  add_unmapped(text, draft, mapping);
}

void add_findings(std::string& text, const Draft& draft) {
  if (!draft.new_rows.empty()) text += "# Items that no mapping takes as rows:\n";
  for (const std::string& rows : draft.new_rows) text += one_line("#   " + rows) + "\n";
  if (!draft.masters.empty()) text += "# What looks like master data, and nothing takes:\n";
  for (const InferredRole& role : draft.masters) {
    text += one_line(fmt::format("#   {} at {} by {}: {} ({:.2f})", role.entity, role.path,
                                 role.key.path, role.reason, role.score)) +
            "\n";
  }
}

}  // namespace

std::string settings_text(const model::FieldMapping& mapping) {
  const plan::Normalisation& n = mapping.normalisation;
  std::string text;
  if (mapping.constant) text += ", constant: " + yaml_text(*mapping.constant);
  constexpr std::string_view kFormats[] = {"iso8601", "epoch_seconds", "epoch_millis",
                                           "epoch_micros", "iso8601_basic"};
  if (n.time_format != plan::TimeFormat::iso8601)
    text += fmt::format(", format: {}", kFormats[static_cast<std::size_t>(n.time_format)]);
  if (n.offset_minutes != 0) {
    const int minutes = std::abs(n.offset_minutes);
    text += fmt::format(", timezone: \"{}{:02}:{:02}\"", n.offset_minutes < 0 ? "-" : "+",
                        minutes / 60, minutes % 60);
  }
  if (n.scale10 != 0) text += fmt::format(", scale10: {}", n.scale10);
  if (n.trim) text += ", trim: true";
  if (n.text_case != plan::TextCase::keep)
    text += n.text_case == plan::TextCase::lower ? ", case: lower" : ", case: upper";
  if (!n.null_if.empty()) text += ", null_if: " + list_text(n.null_if);
  if (!n.value_map.empty()) {
    std::string map;
    for (const auto& [from, to] : n.value_map)
      map += fmt::format("{}{}: {}", map.empty() ? "" : ", ", yaml_text(from), yaml_text(to));
    text += ", map: {" + map + "}";
  }
  if (mapping.fallback) text += ", default: " + yaml_text(*mapping.fallback);
  if (mapping.keeps_variant)
    text += ", on_error: variant";
  else if (n.on_error == plan::OnError::null)
    text += ", on_error: \"null\"";
  if (mapping.required) text += ", required: true";
  return text;
}

std::string draft_text(const Draft& draft) {
  std::string text = fmt::format(
      "# Draft of a schema version: {} records of {}/{} wait in quarantine that no version takes.\n"
      "# {} is nearest: its paths are found again by {:.2f} of 1. Behind each line stands how sure "
      "it\n"
      "# is, and where the value was. Check it, then: assay plan --data 1d, assay apply, assay "
      "run.\n"
      "# A payload is of this version where all of these hold.\nmatch:\n",
      draft.records, draft.tenant, draft.application, draft.nearest, draft.score);
  for (const auto& [path, equals] : draft.match) {
    text += fmt::format("  - {{path: {}{}}}\n", yaml_text(path),
                        equals.empty() ? "" : ", equals: " + list_text(equals));
  }
  if (!draft.envelope_version.empty())
    text += fmt::format("envelope_version: {}\n", yaml_text(draft.envelope_version));
  text += "mappings:\n";
  for (const DraftMapping& mapping : draft.mappings) add_mapping(text, draft, mapping);
  add_findings(text, draft);
  return text;
}

}  // namespace assay::registry
