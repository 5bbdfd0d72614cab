#include "engine/route.h"

#include <vector>

namespace assay::engine {
namespace {

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (const auto part = path.substr(0, slash); !part.empty() && part != ".")
      parts.push_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

/// One part against one pattern part; captures go into `routed`. Backtracks over `*` and captures.
bool match_part(std::string_view pattern, std::string_view text, Routed& routed) {
  if (pattern.empty()) return text.empty();
  std::string* capture = nullptr;
  std::size_t taken = 0;
  if (pattern.starts_with("{tenant}")) {
    capture = &routed.tenant;
    taken = 8;
  } else if (pattern.starts_with("{application}")) {
    capture = &routed.application;
    taken = 13;
  } else if (pattern.front() != '*') {
    return !text.empty() && text.front() == pattern.front() &&
           match_part(pattern.substr(1), text.substr(1), routed);
  } else {
    taken = 1;
  }
  const std::string before = capture == nullptr ? std::string() : *capture;
  for (std::size_t length = capture == nullptr ? 0 : 1; length <= text.size(); ++length) {
    if (capture != nullptr) *capture = text.substr(0, length);
    if (match_part(pattern.substr(taken), text.substr(length), routed)) return true;
  }
  if (capture != nullptr) *capture = before;
  return false;
}

bool match_parts(std::span<const std::string_view> pattern, std::span<const std::string_view> path,
                 Routed& routed) {
  if (pattern.empty()) return path.empty();
  if (pattern.front() == "**") {
    for (std::size_t skip = 0; skip <= path.size(); ++skip) {
      if (match_parts(pattern.subspan(1), path.subspan(skip), routed)) return true;
    }
    return false;
  }
  return !path.empty() && match_part(pattern.front(), path.front(), routed) &&
         match_parts(pattern.subspan(1), path.subspan(1), routed);
}

}  // namespace

std::optional<Routed> match_route(const model::Route& route, std::string_view path) {
  const auto pattern = parts_of(route.pattern);
  const auto parts = parts_of(path);
  for (std::size_t skip = 0; skip < parts.size(); ++skip) {
    Routed routed{.source = {}, .tenant = route.tenant, .application = route.application};
    if (match_parts(pattern, std::span(parts).subspan(skip), routed)) return routed;
  }
  return std::nullopt;
}

std::optional<Routed> route_file(const model::Workspace& workspace, std::string_view path) {
  for (const model::Source& source : workspace.sources) {
    if (source.kind != "file") continue;
    for (const model::Route& route : source.routes) {
      if (auto routed = match_route(route, path)) {
        routed->source = source.name;
        return routed;
      }
    }
  }
  return std::nullopt;
}

}  // namespace assay::engine
