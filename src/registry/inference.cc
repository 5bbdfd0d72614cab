// From facts and guesses to entities: what becomes an event, an item, a master, a role.

#include "registry/inference.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/names.h"
#include "registry/assessment_internal.h"
#include "registry/leaf_types.h"
#include "registry/master_guess.h"
#include "registry/master_union.h"

namespace assay::registry {
namespace {

constexpr std::size_t kItemsMax = 40;  ///< events for arrays of one family; the rest is residue
constexpr int kArraysMax = 4;          ///< within one another, as rows may have
constexpr std::size_t kMatchMax = 3;
constexpr std::size_t kRoleNameMax = 40;

/// The tables of masters are called so.
std::string event_name(std::string name) {
  const bool of_master = name.ends_with("_content") || name.ends_with("_history");
  return of_master || name == "residue" ? name + "_event" : name;
}

std::string unique_name(std::string name, std::set<std::string>& taken) {
  if (model::is_reserved_column(name)) name += "_value";
  std::string made = name;
  for (int n = 2; !taken.insert(made).second; ++n) made = fmt::format("{}_{}", name, n);
  return made;
}

/// Builds the events of one family.
class FamilyBuilder {
 public:
  FamilyBuilder(const FamilyFacts& family, const FamilyView& view, std::vector<NamedGuess> guesses,
                const std::vector<InferredMaster>& masters, std::set<std::string>& entity_names)
      : family_(family),
        view_(view),
        guesses_(std::move(guesses)),
        masters_(masters),
        names_(entity_names) {}

  InferredFamily build();

 private:
  void add_root();
  void add_items();
  std::vector<std::uint32_t> rows_by_weight() const;
  void add_roles(InferredEvent& event, std::uint32_t row, std::set<std::string>& columns);
  void add_fields(InferredEvent& event, std::uint32_t row, std::set<std::string>& columns);
  std::uint32_t key_leaf() const;
  Words root_words(std::uint32_t key) const;
  std::string event_time_of(const InferredEvent& event) const;
  std::vector<std::string> match() const;
  bool is_claimed(std::uint32_t leaf) const;
  std::vector<std::string> columns_of(const std::string& name, const InferredRole& role) const;
  std::string free_role_name(const std::string& name, const InferredRole& role,
                             const std::set<std::string>& columns) const;
  void add_constant_key(InferredEvent& root, std::set<std::string>& columns) const;
  std::uint32_t anchor(std::uint32_t row) const;

