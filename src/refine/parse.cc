// Stage 2: one walk over the payload, and the schema version that it is of.

#include <fmt/format.h>

#include <algorithm>

#include "refine/kernel.h"

namespace assay::refine {
namespace {

constexpr std::size_t kExcerptMax = 64;

/// The text of a scalar as conditions compare it.
std::string_view scalar_text(const Document& document, const Node& node, std::string& room) {
  if (node.kind != Kind::string) return document.raw(node);
  const std::string_view raw = document.raw_string(node);
  if ((node.flags & Node::kEscaped) == 0) return raw;
  room = unescaped(raw);
  return room;
}

bool holds(const ConditionProgram& condition, const Document& document) {
  const Node* node = document.find(condition.slot, 0);
  if (node == nullptr) return false;
  if (condition.equals.empty()) return true;
  if (node->kind <= Kind::empty_array) return false;
  std::string room;
  const std::string_view text = scalar_text(document, *node, room);
  return std::find(condition.equals.begin(), condition.equals.end(), text) !=
         condition.equals.end();
}

bool matches(const VersionProgram& version, const Document& document) {
  return std::all_of(version.match.begin(), version.match.end(),
                     [&](const ConditionProgram& condition) { return holds(condition, document); });
}

/// Whether some version of the plan answers to this name in the envelope.
bool is_known_version(const ApplicationProgram& application, SlotRef envelope,
                      std::string_view text) {
  for (const VersionProgram& version : application.versions) {
    if (version.name == text) return true;
    for (const ConditionProgram& condition : version.match) {
      if (!(condition.slot == envelope)) continue;
      if (std::find(condition.equals.begin(), condition.equals.end(), text) !=
          condition.equals.end())
        return true;
    }
  }
  return false;
}

/// No version matches: either the envelope names one that nobody registered, or the shape is new.
Fault unknown(const ApplicationProgram& application, const Document& document,
              bool& shape_is_unknown) {
  for (const VersionProgram& version : application.versions) {
    if (!version.has_envelope) continue;
    const Node* node = document.find(version.envelope, 0);
    if (node == nullptr || node->kind <= Kind::empty_array || node->kind == Kind::null) continue;
    std::string room;
    const std::string_view text = scalar_text(document, *node, room);
    if (is_known_version(application, version.envelope, text)) continue;
    std::string shown(text.substr(0, kExcerptMax));
    while (text.size() > kExcerptMax && !shown.empty() && (shown.back() & 0x80) != 0)
      shown.pop_back();
    return {Code::version_unknown,
            fmt::format("the payload names version \"{}\", which is not registered", shown),
            document.pointer(static_cast<std::uint32_t>(node - document.nodes.data()))};
  }
  shape_is_unknown = true;
  return {Code::shape_unknown, "no schema version matches the payload", ""};
}

}  // namespace

bool parse(Application& application, const StructureIndex::Record& text, Record& record) {
  if (text.index == nullptr) {
    record.fault = {text.fault, text.reason, ""};
    return false;
  }
  Document& document = record.document;
  document.bytes = text.bytes;
  document.begin = text.begin;
  document.end = text.end;
  if (!application.walker.walk(document, text.index, text.count)) {
    record.fault = application.walker.fault();
    return false;
  }
  const Kind kind = document.nodes[0].kind;
  if (kind != Kind::object && kind != Kind::empty_object) {
    record.fault = {Code::json_not_object, "the payload is not an object", ""};
    return false;
  }
  const auto& versions = application.program->versions;
  const auto found =
      std::find_if(versions.begin(), versions.end(),
                   [&](const VersionProgram& version) { return matches(version, document); });
  if (found == versions.end()) {
    record.fault = unknown(*application.program, document, record.shape_is_unknown);
    return false;
  }
  record.version = &*found;
  record.version_index = static_cast<std::uint32_t>(found - versions.begin());
  return true;
}

}  // namespace assay::refine
