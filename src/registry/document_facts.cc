#include "registry/document_facts.h"

#include <algorithm>

namespace assay::registry {

int key_likeness(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto ends = [&](std::string_view tail) { return lower.ends_with(tail); };
  if (lower == "id" || ends("_id") || (ends("id") && name.ends_with("Id")) || name.ends_with("ID"))
    return 4;
  if (lower == "code" || ends("code") || lower == "sku" || ends("number") || ends("nummer") ||
      ends("nr") || lower == "no" || ends("_no") || ends("num"))
    return 3;
  if (lower == "key" || ends("key") || lower == "ref" || ends("ref")) return 2;
  return lower == "name" || ends("name") ? 1 : 0;
}

std::uint32_t FamilyFacts::member(std::uint32_t parent, std::string_view name) {
  const std::pair<std::uint32_t, std::string> key{parent, std::string(name)};
  if (const auto known = members.find(key); known != members.end()) return known->second;
  const auto index = static_cast<std::uint32_t>(paths.size());
  PathFacts made;
  made.parent = parent;
  made.name = key.second;
  const bool plain = !name.empty() && name.find_first_of(".[]' \"\\") == std::string_view::npos;
  made.text = paths[parent].text + (plain ? "." + made.name : "['" + made.name + "']");
  made.key_likeness = key_likeness(name);
  paths.push_back(std::move(made));
  members.emplace(key, index);
  return index;
}

std::uint32_t FamilyFacts::element(std::uint32_t parent) {
  const std::pair<std::uint32_t, std::string> key{parent, std::string("\0", 1)};
  if (const auto known = members.find(key); known != members.end()) return known->second;
  const auto index = static_cast<std::uint32_t>(paths.size());
  PathFacts made;
  made.parent = parent;
  made.element = true;
  made.text = paths[parent].text + "[*]";
  paths.push_back(std::move(made));
  members.emplace(key, index);
  return index;
}

}  // namespace assay::registry
