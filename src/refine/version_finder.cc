#include "refine/version_finder.h"

#include <algorithm>
#include <cstring>

#include "refine/inline_hash_internal.h"
#include "refine/text.h"

namespace assay::refine {
namespace {

constexpr std::size_t kKnown = 1024;
constexpr std::size_t kSeenMax = 1024;
/// Longer texts are not remembered: no version has such a name.
constexpr std::size_t kTextMax = 64;

bool holds(const ConditionProgram& condition, const Document& document, std::uint32_t place) {
  const Node* node = document.find_in_last(condition.slot, place);
  if (node == nullptr) return false;
  if (condition.equals.empty()) return true;
  if (node->kind <= Kind::empty_array) return false;
  std::string room;
  const std::string_view text = scalar_text(document, *node, room);
  return std::find(condition.equals.begin(), condition.equals.end(), text) !=
         condition.equals.end();
}

bool matches(const VersionProgram& version, const Document& document, std::uint32_t place) {
  return std::all_of(
      version.match.begin(), version.match.end(),
      [&](const ConditionProgram& condition) { return holds(condition, document, place); });
}

}  // namespace

std::string_view scalar_text(const Document& document, const Node& node, std::string& room) {
  if (node.kind != Kind::string) return document.raw(node);
  const std::string_view raw = document.raw_string(node);
  if ((node.flags & Node::kEscaped) == 0) return raw;
  room = unescaped(raw);
  return room;
}

VersionFinder::VersionFinder(const ApplicationProgram& program)
    : program_(&program), known_(kKnown) {
  const auto add = [](std::vector<std::uint32_t>& slots, std::uint32_t slot) {
    if (std::find(slots.begin(), slots.end(), slot) == slots.end()) slots.push_back(slot);
  };
  for (const VersionProgram& version : program.versions) {
    for (const ConditionProgram& condition : version.match) {
      add(slots_, condition.slot.slot);
      if (!condition.equals.empty()) add(compared_, condition.slot.slot);
    }
  }
}

/// One bit a slot that says whether it is filled, and behind them the texts that are compared, each
/// behind its size. False where that is not to be remembered.
bool VersionFinder::look(const Document& document, std::uint32_t place) {
  constexpr std::size_t kBits = 64;
  const std::uint32_t* const held = document.slots.data() + document.instances[0][place].base;
  seen_.clear();
  for (std::size_t begin = 0; begin < slots_.size(); begin += kBits) {
    const std::size_t end = std::min(begin + kBits, slots_.size());
    std::uint64_t filled = 0;
    for (std::size_t i = begin; i < end; ++i)
      filled = filled << 1 | (document.is_of_last(held[slots_[i]]) ? 1 : 0);
    seen_.append(reinterpret_cast<const char*>(&filled), sizeof filled);
  }
  for (const std::uint32_t slot : compared_) {
    if (!document.is_of_last(held[slot])) continue;
    // The raw text tells strings, numbers and containers apart; where only escapes differ, it costs
    // another entry and no more.
    const Node& node = document.nodes[held[slot] - 1];
    const bool scalar = node.kind > Kind::empty_array;
    const std::string_view text = scalar ? document.raw(node) : std::string_view("{");
    if (text.size() > kTextMax) return false;
    seen_ += static_cast<char>(text.size());
    seen_ += text;
  }
  return seen_.size() <= kSeenMax;
}

std::uint32_t VersionFinder::search(const Document& document, std::uint32_t place) const {
  const auto& versions = program_->versions;
  const auto found = std::find_if(
      versions.begin(), versions.end(),
      [&](const VersionProgram& version) { return matches(version, document, place); });
  return found == versions.end() ? kNone : static_cast<std::uint32_t>(found - versions.begin());
}

std::uint32_t VersionFinder::find(const Document& document, std::uint32_t place) {
  if (!look(document, place)) return search(document, place);
  // What is not set yet was seen by no payload: without slots every payload is of version 0.
  Known& known = known_[hash64(seen_) % kKnown];
  if (known.seen != seen_ || seen_.empty()) {
    known.version = search(document, place);
    known.seen = seen_;
  }
  return known.version;
}

}  // namespace assay::refine
