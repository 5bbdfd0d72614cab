#include "cli/recovery_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace assay::cli {

std::string recovery_json(const engine::Recovery& recovery) {
  nlohmann::json given_up;
  if (recovery.given_up) given_up = nlohmann::json::parse(error_json(*recovery.given_up))["error"];
  return nlohmann::json{{"repeated_epochs", recovery.repeated}, {"given_up", std::move(given_up)}}
      .dump();
}

void report_recovery(Globals& globals, const engine::Recovery& recovery) {
  if (recovery.given_up) globals.exit_code = exit_code_of(*recovery.given_up);
  if (globals.json) return;
  if (recovery.repeated > 0) fmt::print("finished an interrupted epoch first\n");
  if (recovery.given_up) fmt::print(stderr, "{}\n", recovery.given_up->to_text());
}

}  // namespace assay::cli
