#pragma once
// What is not right with a command line, as an error like any other.

#include "base/result.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace assay::cli {

/// Code::usage, with the nearest command or option as hint. `app` is the one that was parsed.
Error usage_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace assay::cli
