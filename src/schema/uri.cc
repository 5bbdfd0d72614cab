#include "schema/uri.h"

#include <algorithm>
#include <optional>

namespace assay::schema {
namespace {

bool is_scheme_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '-' || c == '.';
}

struct Parts {
  std::optional<std::string_view> scheme;
  std::optional<std::string_view> authority;
  std::string_view path;
  std::optional<std::string_view> query;
};

Parts split(std::string_view text) {
  Parts parts;
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && colon > 0 && !(text[0] >= '0' && text[0] <= '9') &&
      std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                  is_scheme_character)) {
    parts.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (const auto question = text.find('?'); question != std::string_view::npos) {
    parts.query = text.substr(question + 1);
    text = text.substr(0, question);
  }
  if (text.starts_with("//")) {
    const auto slash = text.find('/', 2);
    parts.authority = text.substr(2, slash == std::string_view::npos ? slash : slash - 2);
    text = slash == std::string_view::npos ? std::string_view() : text.substr(slash);
  }
  parts.path = text;
  return parts;
}

/// Section 5.2.4.
std::string without_dots(std::string_view input) {
  std::string out;
  while (!input.empty()) {
    if (input.starts_with("../")) {
      input.remove_prefix(3);
    } else if (input.starts_with("./") || input.starts_with("/./")) {
      input.remove_prefix(2);
    } else if (input == "/.") {
      input = "/";
    } else if (input.starts_with("/../") || input == "/..") {
      input = input.size() > 3 ? input.substr(3) : std::string_view("/");
      out.resize(out.rfind('/') == std::string::npos ? 0 : out.rfind('/'));
    } else if (input == "." || input == "..") {
      input = {};
    } else {
      const auto slash = input.find('/', 1);
      out += input.substr(0, slash);
      input = slash == std::string_view::npos ? std::string_view() : input.substr(slash);
    }
  }
  return out;
}

std::string merged(const Parts& base, std::string_view path) {
  if (base.authority && base.path.empty()) return "/" + std::string(path);
  const auto slash = base.path.rfind('/');
  const auto folder =
      slash == std::string_view::npos ? std::string_view() : base.path.substr(0, slash + 1);
  return std::string(folder) + std::string(path);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

UriReference split_fragment(std::string_view reference) {
  const auto hash = reference.find('#');
  if (hash == std::string_view::npos) return {reference, {}};
  return {reference.substr(0, hash), reference.substr(hash + 1)};
}

std::string resolve_uri(std::string_view base, std::string_view reference) {
  base = split_fragment(base).resource;
  reference = split_fragment(reference).resource;
  if (reference.empty()) return std::string(base);
  const Parts from = split(base);
  const Parts to = split(reference);
  std::string path;
  auto scheme = from.scheme;
  auto authority = from.authority;
  auto query = to.query;
  if (to.scheme || to.authority) {
    scheme = to.scheme ? to.scheme : from.scheme;
    authority = to.authority;
    // A name without hierarchy ("urn:uuid:...") has no dots to remove.
    path = to.path.starts_with('/') ? without_dots(to.path) : std::string(to.path);
  } else if (to.path.empty()) {
    path = from.path;
    if (!query) query = from.query;
  } else {
    path = without_dots(to.path.starts_with('/') ? std::string(to.path) : merged(from, to.path));
  }
  std::string out;
  if (scheme) out += std::string(*scheme) + ":";
  if (authority) out += "//" + std::string(*authority);
  out += path;
  if (query) out += "?" + std::string(*query);
  return out;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

}  // namespace assay::schema
