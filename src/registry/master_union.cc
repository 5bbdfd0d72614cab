#include "registry/master_union.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/names.h"
#include "registry/leaf_types.h"

namespace assay::registry {
namespace {

constexpr double kSharedFields = 0.5;
constexpr double kSharedValues = 0.2;

/// A guess, and where it comes from.
struct Mention {
  const FamilyView* view;
  NamedGuess* named;
};

std::string field_name(const FamilyView& view, const MasterGuess& guess, std::uint32_t leaf) {
  Words words = view.words(leaf, guess.base);
  for (const std::string& word : guess.prefix) {
    if (!words.empty() && words[0] == word) words.erase(words.begin());
  }
  // "OriginAirportID" of an airport is its id.
  const bool is_key = leaf == guess.key && !guess.prefix.empty();
  if (is_key && words.size() > 1 && words[0] == guess.entity[0]) words.erase(words.begin());
  if (words.empty()) words = {"name"};
  std::string name = snake_name(words);
  return model::is_reserved_column(name) ? name + "_value" : name;
}

InferredField field_of(const FamilyView& view, const MasterGuess& guess, std::uint32_t leaf) {
  InferredField field = infer_leaf(view, leaf);
  field.name = field_name(view, guess, leaf);
  field.business_name = business_name(words_of(field.name));
  return field;
}

NamedGuess name_fields(const FamilyView& view, MasterGuess guess) {
  NamedGuess named;
  InferredRole& role = named.role;
  role.path = view.at(guess.base).text;
  role.key = field_of(view, guess, guess.key);
  if (role.key.type.type == column::Type::float64) role.key.type = {column::Type::string};
  std::set<std::string> taken{role.key.name};
  for (const std::uint32_t leaf : guess.members) {
    InferredField field = field_of(view, guess, leaf);
    const std::string base = field.name;
    for (int n = 2; !taken.insert(field.name).second; ++n)
      field.name = fmt::format("{}_{}", base, n);
    role.members.push_back(std::move(field));
  }
  role.score = guess.score;
  role.reason = guess.reason;
  const PathFacts& key = view.at(guess.key);
  role.copies = key.scalars();
  role.things = key.values.size();
  const bool nested = view.at(guess.base).objects > 0 && guess.prefix.empty();
  role.contents = nested ? view.at(guess.base).contents.size() : role.things;
  named.guess = std::move(guess);
  return named;
}

std::set<std::string> fields_of(const InferredRole& role) {
  std::set<std::string> names{role.key.name};
  for (const InferredField& field : role.members) names.insert(field.name);
  return names;
}

double overlap(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::size_t both = 0;
  for (const std::string& name : a) both += b.contains(name) ? 1 : 0;
  return static_cast<double>(both) / static_cast<double>(a.size() + b.size() - both);
}

bool share_values(const ValueSet& one, const ValueSet& other) {
  const auto smaller = static_cast<double>(std::min(one.size(), other.size()));
  return static_cast<double>(one.shared_with(other)) >= smaller * kSharedValues;
}

/// The texts that both have under one name and that tell most things apart.
bool share_texts(const Mention& a, const Mention& b) {
  const ValueSet* one = nullptr;
  const ValueSet* other = nullptr;
  const auto& fields = a.named->role.members;
  const auto& others = b.named->role.members;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto same = std::find_if(others.begin(), others.end(), [&](const InferredField& field) {
      return field.name == fields[i].name && field.type == fields[i].type;
    });
    if (same == others.end() || fields[i].type.type != column::Type::string) continue;
    const ValueSet& values = a.view->at(a.named->guess.members[i]).values;
    if (one != nullptr && values.size() <= one->size()) continue;
    one = &values;
    const auto place = static_cast<std::size_t>(same - others.begin());
    other = &b.view->at(b.named->guess.members[place]).values;
  }
  return one != nullptr && share_values(*one, *other);
}

/// Its keys are whole numbers, also where they are written as texts, as those of CSV are.
bool is_numbered(const Mention& mention) {
  const PathFacts& key = mention.view->at(mention.named->guess.key);
  return key.integers + key.integer_texts == key.scalars();
}

/// The same kind of thing: called so, or alike in fields and known by the same keys. Every
/// numbering begins at 1, so that equal numbers say nothing: then the same texts must stand beside
/// them.
bool is_same(const Mention& a, const Mention& b) {
  if (a.named->role.key.name != b.named->role.key.name) return false;
  if (a.named->guess.entity == b.named->guess.entity) return true;
  const bool things = names_thing(a.named->guess.entity) && names_thing(b.named->guess.entity);
  if (!things || overlap(fields_of(a.named->role), fields_of(b.named->role)) < kSharedFields)
    return false;
  if (!share_values(a.view->at(a.named->guess.key).values, b.view->at(b.named->guess.key).values))
    return false;
  return !is_numbered(a) || share_texts(a, b);
}

void join(InferredField& known, const InferredField& field) {
  known.type = common_type(known.type, field.type);
  known.null_on_error |= field.null_on_error;
  if (known.note.empty()) known.note = field.note;
}

void add_fields(InferredMaster& master, const InferredRole& role) {
  if (master.key.name.empty())
    master.key = role.key;
  else
    join(master.key, role.key);
  for (const InferredField& field : role.members) {
    const auto known =
        std::find_if(master.fields.begin(), master.fields.end(),
                     [&](const InferredField& other) { return other.name == field.name; });
    if (known == master.fields.end())
      master.fields.push_back(field);
    else
      join(*known, field);
  }
}

/// A timestamp that became a string in another role has no format any more.
void align(InferredField& field, const InferredField& declared) {
  if (field.type.type != declared.type.type) field.format.clear();
  if (declared.type.type == column::Type::string) field.null_on_error = false;
  field.type = declared.type;
}

void align(InferredRole& role, const InferredMaster& master) {
  role.entity = master.name;
  align(role.key, master.key);
  for (InferredField& field : role.members) {
    for (const InferredField& declared : master.fields) {
      if (declared.name == field.name) align(field, declared);
    }
  }
}

InferredMaster make_master(const std::vector<Mention>& mentions, std::set<std::string>& names) {
  InferredMaster master;
  Words entity = mentions.front().named->guess.entity;
  for (const Mention& mention : mentions) {
    if (mention.named->guess.entity != entity) entity = {"party"};
    add_fields(master, mention.named->role);
  }
  const std::string name = snake_name(entity);
  master.name = name;
  if (names.contains(name)) master.name = name + "_by_" + master.key.name;
  for (int n = 2; !names.insert(master.name).second; ++n)
    master.name = fmt::format("{}_{}", name, n);
  master.business_name = business_name(entity);
  return master;
}

}  // namespace

MasterUnion unite_masters(const std::vector<FamilyView>& views,
                          std::vector<std::vector<MasterGuess>> guesses,
                          std::set<std::string>& names) {
  MasterUnion made;
  for (std::size_t i = 0; i < views.size(); ++i) {
    auto& named = made.guesses.emplace_back();
    for (MasterGuess& guess : guesses[i]) named.push_back(name_fields(views[i], std::move(guess)));
  }
  std::vector<std::vector<Mention>> groups;
  for (std::size_t i = 0; i < views.size(); ++i) {
    for (NamedGuess& named : made.guesses[i]) {
      const Mention mention{&views[i], &named};
      const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& mentions) {
        return std::any_of(mentions.begin(), mentions.end(),
                           [&](const Mention& other) { return is_same(mention, other); });
      });
      if (group == groups.end())
        groups.push_back({mention});
      else
        group->push_back(mention);
    }
  }
  for (const auto& mentions : groups) {
    InferredMaster master = make_master(mentions, names);
    for (const Mention& mention : mentions) align(mention.named->role, master);
    made.masters.push_back(std::move(master));
  }
  return made;
}

}  // namespace assay::registry
