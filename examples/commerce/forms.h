#pragma once
// The twelve schema variants of the commerce demo: six tenants, three kinds of application, each
// with names, nesting, number and time formats of its own.

#include <span>
#include <string_view>

#include "examples/commerce/json_text.h"
#include "examples/commerce/world.h"

namespace assay::commerce {

/// One schema version of one application of one tenant. The workspace's mapping has the same three
/// names.
struct Form {
  enum class Phase : std::uint8_t { always, first_half, second_half };
  std::string_view tenant;
  std::string_view application;
  std::string_view version;
  std::uint64_t weight = 1;     ///< its share of all orders
  Phase phase = Phase::always;  ///< a second version takes over when half of the days have gone
  bool array = false;           ///< the application exports JSON arrays, not lines
  bool ascii = false;           ///< it escapes what is not ASCII
  void (*write)(JsonText&, const Order&) = nullptr;
};

std::span<const Form> forms();

}  // namespace assay::commerce
