#include "registry/workspace_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "registry/naming.h"
#include "registry/xml_names.h"

namespace assay::registry {

std::string yaml_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

namespace {

void add_note(std::string& text, std::string_view indent, const InferredField& field) {
  if (!field.note.empty()) text += fmt::format("{}# {}\n", indent, field.note);
}

void declare(std::string& text, const InferredField& field) {
  add_note(text, "  ", field);
  const bool is_number = field.type.type == column::Type::int64 ||
                         field.type.type == column::Type::float64 ||
                         field.type.type == column::Type::decimal;
  const std::string unit = is_number ? unit_of(words_of(field.name)) : "";
  text += fmt::format("  {}: {{type: {}, {}business_name: {}}}\n", field.name,
                      yaml_text(column::to_string(field.type)),
                      unit.empty() ? "" : fmt::format("unit: {}, ", yaml_text(unit)),
                      yaml_text(field.business_name));
}

void declare(std::string& text, const InferredEvent& event) {
  text += fmt::format("entity: {}\nkind: event\nbusiness_name: {}\n", event.name,
                      yaml_text(event.business_name));
  if (!event.parent.empty()) {
    text += fmt::format(
        "# One row an element of {}; known by its parent's key and its place in the array.\n"
        "parent: {}\n",
        one_line(event.rows), event.parent);
  } else {
    if (!event.key_is_unique)
      text += "# The samples repeat this key: check that it identifies one, or name more fields.\n";
    text += fmt::format("key: [{}]\n", event.key);
    if (event.event_time == "ingest")
      text += "# No time stands in every record, so the time of ingestion is taken.\n";
    text += fmt::format("event_time: {}\n", event.event_time);
    if (!event.key_is_unique) {
      text += fmt::format(
          "# Where the records of a key are versions of one thing, this keeps all and shows the "
          "last:\n"
          "# dedupe: key\n# order_by: [{}]\n",
          event.event_time == "ingest" ? "FIELD" : event.event_time);
    }
    if (event.key_is_unique)
      text +=
          "# A record that comes again with the same content is counted, and not stored again.\n"
          "dedupe: key+content\n";
  }
  text += event.fields.empty() ? "fields: {}\n" : "fields:\n";
  for (const InferredField& field : event.fields) declare(text, field);
  if (!event.roles.empty()) text += "masters:\n";
  for (const InferredRole& role : event.roles) {
    text +=
        fmt::format("  # {}: {} (score {:.2f})\n", one_line(role.path), role.reason, role.score);
    text += fmt::format("  {}: {{entity: {}}}\n", role.name, role.entity);
  }
}

void declare(std::string& text, const InferredMaster& master) {
  text += fmt::format(
      "entity: {}\nkind: master\nbusiness_name: {}\nkey: [{}]\n"
      "# What was true when: by the time of the event that brings it along.\n"
      "order_by: event_time\nfields:\n",
      master.name, yaml_text(master.business_name), master.key.name);
  declare(text, master.key);
  for (const InferredField& field : master.fields) declare(text, field);
}

/// Paths of one family as a mapping writes them.
class PathWriter {
 public:
  explicit PathWriter(const InferredFamily& family) : is_xml_(family.is_xml) {
    if (!is_xml_) return;
    for (const InferredField& leaf : family.leaves) names_.add(leaf.path);
  }

  const XmlNames& names() const { return names_; }
  std::string rows(const std::string& rows) const { return is_xml_ ? names_.xpath(rows) : rows; }
  /// A leaf as seen from the rows of its event.
  std::string value(const std::string& path, const std::string& rows) const {
    const bool in_row = rows != "$" && path.starts_with(rows);
    if (is_xml_) return in_row ? names_.xpath_within(path, rows) : names_.xpath(path);
    return in_row ? "@" + path.substr(rows.size()) : path;
  }

