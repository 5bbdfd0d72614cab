#include "engine/recovery.h"

#include <fmt/format.h>

#include "engine/fix.h"
#include "engine/ingest.h"
#include "engine/run.h"

namespace assay::engine {
namespace {

/// Errors of the epoch's own input: trying again gives the same.
bool is_final(const Error& error) {
  return error.kind() == ErrorKind::not_found || error.kind() == ErrorKind::invalid_input ||
         error.code == Code::source_overwritten || error.code == Code::offset_moved;
}

/// Spooled inputs of dead processes; once no intent stands, nothing refers to them.
Status clear_spool(Session& session) {
  ASSAY_TRY(const auto spooled, session.files().list(session.paths().spool));
  for (const io::FileInfo& file : spooled) {
    if (file.path == session.paths().stdin_spool(session.lease().generation)) continue;
    ASSAY_TRY_VOID(session.files().remove(file.path));
  }
  return {};
}

Status repeat(Session& session, const control::Intent& intent) {
  if (intent.kind == "ingest") return repeat_ingest(session, intent);
  return intent.kind == "fix" ? repeat_fix(session, intent) : repeat_run(session, intent);
}

/// True where there was an epoch, and it was repeated.
Result<bool> repeat_interrupted(Session& session) {
  ASSAY_TRY(const auto intent, session.control().open_intent());
  if (!intent) return false;
  session.progress(fmt::format("repeating the interrupted epoch {}", intent->epoch));
  ASSAY_TRY_VOID(session.control().take_over_intent(intent->epoch, session.lease().generation));
  Status repeated = repeat(session, *intent);
  if (repeated) return true;
  if (!is_final(repeated.error())) return unexpected(std::move(repeated).error());
  ASSAY_TRY_VOID(
      session.control().fail_epoch(intent->epoch, repeated.error().to_text(), session.now()));
  return false;
}

}  // namespace

Result<std::int64_t> recover(Session& session) {
  ASSAY_TRY(const bool repeated, repeat_interrupted(session));
  ASSAY_TRY_VOID(clear_spool(session));
  return std::int64_t{repeated ? 1 : 0};
}

}  // namespace assay::engine
