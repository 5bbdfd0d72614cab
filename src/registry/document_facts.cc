#include "registry/document_facts.h"

#include <algorithm>

#include "path/json_path.h"

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

namespace {

/// A name that RFC 9535 takes behind a dot.
bool is_plain(std::string_view name) {
  const auto is_letter = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
  };
  return !name.empty() && is_letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
  });
}

}  // namespace

std::uint32_t FamilyFacts::add(std::uint32_t parent, const std::string& step) {
  PathFacts made;
  made.parent = parent;
  made.text = paths[parent].text + step;
  paths.push_back(std::move(made));
  return static_cast<std::uint32_t>(paths.size() - 1);
}

std::uint32_t FamilyFacts::member(std::uint32_t parent, std::string_view name) {
  const auto& below = paths[parent].below;
  if (const auto known = below.find(name); known != below.end()) return known->second;
  const std::string text(name);
  const std::uint32_t index =
      add(parent, is_plain(name) ? "." + text : "[" + path::quoted_name(name) + "]");
  paths[index].name = text;
  paths[index].key_likeness = key_likeness(name);
  paths[parent].below.emplace(text, index);
  return index;
}

std::uint32_t FamilyFacts::element(std::uint32_t parent) {
  if (paths[parent].elements == 0) {
    const std::uint32_t index = add(parent, "[*]");
    paths[parent].elements = index;
  }
  return paths[parent].elements;
}

}  // namespace assay::registry
