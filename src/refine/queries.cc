#include "refine/queries.h"

#include <algorithm>

#include "path/syntax.h"

namespace assay::refine {
namespace {

bool is_whole_slice(const path::Slice& slice) {
  return !slice.begin && !slice.end && slice.step == 1;
}

/// The steps to the first node of a query that takes every item wherever it meets an array; nothing
/// for other queries.
std::optional<std::vector<path::Step>> steps_to_first(const path::QuerySyntax& query) {
  std::vector<path::Step> steps;
  for (const path::Segment& segment : query.segments) {
    if (segment.is_descendant || segment.selectors.size() != 1) return std::nullopt;
    const path::Selector& selector = segment.selectors[0];
    using Kind = path::Selector::Kind;
    if (selector.kind == Kind::name)
      steps.push_back({path::Step::Kind::name, selector.name, 0});
    else if (selector.kind == Kind::slice && is_whole_slice(selector.slice))
      steps.push_back({path::Step::Kind::index, {}, 0});
    else if (selector.kind == Kind::index && selector.index >= 0)
      steps.push_back({path::Step::Kind::index, {}, selector.index});
    else
      return std::nullopt;
  }
  return steps;
}

}  // namespace

Result<QueryProgram> compile_query(const path::JsonPath& path, Trie& trie) {
  const std::string& last = path.steps.back().name;
  const bool is_lookup = last.starts_with('$');
  const std::string text = is_lookup ? last : "@" + last;
  ASSAY_TRY(auto query, path::Query::compile(text, path::RootsTaken::payload_and_row));
  ASSAY_TRY(const auto parsed, path::parse_query(text, path::RootsTaken::payload_and_row));
  path::JsonPath plain = path;
  plain.steps.pop_back();
  QueryProgram made{trie.add(path), plain.steps.empty(), {}, {}, std::move(query)};
  if (!made.begins_at_root) made.from = trie.add(plain);
  if (const auto steps = steps_to_first(parsed.syntax); steps && !is_lookup) {
    path::JsonPath first = plain;
    first.steps.insert(first.steps.end(), steps->begin(), steps->end());
    made.first = trie.add(first);
  }
  return made;
}

void QueryRunner::begin(const Document& document) {
  firsts_.clear();
  for (const auto& instances : document.instances) firsts_.push_back(instances.size());
  tree_.reset();
}

Status QueryRunner::run(const std::vector<QueryProgram>& queries, Document& document) {
  for (const QueryProgram& query : queries) {
    const auto end = document.instances[query.slot.scope].size();
    for (std::size_t i = firsts_[query.slot.scope]; i < end; ++i)
      ASSAY_TRY_VOID(run(query, static_cast<std::uint32_t>(i), document));
  }
  tree_.reset();
  return {};
}

Status QueryRunner::run(const QueryProgram& query, std::uint32_t instance, Document& document) {
  const std::uint32_t base = document.instances[query.slot.scope][instance].base;
  if (query.first) {
    const Node* const first = document.find_in_last(*query.first, instance);
    if (first != nullptr && is_leaf(first->kind)) {
      document.slots[base + query.slot.slot] = document.slots[base + query.first->slot];
      return {};
    }
  }
  const Node* const from =
      query.begins_at_root ? nullptr : document.find_in_last(query.from, instance);
  if (!query.begins_at_root && (from == nullptr || is_leaf(from->kind))) return {};
  ASSAY_TRY(const path::JsonDocument* const tree, this->tree(document));
  const path::NodeId row =
      from == nullptr ? path::NodeId::root : node_at(from->begin - document.begin);
  ASSAY_TRY(const auto found, query.query.select(*tree, {}, row));
  for (const path::NodeId node : found) {
    if (tree->is_container(node) && tree->child_count(node) > 0) continue;
    const auto position = static_cast<std::uint32_t>(tree->source(node).data() - document.bytes);
    const auto begin = document.nodes.begin() + document.root;
    const auto end = document.nodes.begin() + document.node_count;
    const auto at =
        std::lower_bound(begin, end, position,
                         [](const Node& left, std::uint32_t right) { return left.begin < right; });
    if (at == end || at->begin != position) continue;
    document.slots[base + query.slot.slot] =
        static_cast<std::uint32_t>(at - document.nodes.begin()) + 1;
    return {};
  }
  return {};
}

Result<const path::JsonDocument*> QueryRunner::tree(const Document& document) {
  if (!tree_) {
    text_ = document.bytes + document.begin;
    ASSAY_TRY(auto read, path::JsonDocument::read({text_, document.end - document.begin}, limits_));
    tree_.emplace(std::move(read));
  }
  return &*tree_;
}

/// The container that begins at a byte of the record. REQUIRES: one does.
path::NodeId QueryRunner::node_at(std::uint32_t position) const {
  std::uint32_t low = 0;
  auto high = static_cast<std::uint32_t>(tree_->node_count());
  while (high - low > 1) {
    const std::uint32_t middle = low + (high - low) / 2;
    const auto begin = tree_->source(path::NodeId{middle}).data() - text_;
    (begin <= static_cast<std::ptrdiff_t>(position) ? low : high) = middle;
  }
  return path::NodeId{low};
}

}  // namespace assay::refine
