#pragma once
// The documents of a schema, and what in them has an address: ids, anchors, JSON Pointers.

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "path/json_document.h"

namespace assay::schema {

enum class Draft { draft4, draft6, draft7, draft2019, draft2020 };

/// A node of one of the documents.
struct SchemaPlace {
  std::size_t document = 0;
  path::NodeId node = path::NodeId::root;
  auto operator<=>(const SchemaPlace&) const = default;
};

/// Owns texts and documents. Immutable once everything is added.
class JsonResources {
 public:
  struct Limits {
    std::size_t size_max;
    std::size_t depth_max;
  };
  explicit JsonResources(const Limits& limits) : limits_(limits) {}
  JsonResources(JsonResources&&) = default;
  JsonResources& operator=(JsonResources&&) = delete;

  /// Gives the document's number. Errors: schema_invalid.
  Result<std::size_t> add(std::string_view uri, std::string_view text);

  const path::JsonDocument& document(std::size_t number) const { return entries_[number].document; }
  std::string_view uri(std::size_t number) const { return entries_[number].uri; }
  Draft draft(std::size_t number) const { return entries_[number].draft; }

  /// Where a reference that stands at a place leads; nothing where nothing has that address.
  std::optional<SchemaPlace> find(const SchemaPlace& from, std::string_view reference) const;
  /// What a reference at that place is resolved against.
  std::string_view base_of(SchemaPlace place) const;
  /// "address#pointer".
  std::string address_of(const SchemaPlace& place) const;

 private:
  struct Entry {
    std::string uri;
    std::string text;
    path::JsonDocument document;
    Draft draft;
  };

  void scan(std::size_t number);
  void scan_ids(const SchemaPlace& place);
  void scan_below(const SchemaPlace& place, std::vector<SchemaPlace>& todo) const;
  std::optional<SchemaPlace> follow(SchemaPlace from, std::string_view pointer) const;

  Limits limits_;
  std::deque<Entry> entries_;  // in place, since documents borrow the texts
  std::map<SchemaPlace, std::string> bases_;
  std::map<std::string, SchemaPlace, std::less<>> resources_;           // by address
  std::map<std::pair<std::string, std::string>, SchemaPlace> anchors_;  // address, name
};

}  // namespace assay::schema
