#include "model/extension_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/hash.h"

namespace assay::model {
namespace {

constexpr std::size_t kHashDigits = 8;
/// Ends of the names of other tables and views, which no suffix may look like.
constexpr std::array<std::string_view, 4> kTakenEnds = {"content", "history", "status", "current"};

bool is_plain(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
}

}  // namespace

std::string extension_suffix(std::string_view tenant) {
  std::string made;
  for (const char letter : tenant) {
    const char lower =
        letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    if (is_plain(lower))
      made += lower;
    else if (!made.empty() && made.back() != '_')
      made += '_';
  }
  if (!made.empty() && made.back() == '_') made.pop_back();
  const bool is_taken = std::any_of(kTakenEnds.begin(), kTakenEnds.end(),
                                    [&](std::string_view end) { return made.ends_with(end); });
  if (made == tenant && !is_taken) return made;
  return fmt::format("{}{}{}", made, made.empty() ? "" : "_",
                     xxh3_128(tenant).to_hex().substr(0, kHashDigits));
}

std::string extension_name(std::string_view entity, std::string_view tenant) {
  return fmt::format("{}{}{}", entity, kExtensionMark, extension_suffix(tenant));
}

bool is_extension_of_other(std::string_view table, std::string_view tenant) {
  if (!table.starts_with("silver.")) return false;
  const std::size_t mark = table.rfind(kExtensionMark);
  if (mark == std::string_view::npos) return false;
  return table.substr(mark + kExtensionMark.size()) != extension_suffix(tenant);
}

}  // namespace assay::model
