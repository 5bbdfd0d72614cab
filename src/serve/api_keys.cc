#include "serve/api_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/hash.h"
#include "io/process.h"

namespace assay::serve {
namespace {

constexpr std::array<std::string_view, 3> kRoles = {"reader", "writer", "admin"};
constexpr std::size_t kHeaderSizeMax = 1024;

std::string random_hex(int words) {
  std::string text;
  for (int i = 0; i < words; ++i) text += fmt::format("{:016x}", io::random_number());
  return text;
}

/// Nothing where it is no base64.
std::optional<std::string> base64_decoded(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<unsigned>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xffU);
    }
    bits &= (1U << count) - 1;
  }
  return out;
}

struct Credential {
  std::string id;
  std::string secret;
};

Credential credential_of(std::string_view header) {
  if (header.size() > kHeaderSizeMax) return {};
  const auto blank = header.find(' ');
  std::string scheme(header.substr(0, blank));
  for (char& c : scheme) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  std::string_view rest = blank == std::string_view::npos ? "" : header.substr(blank + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  std::string pair;
  char separator = '.';
  if (scheme == "basic") {
    pair = base64_decoded(rest).value_or("");
    separator = ':';
  } else if (scheme == "bearer") {
    pair = rest;
  }
  const auto middle = pair.find(separator);
  if (middle == std::string::npos) return {};
  return {pair.substr(0, middle), pair.substr(middle + 1)};
}

/// Takes the same time wherever the texts differ.
bool same(std::string_view left, std::string_view right) {
  unsigned difference = left.size() == right.size() ? 0U : 1U;
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    difference |= static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i]);
  }
  return difference == 0;
}

}  // namespace

std::string_view to_string(Role role) { return kRoles[static_cast<std::size_t>(role)]; }

Result<Role> parse_role(std::string_view text) {
  const auto* const found = std::find(kRoles.begin(), kRoles.end(), text);
  if (found != kRoles.end()) return static_cast<Role>(found - kRoles.begin());
  return make_error(Code::usage, fmt::format("there is no role \"{}\"", text),
                    "The roles are reader, writer and admin.");
}

NewKey make_key(const std::string& tenant, const std::string& name, Role role, Micros now,
                std::optional<Micros> expires) {
  NewKey key;
  key.secret = random_hex(4);
  key.stored = {.key_id = "ak" + random_hex(1),
                .tenant = tenant,
                .sha256 = to_hex(sha256(key.secret)),
                .name = name,
                .role = std::string(to_string(role)),
                .created = now,
                .expires = expires};
  return key;
}

Result<Caller> Caller::authenticate(control::SubjectStore& store, std::string_view authorization,
                                    Micros now) {
  const Credential credential = credential_of(authorization);
  ASSAY_TRY(const auto stored, store.key(credential.id));
  // The hash is made and compared in any case, so that time does not tell which ids exist.
  const std::string hash = to_hex(sha256(credential.secret));
  const bool fits = same(hash, stored ? stored->sha256 : std::string(64, '0'));
  const bool in_force = stored && !stored->revoked && (!stored->expires || *stored->expires > now);
  if (fits && in_force) {
    const auto role = parse_role(stored->role);
    if (role) return Caller(stored->tenant, stored->key_id, stored->name, *role);
  }
  return make_error(Code::key_refused, "a valid API key is needed",
                    "Send it as Basic or Bearer authorization; assay key create makes one.");
}

}  // namespace assay::serve
