#include "registry/xml_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "path/json_path.h"
#include "registry/naming.h"

namespace assay::registry {
namespace {

std::string_view uri_of(std::string_view expanded) {
  if (expanded.starts_with('@')) expanded.remove_prefix(1);
  const std::size_t end = expanded.find('}');
  return expanded.starts_with('{') && end != std::string_view::npos ? expanded.substr(1, end - 1)
                                                                    : std::string_view();
}

path::JsonPath parsed(std::string_view path) {
  auto steps = path::parse_mapping_path(std::string(path));
  ASSAY_ASSERT(steps.has_value());
  return std::move(steps).value();
}

}  // namespace

void XmlNames::add(std::string_view path) {
  for (const path::Step& step : parsed(path).steps) {
    const std::string uri(uri_of(step.name));
    if (uri.empty() || by_uri_.contains(uri)) continue;
    const std::string wanted = prefix_for(uri);
    std::string prefix = wanted;
    for (int n = 2; prefixes_.contains(prefix); ++n) prefix = fmt::format("{}{}", wanted, n);
    prefixes_.emplace(prefix, uri);
    by_uri_.emplace(uri, prefix);
  }
}

/// The first letters of what the URI ends in: "...:CommonBasicComponents-2" -> cbc.
std::string XmlNames::prefix_for(std::string_view uri) const {
  std::string_view rest = uri;
  while (!rest.empty()) {
    const std::size_t cut = rest.find_last_of(":/#");
    const std::string_view last = cut == std::string_view::npos ? rest : rest.substr(cut + 1);
    Words words = words_of(last);
    std::erase_if(words, [](const std::string& word) { return word[0] < 'a' || word[0] > 'z'; });
    if (words.size() == 1) return words[0].substr(0, 3);
    std::string prefix;
    for (const std::string& word : words) prefix += word[0];
    if (!prefix.empty()) return prefix;
    rest = cut == std::string_view::npos ? std::string_view() : rest.substr(0, cut);
  }
  return "ns";
}

std::string XmlNames::name(std::string_view expanded) const {
  const std::string mark = expanded.starts_with('@') ? "@" : "";
  expanded.remove_prefix(mark.size());
  const std::string_view uri = uri_of(expanded);
  if (uri.empty()) return mark + std::string(expanded);
  return mark + by_uri_.at(std::string(uri)) + ":" + std::string(expanded.substr(uri.size() + 2));
}

std::string XmlNames::xpath(std::string_view path) const {
  std::string text;
  for (const path::Step& step : parsed(path).steps) {
    if (step.kind == path::Step::Kind::name && step.name != "#text") text += "/" + name(step.name);
  }
  return text;
}

std::string XmlNames::xpath_within(std::string_view path, std::string_view rows) const {
  const std::string text = xpath(path);
  const std::string above = xpath(rows);
  return text.size() == above.size() ? "." : text.substr(above.size() + 1);
}

}  // namespace assay::registry
