#pragma once
// Paths over renditions of XML, written as XPath with prefixes that are made from their URIs.

#include <map>
#include <string>
#include <string_view>

namespace assay::registry {

class XmlNames {
 public:
  /// Takes the namespaces of a JSONPath over a rendition.
  void add(std::string_view path);
  /// Prefix -> URI.
  const std::map<std::string, std::string>& prefixes() const { return prefixes_; }
  /// "$['{u}a'][*]['{u}b'][*]['#text']" -> "/u:a/u:b".
  std::string xpath(std::string_view path) const;
  /// The same from a row that is above it: "u:b", "." for the row's own text.
  std::string xpath_within(std::string_view path, std::string_view rows) const;

 private:
  std::string name(std::string_view expanded) const;
  std::string prefix_for(std::string_view uri) const;

  std::map<std::string, std::string> prefixes_;
  std::map<std::string, std::string> by_uri_;
};

}  // namespace assay::registry
