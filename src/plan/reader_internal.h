#pragma once
// Reads the described structs from a JSON tree and keeps the first mistake with its JSON Pointer.

#include <fmt/format.h>

#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "plan/document_internal.h"

namespace assay::plan {

/// Reads one JSON object. Every member must be there, and no other. After a mistake nothing more is
/// read. One thread; borrows the tree.
class Reader {
 public:
  static constexpr bool kReads = true;

  Reader(const nlohmann::json& object, std::string pointer)
      : object_(object), pointer_(std::move(pointer)) {}

  template <typename T>
  void member(const char* name, T& value) {
    if (error_) return;
    ++members_;
    names_.emplace_back(name);
    const auto found = object_.find(name);
    if (found == object_.end()) return fail(pointer_, fmt::format("expected the key \"{}\"", name));
    std::string at = pointer_;
    path::append_pointer(at, name);
    from_value(*found, at, value);
  }

  template <typename T>
  void may_be_absent(const char* name, std::optional<T>& value) {
    value.reset();
    if (object_.contains(name)) member(name, value.emplace());
  }

  template <typename T>
  void may_be(const char* name, T& value, const std::type_identity_t<T>& usual) {
    value = usual;
    if (object_.contains(name)) member(name, value);
  }

  /// REQUIRES: all members were read.
  std::optional<Error> finish() && {
    if (!error_ && members_ != object_.size()) {
      for (const auto& [key, value] : object_.items()) {
        if (std::find(names_.begin(), names_.end(), key) != names_.end()) continue;
        std::string at = pointer_;
        path::append_pointer(at, key);
        fail(at, "expected no such key");
        break;
      }
    }
    return std::move(error_);
  }

  template <typename Struct>
  static std::optional<Error> read(const nlohmann::json& tree, const std::string& pointer,
                                   Struct& value) {
    if (!tree.is_object()) return mistake(pointer, "expected an object");
    if (pointer.size() > kPointerMax) return mistake(pointer, "expected less nesting");
    Reader reader(tree, pointer);
    describe(reader, value);
    return std::move(reader).finish();
  }

  static Error mistake(const std::string& pointer, std::string_view what) {
    return make_error(Code::plan_invalid, fmt::format("{} at \"{}\"", what, pointer));
  }

 private:
  using Json = nlohmann::json;
  /// Objects that nest without end, as the nodes of an expression may, would take the stack.
  static constexpr std::size_t kPointerMax = 8192;

  void fail(const std::string& pointer, std::string_view what) {
    if (!error_) error_ = mistake(pointer, what);
  }

  void from_value(const Json& json, const std::string& at, bool& value) {
    if (!json.is_boolean()) return fail(at, "expected true or false");
    value = json.get<bool>();
  }
  void from_value(const Json& json, const std::string& at, int& value) {
    constexpr auto kMax = std::numeric_limits<int>::max();
    constexpr auto kMin = std::numeric_limits<int>::min();
    const bool fits = json.is_number_unsigned()
                          ? json.get<std::uint64_t>() <= std::uint64_t{kMax}
                          : json.is_number_integer() && json.get<std::int64_t>() >= kMin;
    if (!fits) return fail(at, "expected an integer of 32 bits");
    value = static_cast<int>(json.get<std::int64_t>());
  }
  void from_value(const Json& json, const std::string& at, std::size_t& value) {
    const auto* text = json.get_ptr<const std::string*>();
    if (text == nullptr) return fail(at, "expected an unsigned number of 64 bits as a string");
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || std::to_string(value) != *text) {
      fail(at, "expected an unsigned number of 64 bits as a string");
    }
  }
  void from_value(const Json& json, const std::string& at, std::string& value) {
    const auto* text = json.get_ptr<const std::string*>();
    if (text == nullptr) return fail(at, "expected a string");
    value = *text;
  }
  void from_value(const Json& json, const std::string& at, column::DataType& value) {
    std::string text;
    from_value(json, at, text);
    const auto type = column::parse_data_type(text);
    if (!type) return fail(at, "expected a data type");
    value = *type;
  }
  void from_value(const Json& json, const std::string& at, path::JsonPath& value) {
    std::string text;
    from_value(json, at, text);
    if (error_) return;
    auto path = path::parse_mapping_path(text);
    if (!path) return fail(at, fmt::format("expected a JSONPath ({})", path.error().message));
    value = std::move(*path);
  }

  template <typename Enum>
    requires std::is_enum_v<Enum>
  void from_value(const Json& json, const std::string& at, Enum& value) {
    constexpr const auto& kTexts = EnumTexts<Enum>::kTexts;
    const auto* text = json.get_ptr<const std::string*>();
    for (std::size_t i = 0; text != nullptr && i < kTexts.size(); ++i) {
      if (*text != kTexts[i]) continue;
      value = static_cast<Enum>(i);
      return;
    }
    fail(at, fmt::format("expected one of {}", fmt::join(kTexts, ", ")));
  }
  template <typename T>
  void from_value(const Json& json, const std::string& at, std::optional<T>& value) {
    value.reset();
    if (json.is_null()) return;
    from_value(json, at, value.emplace());
  }
  template <typename First, typename Second>
  void from_value(const Json& json, const std::string& at, std::pair<First, Second>& value) {
    if (!json.is_array() || json.size() != 2) return fail(at, "expected an array of two");
    from_value(json[0], at + "/0", value.first);
    if (!error_) from_value(json[1], at + "/1", value.second);
  }
  template <typename T>
  void from_value(const Json& json, const std::string& at, std::vector<T>& values) {
    if (!json.is_array()) return fail(at, "expected an array");
    values.clear();
    values.reserve(json.size());
    for (std::size_t i = 0; i < json.size() && !error_; ++i) {
      from_value(json[i], fmt::format("{}/{}", at, i), values.emplace_back());
    }
  }
  template <typename Struct>
    requires std::is_class_v<Struct>
  void from_value(const Json& json, const std::string& at, Struct& value) {
    error_ = read(json, at, value);
  }

  const Json& object_;
  const std::string pointer_;
  std::size_t members_ = 0;
  std::vector<std::string> names_;
  std::optional<Error> error_;
};

}  // namespace assay::plan
