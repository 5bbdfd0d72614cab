#pragma once
// Writes the described structs as a JSON tree, whose objects nlohmann keeps sorted by key.

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "plan/document_internal.h"

namespace assay::plan {

/// Builds one JSON object. One thread; lives for one call of `written`.
class Writer {
 public:
  static constexpr bool kReads = false;

  template <typename T>
  void member(const char* name, const T& value) {
    object_[name] = to_value(value);
  }
  /// A key that stands there only where there is something to say.
  template <typename T>
  void may_be_absent(const char* name, const std::optional<T>& value) {
    if (value) object_[name] = to_value(*value);
  }
  /// A key that stands there only where the value is another one than `usual`.
  template <typename T>
  void may_be(const char* name, const T& value, const std::type_identity_t<T>& usual) {
    if (!(value == usual)) object_[name] = to_value(value);
  }
  nlohmann::json take() && { return std::move(object_); }

 private:
  static nlohmann::json to_value(bool value) { return value; }
  static nlohmann::json to_value(int value) { return value; }
  static nlohmann::json to_value(std::size_t value) { return std::to_string(value); }
  static nlohmann::json to_value(const std::string& value) { return value; }
  static nlohmann::json to_value(const column::DataType& value) { return column::to_string(value); }
  static nlohmann::json to_value(const path::JsonPath& value) { return path::to_string(value); }

  template <typename Enum>
    requires std::is_enum_v<Enum>
  static nlohmann::json to_value(Enum value) {
    return EnumTexts<Enum>::kTexts.at(static_cast<std::size_t>(value));
  }
  template <typename T>
  static nlohmann::json to_value(const std::optional<T>& value) {
    return value ? to_value(*value) : nlohmann::json();
  }
  template <typename First, typename Second>
  static nlohmann::json to_value(const std::pair<First, Second>& value) {
    return nlohmann::json::array({to_value(value.first), to_value(value.second)});
  }
  template <typename T>
  static nlohmann::json to_value(const std::vector<T>& values) {
    auto array = nlohmann::json::array();
    for (const T& value : values) array.push_back(to_value(value));
    return array;
  }
  template <typename Struct>
    requires std::is_class_v<Struct>
  static nlohmann::json to_value(const Struct& value) {
    Writer writer;
    describe(writer, value);
    return std::move(writer).take();
  }

  nlohmann::json object_ = nlohmann::json::object();
};

template <typename Struct>
nlohmann::json written(const Struct& value) {
  Writer writer;
  describe(writer, value);
  return std::move(writer).take();
}

}  // namespace assay::plan
