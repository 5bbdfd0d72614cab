#include "registry/family_view.h"

#include <algorithm>

namespace assay::registry {

FamilyView::FamilyView(const FamilyFacts& family)
    : family_(family),
      is_leaf_(family.paths.size()),
      is_row_(family.paths.size()),
      row_of_(family.paths.size(), 0) {
  for (std::uint32_t i = 1; i < count(); ++i) {
    const PathFacts& facts = at(i);
    const bool empty = facts.nulls > 0 && facts.objects + facts.arrays == 0;
    is_leaf_[i] = empty || (facts.scalars() > 0 && facts.scalars() >= facts.objects + facts.arrays);
    const PathFacts& around = at(facts.parent);
    const bool is_element = around.elements == i;
    is_row_[i] = is_element && (!family.is_xml || around.items_max > 1);
    row_of_[i] = is_row_[i] ? i : row_of_[facts.parent];
  }
}

bool FamilyView::is_below(std::uint32_t path, std::uint32_t ancestor) const {
  while (path > ancestor) path = at(path).parent;
  return path == ancestor;
}

std::vector<std::uint32_t> FamilyView::leaves_below(std::uint32_t path) const {
  std::vector<std::uint32_t> leaves;
  for (std::uint32_t i = path + 1; i < count(); ++i) {
    if (is_leaf_[i] && row_of_[i] == row_of_[path] && is_below(i, path)) leaves.push_back(i);
  }
  return leaves;
}

/// The text of an XML element has the element's name.
bool FamilyView::has_name(std::uint32_t path) const {
  return !at(path).name.empty() && at(path).name != "#text";
}

Words FamilyView::words(std::uint32_t path, std::uint32_t ancestor) const {
  std::vector<std::uint32_t> chain;
  for (; path != ancestor; path = at(path).parent) {
    if (has_name(path)) chain.push_back(path);
  }
  Words words;
  for (auto step = chain.rbegin(); step != chain.rend(); ++step) {
    for (std::string& word : words_of(at(*step).name)) {
      if (words.empty() || (words.back() != word && singular(words.back()) != word))
        words.push_back(std::move(word));
    }
  }
  if (words.empty()) words = {"value"};
  return words;
}

Words FamilyView::own_words(std::uint32_t path) const {
  while (path != 0 && !has_name(path)) path = at(path).parent;
  Words words = words_of(at(path).name);
  if (words.empty()) words = {"value"};
  return words;
}

std::uint32_t FamilyView::holder(std::uint32_t path) const {
  while (path != 0 && !has_name(path)) path = at(path).parent;
  return at(path).parent;
}

int FamilyView::levels(std::uint32_t path, std::uint32_t ancestor) const {
  int count = 0;
  for (; path != ancestor; path = at(path).parent) count += has_name(path) ? 1 : 0;
  return count;
}

const RowSample* FamilyView::sample(std::uint32_t row) const {
  const auto found = family_.samples.find(row);
  return found == family_.samples.end() ? nullptr : &found->second;
}

}  // namespace assay::registry
