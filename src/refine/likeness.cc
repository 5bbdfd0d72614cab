#include "refine/likeness.h"

#include <algorithm>
#include <optional>

namespace assay::refine {
namespace {

bool alike(const FieldProgram& a, const FieldProgram& b) {
  const bool same_rule =
      a.source == b.source && a.column == b.column && a.quarantines == b.quarantines &&
      a.required == b.required && a.is_key == b.is_key && a.is_event_time == b.is_event_time &&
      a.is_needed_of_deletion == b.is_needed_of_deletion && a.constant_text == b.constant_text &&
      a.expression == b.expression && a.fallback_text == b.fallback_text &&
      a.has_fallback == b.has_fallback && a.conversion.type == b.conversion.type &&
      a.conversion.normalisation == b.conversion.normalisation;
  if (!same_rule || a.source != FieldProgram::Source::slot) return same_rule;
  return a.level == b.level && a.slot.slot == b.slot.slot;
}

bool alike(const std::vector<FieldProgram>& a, const std::vector<FieldProgram>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return alike(x, y); });
}

bool alike(const EntityProgram& a, const EntityProgram& b) {
  return a.entity == b.entity && a.is_root == b.is_root && a.table == b.table &&
         a.has_row_slot == b.has_row_slot && a.row_slot.slot == b.row_slot.slot &&
         a.pointer_parts.size() == b.pointer_parts.size() &&
         a.event_time_is_ingest == b.event_time_is_ingest &&
         a.event_time_column == b.event_time_column && alike(a.outer, b.outer) &&
         alike(a.own, b.own) && a.roles == b.roles && a.deletion_column == b.deletion_column &&
         a.deletion_values == b.deletion_values;
}

bool alike(const MasterProgram& a, const MasterProgram& b) {
  return a.entity == b.entity && a.table == b.table && a.primary == b.primary &&
         a.key_count == b.key_count && alike(a.fields, b.fields);
}

template <typename Program>
bool all_alike(const std::vector<Program>& a, const std::vector<Program>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return alike(x, y); });
}

/// Which scope of a leader each scope of a version is; one to one.
class ScopePairs {
 public:
  /// Pairs two chains of scopes, which go outwards; false where that contradicts a pair before.
  bool add(const std::vector<std::uint32_t>& own, const std::vector<std::uint32_t>& leader) {
    if (own.size() != leader.size()) return false;
    int around = -1;
    for (std::size_t i = own.size() - 1; i-- > 0;) {
      const auto known = std::find_if(moves_.begin(), moves_.end(), [&](const ScopeMove& move) {
        return move.from == own[i] || move.to == leader[i];
      });
      const auto number = static_cast<int>(known - moves_.begin());
      if (known == moves_.end())
        moves_.push_back({own[i], leader[i], around});
      else if (known->from != own[i] || known->to != leader[i])
        return false;
      around = number;
    }
    return true;
  }

  /// Nothing where each scope is its own.
  std::vector<ScopeMove> moves() && {
    const bool some = std::any_of(moves_.begin(), moves_.end(),
                                  [](const ScopeMove& move) { return move.from != move.to; });
    return some ? std::move(moves_) : std::vector<ScopeMove>();
  }

 private:
  std::vector<ScopeMove> moves_;  ///< outer ones before inner ones
};

std::optional<std::vector<ScopeMove>> moves_between(const VersionProgram& own,
                                                    const VersionProgram& leader) {
  if (!all_alike(own.entities, leader.entities) || !all_alike(own.masters, leader.masters))
    return std::nullopt;
  ScopePairs pairs;
  for (std::size_t i = 0; i < own.entities.size(); ++i) {
    if (!pairs.add(own.entities[i].chain, leader.entities[i].chain)) return std::nullopt;
  }
  // Chains of masters are ends of those of the entities that embed them.
  return std::move(pairs).moves();
}

}  // namespace

void find_leaders(std::vector<VersionProgram>& versions) {
  for (std::uint32_t i = 0; i < versions.size(); ++i) {
    versions[i].leader = i;
    for (std::uint32_t j = 0; j < i; ++j) {
      if (versions[j].leader != j) continue;
      auto moves = moves_between(versions[i], versions[j]);
      if (!moves) continue;
      versions[i].leader = j;
      versions[i].moves = std::move(*moves);
      break;
    }
  }
}

const FieldProgram& own_field(const EntityProgram& own, const EntityProgram& leader,
                              const FieldProgram& field) {
  for (const auto list : {&EntityProgram::outer, &EntityProgram::own}) {
    const auto& fields = leader.*list;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (&fields[i] == &field) return (own.*list)[i];
    }
  }
  return field;
}

}  // namespace assay::refine
