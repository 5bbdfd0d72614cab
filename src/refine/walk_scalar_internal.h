#pragma once
// What both sides of the walk do with every scalar and every instance, inlined into their loops.

#include <algorithm>
#include <cstring>

#include "refine/number_token.h"
#include "refine/walk.h"

namespace assay::refine {

inline bool Walker::scalar(Node& node, const std::uint32_t* at) {
  const char c = bytes_[node.begin];
  if (c == '"') {
    // Nothing but blanks stands between the closing quote and the next structural character.
    std::uint32_t end = *at;
    while (bytes_[end - 1] != '"') --end;
    node.end = end;
    node.kind = Kind::string;
    return next_escape_ >= end || escaped_string(node);
  }
  if (c == '-' || is_digit(c)) {
    const char* const end = scan_number(bytes_ + node.begin, node);
    if (end == nullptr) return fail(Code::json_syntax, "a number is malformed", node.begin);
    node.end = static_cast<std::uint32_t>(end - bytes_);
    node.kind = Kind::number;
    return true;
  }
  return literal(node);
}

inline void Walker::open_instance(std::uint32_t scope, std::uint32_t number) {
  constexpr std::uint32_t kSlotsAtOnce = 8;  // emptied by one or two stores
  const Scope& shape = trie_->scopes()[scope];
  const std::uint32_t base = document_->slot_count;
  const std::uint32_t top = base + shape.slot_count;
  std::vector<std::uint32_t>& slots = document_->slots;
  if (slots.size() < top + kSlotsAtOnce)
    slots.resize(std::max<std::size_t>(top * std::size_t{2}, 64));
  for (std::uint32_t i = base; i < top; i += kSlotsAtOnce)
    std::memset(slots.data() + i, 0, kSlotsAtOnce * sizeof(std::uint32_t));
  document_->slot_count = top;
  const std::uint32_t parent =
      shape.parent < 0 ? 0 : current_[static_cast<std::size_t>(shape.parent)];
  auto& instances = document_->instances[scope];
  current_[scope] = static_cast<std::uint32_t>(instances.size());
  bases_[scope] = base;
  instances.push_back({parent, base, number, place_});
}

}  // namespace assay::refine
