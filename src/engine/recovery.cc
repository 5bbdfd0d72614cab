#include "engine/recovery.h"

#include <fmt/format.h>

#include "engine/ingest.h"
#include "engine/run.h"

namespace assay::engine {
namespace {

/// Errors of the epoch's own input: trying again gives the same.
bool is_final(const Error& error) {
  return error.kind() == ErrorKind::not_found || error.kind() == ErrorKind::invalid_input ||
         error.code == Code::source_overwritten;
}

}  // namespace

Result<std::int64_t> recover(Session& session) {
  ASSAY_TRY(const auto intent, session.control().open_intent());
  if (!intent) return std::int64_t{0};
  session.progress(fmt::format("repeating the interrupted epoch {}", intent->epoch));
  ASSAY_TRY_VOID(session.control().take_over_intent(intent->epoch, session.lease().generation));
  Status repeated = intent->kind == "ingest" ? repeat_ingest(session, *intent) : repeat_run(session, *intent);
  if (repeated) return std::int64_t{1};
  if (!is_final(repeated.error())) return unexpected(std::move(repeated).error());
  ASSAY_TRY_VOID(session.control().fail_epoch(intent->epoch, repeated.error().to_text(), session.now()));
  return std::int64_t{0};
}

}  // namespace assay::engine
