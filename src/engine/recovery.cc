#include "engine/recovery.h"

#include <fmt/format.h>

#include "engine/fix.h"
#include "engine/ingest.h"
#include "engine/run.h"
#include "engine/spool.h"

namespace assay::engine {
namespace {

/// A broker keeps what was not committed, so that the next epoch takes it; waiting for one would
/// hold all other sources.
bool is_brokers(const Error& error) {
  return error.code == Code::broker_unreachable || error.code == Code::topic_unknown ||
         error.code == Code::records_expired;
}

/// Errors of the epoch's own input or tables: trying again gives the same.
bool is_final(const Error& error) {
  return !is_passing(error) || error.code == Code::source_overwritten ||
         error.code == Code::offset_moved || is_brokers(error);
}

std::string_view what_next(const control::Intent& intent, bool is_from_broker) {
  if (intent.kind != "ingest") return "";
  return is_from_broker ? ", and the next epoch takes its records" : ", so ingest its inputs again";
}

Status repeat(Session& session, const control::Intent& intent) {
  if (intent.kind == "ingest") return repeat_ingest(session, intent);
  return intent.kind == "fix" ? repeat_fix(session, intent) : repeat_run(session, intent);
}

Result<Recovery> repeat_interrupted(Session& session) {
  ASSAY_TRY(const auto intent, session.control().open_intent());
  if (!intent) return Recovery{};
  session.progress(fmt::format("repeating the interrupted epoch {}", intent->epoch));
  ASSAY_TRY_VOID(session.control().take_over_intent(intent->epoch, session.lease().generation));
  Status repeated = repeat(session, *intent);
  if (repeated) return Recovery{.repeated = 1, .given_up = {}};
  const bool is_from_broker = is_brokers(repeated.error());
  if (!is_final(repeated.error())) return unexpected(std::move(repeated).error());
  ASSAY_TRY_VOID(
      session.control().fail_epoch(intent->epoch, repeated.error().to_text(), session.now()));
  return Recovery{.repeated = 0,
                  .given_up = std::move(repeated).error().with_context(fmt::format(
                      "while repeating the interrupted {} of epoch {}; nothing of it is visible{}",
                      intent->kind, intent->epoch, what_next(*intent, is_from_broker)))};
}

}  // namespace

bool is_passing(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::unavailable:
    case ErrorKind::resource_exhausted:
    case ErrorKind::permission_denied:
    case ErrorKind::conflict:
    case ErrorKind::cancelled: return true;
    default: return false;
  }
}

Result<Recovery> recover(Session& session) {
  ASSAY_TRY(Recovery recovery, repeat_interrupted(session));
  ASSAY_TRY_VOID(clear_spool(session, Spooled::by_dead_processes));
  return recovery;
}

}  // namespace assay::engine
