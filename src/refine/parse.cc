// Stage 2: one walk over each payload, and the schema version that it is of.

#include <fmt/format.h>

#include <algorithm>

#include "refine/kernel.h"

namespace assay::refine {
namespace {

constexpr std::size_t kExcerptMax = 64;

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
Fault unknown(const ApplicationProgram& application, const Document& document, Record& record) {
  for (const VersionProgram& version : application.versions) {
    if (!version.has_envelope) continue;
    const Node* node = document.find_in_last(version.envelope, record.place);
    if (node == nullptr || node->kind <= Kind::empty_array || node->kind == Kind::null) continue;
    std::string room;
    const std::string_view text = scalar_text(document, *node, room);
    if (is_known_version(application, version.envelope, text)) continue;
    std::string shown(text.substr(0, kExcerptMax));
    while (text.size() > kExcerptMax && !shown.empty() && (shown.back() & 0x80) != 0)
      shown.pop_back();
    return {Code::version_unknown,
            fmt::format("the payload names version \"{}\", which is not registered", shown),
            document.pointer(*node)};
  }
  record.shape_is_unknown = true;
  return {Code::shape_unknown, "no schema version matches the payload", ""};
}

/// What the single walk could not follow.
bool ask_queries(Application& application, Document& document, Record& record) {
  if (record.version->queries.empty()) return true;
  auto status = application.queries.run(record.version->queries, document);
  if (!status) record.refuse(0, {status.error().code, std::move(status.error().message), ""});
  return status.has_value();
}

bool take_version(Application& application, Document& document, Record& record) {
  if (!document.is_object) {
    record.refuse(0, {Code::json_not_object, "the payload is not an object", ""});
    return false;
  }
  const std::uint32_t version = application.finder.find(document, record.place);
  if (version == VersionFinder::kNone) {
    record.refuse(0, unknown(*application.program, document, record));
    if (record.shape_is_unknown)
      record.paths = path_set(document, record.nodes_begin, record.nodes_end);
    return false;
  }
  record.version = &application.program->versions[version];
  record.version_index = version;
  if (!ask_queries(application, document, record)) return false;
  document.keep_slots(record.version->root_slots);
  if (!record.version->moves.empty()) document.move_instances(record.version->moves);
  return true;
}

void parse_record(Application& application, const StructureIndex::Record& text, Block& block) {
  Record& record = block.records.back();
  Document& document = block.document;
  if (text.index == nullptr) return record.refuse(0, {text.fault, text.reason, ""});
  document.bytes = text.bytes;
  document.shapes = &application.shapes;
  document.begin = text.begin;
  document.end = text.end;
  if (application.program->has_queries) application.queries.begin(document);
  if (!application.walker.walk(document, text.index, text.count))
    return record.refuse(0, application.walker.fault());
  record.place = static_cast<std::uint32_t>(document.instances[0].size()) - 1;
  record.nodes_begin = document.root;
  record.nodes_end = document.node_count;
  record.leaf_count = document.leaf_count;
  if (take_version(application, document, record)) {
    block.members[record.version->leader].push_back(
        static_cast<std::uint32_t>(block.records.size() - 1));
  }
}

}  // namespace

Status parse(Kernel& kernel, Application& application, Block& block) {
  block.records.clear();
  block.room.clear();
  block.document.clear(application.program->trie.scopes());
  block.members.resize(application.program->versions.size());
  for (auto& members : block.members) members.clear();
  do {
    ASSAY_TRY(const StructureIndex::Record text, kernel.structure.next());
    const std::size_t index = block.next++;
    Record& record = block.records.emplace_back();
    record.index = static_cast<std::uint32_t>(index);
    record.bytes = kernel.payload(index);
    if (const Fault* const fault = kernel.rendering.fault(index))
      record.refuse(0, *fault);
    else
      parse_record(application, text, block);
  } while (kernel.structure.goes_on());
  return {};
}

}  // namespace assay::refine
