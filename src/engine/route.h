#pragma once
// Which tenant and application a path belongs to, by the routes of the workspace's sources.

#include <optional>
#include <string>
#include <string_view>

#include "model/workspace.h"

namespace assay::engine {

struct Routed {
  std::string source;
  std::string tenant;
  std::string application;
};

/// Matches a path against one pattern: `*` and `{tenant}`, `{application}` within one part, `**`
/// over parts. A pattern matches a path's tail of whole parts. Pure.
std::optional<Routed> match_route(const model::Route& route, std::string_view path);

/// The first route of the first file source that takes the path; nothing where none does.
std::optional<Routed> route_file(const model::Workspace& workspace, std::string_view path);

}  // namespace assay::engine