  const FamilyFacts& family_;
  const FamilyView& view_;
  std::vector<NamedGuess> guesses_;
  const std::vector<InferredMaster>& masters_;
  std::set<std::string>& names_;
  InferredFamily made_;
  std::uint32_t key_ = 0;
};

bool FamilyBuilder::is_claimed(std::uint32_t leaf) const {
  return std::any_of(guesses_.begin(), guesses_.end(), [&](const NamedGuess& named) {
    const auto& members = named.guess.members;
    return named.guess.key == leaf ||
           std::find(members.begin(), members.end(), leaf) != members.end();
  });
}

/// Where the names of a row's fields begin: below the root element of XML, which all would share.
std::uint32_t FamilyBuilder::anchor(std::uint32_t row) const {
  if (row != 0 || !family_.is_xml || view_.at(0).below.size() != 1) return row;
  const std::uint32_t root = view_.at(0).below.begin()->second;
  return view_.at(root).elements != 0 ? view_.at(root).elements : root;
}

/// The payload's own key: never twice, in every record, called like a key, near the root.
std::uint32_t FamilyBuilder::key_leaf() const {
  std::uint32_t best = 0;
  double best_score = -1;
  for (const std::uint32_t leaf : view_.leaves_below(0)) {
    const PathFacts& facts = view_.at(leaf);
    if (facts.scalars() == 0 || facts.decimals > facts.whole || facts.booleans > 0) continue;
    const Words words = view_.own_words(leaf);
    const double records = static_cast<double>(std::max<std::int64_t>(family_.records, 1));
    double score = 4 * std::min(1.0, static_cast<double>(facts.scalars()) / records);
    score += 2 * std::min(1.0, static_cast<double>(facts.values.size()) / records);
    score += !words.empty() && is_key_word(words.back()) ? 1.5 : 0;
    score -=
        0.2 * view_.levels(leaf, 0) + (facts.instants > 0 ? 1 : 0) + (is_claimed(leaf) ? 1 : 0);
    if (score <= best_score) continue;
    best = leaf;
    best_score = score;
  }
  return best;
}

/// invoiceNo -> invoice; the root element of XML; else "record".
Words FamilyBuilder::root_words(std::uint32_t key) const {
  if (key == 0) return {"record"};
  if (family_.is_xml && !view_.at(0).below.empty())
    return words_of(view_.at(0).below.begin()->first);
  Words stem = without_key_words(view_.own_words(key));
  if (!stem.empty() && view_.levels(key, 0) == 1 && is_key_word(view_.own_words(key).back()))
    return {singular(stem.back())};
  for (const auto& [name, member] : view_.at(0).below) {
    const bool package = view_.at(member).arrays > 0 && view_.at(member).elements != 0 &&
                         view_.at(view_.at(member).elements).objects > 0 && names_package(name);
    if (package) return {singular(words_of(name).back()), "package"};
  }
  return {"record"};
}

/// Columns that a role makes in the event's tables; other roles of the same master may bring fields
/// that this one lacks.
std::vector<std::string> FamilyBuilder::columns_of(const std::string& name,
                                                   const InferredRole& role) const {
  std::vector<std::string> columns{name + "_content_hash", name + "_order", name + "_hub_key",
                                   name + "_" + role.key.name};
  for (const InferredMaster& master : masters_) {
    if (master.name != role.entity) continue;
    for (const InferredField& field : master.fields) columns.push_back(name + "_" + field.name);
  }
  return columns;
}

/// A name for a role whose columns nothing else makes: "tenant" with "id" is in every table.
std::string FamilyBuilder::free_role_name(const std::string& name, const InferredRole& role,
                                          const std::set<std::string>& columns) const {
  std::string made = name;
  for (int n = 1;; ++n) {
    const auto wanted = columns_of(made, role);
    const bool taken = std::any_of(wanted.begin(), wanted.end(), [&](const std::string& column) {
      return columns.contains(column) || model::is_reserved_column(column);
    });
    if (!taken) return made;
    made = n == 1 ? name + "_role" : fmt::format("{}_role_{}", name, n);
  }
}

/// Records of arrays and empty objects alone: one key for all of them, each a row of its own.
void FamilyBuilder::add_constant_key(InferredEvent& root, std::set<std::string>& columns) const {
  InferredField field;
  field.name = unique_name("kind", columns);
  field.business_name = "Kind";
  field.type = {column::Type::string};
  field.constant = root.name;
  field.note = "no value stands in the record itself, so that nothing can be its key";
  root.key = field.name;
  root.fields.push_back(std::move(field));
}

void FamilyBuilder::add_roles(InferredEvent& event, std::uint32_t row,
                              std::set<std::string>& columns) {
  std::map<std::string, int> count;
  for (const NamedGuess& named : guesses_) {
    if (named.guess.row == row) ++count[snake_name(named.guess.role, kRoleNameMax)];
  }
  columns.insert(event.name + "_hub_key");
  if (!event.parent.empty()) columns.insert(event.parent + "_hub_key");
  for (const NamedGuess& named : guesses_) {
    if (named.guess.row != row) continue;
    InferredRole role = named.role;
    std::string name = snake_name(named.guess.role, kRoleNameMax);
    if (count[name] > 1 && named.guess.base != row)
      name = snake_name(view_.words(named.guess.base, anchor(row)), kRoleNameMax);
    role.name = free_role_name(name, role, columns);
    for (const std::string& column : columns_of(role.name, role)) columns.insert(column);
    event.roles.push_back(std::move(role));
  }
}

void FamilyBuilder::add_fields(InferredEvent& event, std::uint32_t row,
                               std::set<std::string>& columns) {
  std::vector<std::uint32_t> leaves = view_.leaves_below(row);
  if (row != 0 && view_.is_leaf(row)) leaves.insert(leaves.begin(), row);
  for (const std::uint32_t leaf : leaves) {
    if (is_claimed(leaf) && leaf != key_) continue;
    InferredField field = infer_leaf(view_, leaf);
    const Words words = leaf == row ? Words{"value"} : view_.words(leaf, anchor(row));
    field.name = unique_name(snake_name(words), columns);
    field.business_name = business_name(words);
    if (leaf == key_) {
      event.key = field.name;
      event.key_is_unique = view_.at(leaf).values.size() == family_.records;
      field.null_on_error = false;
      if (field.type.type == column::Type::float64) field.type = {column::Type::string};
    }
    event.fields.push_back(std::move(field));
  }
}

std::string FamilyBuilder::event_time_of(const InferredEvent& event) const {
  for (const bool housekeeping : {false, true}) {
    for (const InferredField& field : event.fields) {
      const bool always = field.values == family_.records && field.score >= 1;
      if (field.type.type == column::Type::timestamp && always && !field.null_on_error &&
          names_housekeeping(words_of(field.name)) == housekeeping)
        return field.name;
    }
  }
  return "ingest";
}

void FamilyBuilder::add_root() {
  InferredEvent root;
  key_ = key_leaf();
  const Words words = root_words(key_);
  root.name = unique_name(event_name(snake_name(words)), names_);
  root.business_name = business_name(words);
  root.rows = "$";
  root.records = family_.records;
  std::set<std::string> columns;
  add_roles(root, 0, columns);
  add_fields(root, 0, columns);
  if (key_ == 0) add_constant_key(root, columns);
  root.event_time = event_time_of(root);
  made_.events.push_back(std::move(root));
}

/// Arrays that hold master data first, then by how many values they hold.
std::vector<std::uint32_t> FamilyBuilder::rows_by_weight() const {
  std::vector<std::pair<std::int64_t, std::uint32_t>> rows;
  for (std::uint32_t row = 1; row < view_.count(); ++row) {
    if (!view_.is_row(row)) continue;
    std::int64_t values = view_.is_leaf(row) ? view_.at(row).scalars() : 0;
    for (const std::uint32_t leaf : view_.leaves_below(row)) values += view_.at(leaf).scalars();
    const bool has_role = std::any_of(guesses_.begin(), guesses_.end(),
                                      [&](const auto& named) { return named.guess.row == row; });
    if (has_role) values += std::int64_t{1} << 48;
    if (values > 0) rows.emplace_back(-values, row);
  }
  std::sort(rows.begin(), rows.end());
  std::vector<std::uint32_t> sorted;
  for (const auto& [_, row] : rows) sorted.push_back(row);
  return sorted;
}

void FamilyBuilder::add_items() {
  std::vector<std::uint32_t> rows = rows_by_weight();
  std::vector<std::uint32_t> taken;
  for (const std::uint32_t row : rows) {
    const std::string& text = view_.at(row).text;
    int arrays = 0;
    for (std::size_t at = text.find("[*]"); at != std::string::npos; at = text.find("[*]", at + 1))
      ++arrays;
    const bool fits = taken.size() < kItemsMax && (arrays <= kArraysMax || family_.is_xml);
    if (fits)
      taken.push_back(row);
    else
      made_.left_out.push_back(text);
  }
  std::sort(taken.begin(), taken.end());
  const InferredEvent root = made_.events.front();
  for (const std::uint32_t row : taken) {
    InferredEvent item;
    Words words = view_.words(row, 0);
    if (family_.is_xml && words.size() > 1) words = view_.own_words(row);
    words.back() = singular(words.back());
    const std::string own = snake_name(words, kRoleNameMax);
    item.name =
        unique_name(event_name(own.starts_with(root.name) ? own : root.name + "_" + own), names_);
    item.business_name = business_name(words);
    item.parent = root.name;
    item.rows = view_.at(row).text;
    item.records = view_.at(row).objects + view_.at(row).scalars();
    std::set<std::string> columns{root.key, root.event_time};
    add_roles(item, row, columns);
    add_fields(item, row, columns);
    made_.events.push_back(std::move(item));
  }
}

/// Members that every record has.
std::vector<std::string> FamilyBuilder::match() const {
  std::vector<std::string> paths;
  const PathFacts* most = nullptr;
  const PathFacts& key = view_.at(key_);
  if (key_ != 0 && key.parent == 0 && key.records == family_.records && key.nulls == 0)
    paths.push_back(key.text);
  for (const auto& [name, member] : view_.at(0).below) {
    const PathFacts& facts = view_.at(member);
    if (most == nullptr || facts.records > most->records) most = &facts;
    const bool always = facts.records == family_.records && facts.nulls == 0;
    if (always && member != key_ && paths.size() < kMatchMax) paths.push_back(facts.text);
  }
  if (paths.empty() && most != nullptr) paths.push_back(most->text);
  return paths;
}

InferredFamily FamilyBuilder::build() {
  made_.records = family_.records;
  made_.is_xml = family_.is_xml;
  for (std::uint32_t leaf = 1; leaf < view_.count(); ++leaf) {
    if (view_.is_leaf(leaf)) made_.leaves.push_back(infer_leaf(view_, leaf));
  }
  add_root();
  add_items();
  made_.match = match();
  return std::move(made_);
}

}  // namespace

Inference infer(const Facts& facts) {
  std::vector<const FamilyFacts*> families;
  for (const FamilyFacts& family : facts.families) {
    if (family.paths.size() > 1) families.push_back(&family);  // {} says nothing
  }
  std::stable_sort(families.begin(), families.end(),
                   [](const auto* a, const auto* b) { return a->records > b->records; });
  std::vector<FamilyView> views;
  std::vector<std::vector<MasterGuess>> guesses;
  for (const FamilyFacts* family : families) {
    views.emplace_back(*family);
    guesses.push_back(guess_masters(views.back()));
  }
  Inference inference;
  std::set<std::string> names;
  MasterUnion made = unite_masters(views, std::move(guesses), names);
  inference.masters = std::move(made.masters);
  for (std::size_t i = 0; i < families.size(); ++i) {
    FamilyBuilder builder(*families[i], views[i], std::move(made.guesses[i]), inference.masters,
                          names);
    InferredFamily family = builder.build();
    for (const std::string& member : families[i]->outermost)
      family.members += (family.members.empty() ? "" : ", ") + member;
    inference.families.push_back(std::move(family));
  }
  return inference;
}

}  // namespace assay::registry