 private:
  bool is_xml_;
  XmlNames names_;
};

std::string mapping_of(const InferredField& field, const std::string& path) {
  if (!field.constant.empty()) return fmt::format("{{constant: {}}}", yaml_text(field.constant));
  std::string more;
  if (!field.format.empty()) more += ", format: " + field.format;
  const bool is_text_time = field.type.type == column::Type::timestamp &&
                            (field.format.empty() || field.format == "iso8601_basic");
  if (is_text_time && field.zoneless) more += ", timezone: UTC";
  if (field.null_on_error) more += ", on_error: \"null\"";
  return more.empty() ? yaml_text(path) : fmt::format("{{path: {}{}}}", yaml_text(path), more);
}

void map_role(std::string& text, const PathWriter& paths, const InferredEvent& event,
              const InferredRole& role) {
  text += fmt::format("      {}:\n        fields:\n", role.name);
  const auto line = [&](const InferredField& field) {
    text += fmt::format("          {}: {}\n", field.name,
                        mapping_of(field, paths.value(field.path, event.rows)));
  };
  line(role.key);
  for (const InferredField& field : role.members) line(field);
}

void map_event(std::string& text, const PathWriter& paths, const InferredEvent& event) {
  text += fmt::format("  {}:\n", event.name);
  if (event.rows != "$") text += fmt::format("    rows: {}\n", yaml_text(paths.rows(event.rows)));
  if (!event.fields.empty()) text += "    fields:\n";
  for (const InferredField& field : event.fields) {
    text += fmt::format("      {}: {}\n", field.name,
                        mapping_of(field, paths.value(field.path, event.rows)));
  }
  if (!event.roles.empty()) text += "    masters:\n";
  for (const InferredRole& role : event.roles) map_role(text, paths, event, role);
}

}  // namespace

std::string version_text(const InferredFamily& family) {
  const PathWriter paths(family);
  std::string text = fmt::format(
      "# One kind of payload: {} of the sample records, with the members\n#   {}\n"
      "# Paths are {}. \"@\" is the row that a mapping stands in. What is not mapped\n"
      "# stays readable in silver.residue; nothing is lost by taking a line away.\n",
      family.records, one_line(family.members),
      family.is_xml ? "XPath with the prefixes below" : "JSONPath (RFC 9535)");
  if (family.is_xml) {
    text += "namespaces:\n";
    for (const auto& [prefix, uri] : paths.names().prefixes())
      text += fmt::format("  {}: {}\n", prefix, yaml_text(uri));
    if (paths.names().prefixes().empty()) text.insert(text.size() - 1, " {}");
  }
  text += "# A payload is of this version where all of these are there.\nmatch:\n";
  for (const std::string& path : family.match)
    text += fmt::format("  - {{path: {}}}\n", yaml_text(paths.rows(path)));
  if (!family.left_out.empty()) {
    text += fmt::format("# {} smaller arrays are not mapped; their values are in silver.residue:\n",
                        family.left_out.size());
    for (const std::string& path : family.left_out) text += fmt::format("#   {}\n", one_line(path));
  }
  text += "mappings:\n";
  for (const InferredEvent& event : family.events) map_event(text, paths, event);
  return text;
}

std::vector<std::string> entity_texts(const Inference& inference, const InferredFamily& family) {
  std::vector<std::string> texts;
  for (const InferredEvent& event : family.events) declare(texts.emplace_back(), event);
  for (const InferredMaster& master : inference.masters) {
    const bool used =
        std::any_of(family.events.begin(), family.events.end(), [&](const InferredEvent& event) {
          return std::any_of(event.roles.begin(), event.roles.end(),
                             [&](const InferredRole& role) { return role.entity == master.name; });
        });
    if (used) declare(texts.emplace_back(), master);
  }
  return texts;
}

namespace {

std::string source_text(const WorkspaceNames& names) {
  std::string text =
      "# Which files belong to whom. ** is any number of folders, {tenant} and {application} take "
      "a\n"
      "# folder's name: \"**/{tenant}/{application}/*.json*\" routes many tenants at once.\n"
      "source: files\nkind: file\nroutes:\n";
  for (const std::string& pattern : names.patterns)
    text += fmt::format("  - {{pattern: {}, tenant: {}, application: {}}}\n", yaml_text(pattern),
                        yaml_text(names.tenant), yaml_text(names.application));
  return text;
}

std::string join_documents(const std::string& head, const std::vector<std::string>& documents) {
  std::string text = head;
  for (std::size_t i = 0; i < documents.size(); ++i) text += (i > 0 ? "---\n" : "") + documents[i];
  return text;
}

}  // namespace

std::vector<TextFile> workspace_files(const Inference& inference, const WorkspaceNames& names) {
  std::vector<TextFile> files;
  std::vector<std::string> masters;
  for (const InferredMaster& master : inference.masters) declare(masters.emplace_back(), master);
  if (!masters.empty()) {
    files.push_back(
        {"entities/masters.yaml",
         join_documents(
             "# Master data that the samples repeat: kept once for each key and content,\n"
             "# with its history. Rename freely before the first apply.\n",
             masters)});
  }
  for (std::size_t i = 0; i < inference.families.size(); ++i) {
    const InferredFamily& family = inference.families[i];
    std::vector<std::string> events;
    for (const InferredEvent& event : family.events) declare(events.emplace_back(), event);
    files.push_back(
        {fmt::format("entities/{}.yaml", family.events.front().name),
         join_documents("# Events: what happened, one row each, and the items in it.\n", events)});
    // Versions are tried from the last name to the first, so the rarer ones are asked first.
    files.push_back({fmt::format("tenants/{}/{}/v{}.yaml", names.tenant, names.application, i + 1),
                     version_text(family)});
  }
  files.push_back({"sources/files.yaml", source_text(names)});
  files.push_back(
      {"assay.yaml", fmt::format("# Written by assay infer from samples. Check the comments in\n"
                                 "# entities/ and tenants/, then: assay plan, assay apply.\n"
                                 "name: {}\n",
                                 yaml_text(names.workspace))});
  return files;
}

}  // namespace assay::registry
