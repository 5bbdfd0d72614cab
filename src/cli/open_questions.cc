#include "cli/open_questions.h"

#include <fmt/format.h>

#include "ask/tenant_tables.h"
#include "cli/open_control.h"
#include "io/file_system.h"

namespace assay::cli {

Result<model::Workspace> applied_workspace(control::Database& control) {
  ASSAY_TRY(const auto applied, control.applied_workspace());
  if (!applied) {
    return make_error(Code::plan_not_applied, "the workspace was not applied yet",
                      "Run: assay apply");
  }
  return model::from_json(*applied);
}

Result<Questions> open_questions(const Globals& globals, const QuestionOptions& options) {
  ASSAY_TRY(control::Database control, open_control(globals));
  ASSAY_TRY(model::Workspace workspace, applied_workspace(control));
  ASSAY_TRY(const TenantId tenant, ask::choose_tenant(workspace, options.tenant));
  const auto files = io::local_file_system();
  ASSAY_TRY(const ask::Visible visible,
            ask::tenant_tables(*files, control, workspace, {tenant, options.known_at}));
  ASSAY_TRY(ask::LockedSql sql, ask::LockedSql::open(visible));
  return Questions{std::move(control), std::move(workspace), tenant, std::move(sql)};
}

Result<std::optional<Micros>> instant_option(const std::string& name, const std::string& text) {
  if (text.empty()) return std::optional<Micros>();
  const std::optional<Micros> instant = parse_instant(text);
  if (!instant) {
    return make_error(Code::usage, fmt::format("{} '{}' is not an instant", name, text),
                      "Write it as 2011-12-09 or 2011-12-09T12:50:00Z.");
  }
  return instant;
}

}  // namespace assay::cli
