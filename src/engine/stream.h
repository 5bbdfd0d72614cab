#pragma once
// The engine that stays: from its sources into bronze, on to silver and gold, and again.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/folder_watch.h"
#include "engine/ingest.h"
#include "engine/push_log.h"
#include "engine/run.h"
#include "engine/session.h"
#include "engine/source.h"
#include "io/wakeup.h"

namespace assay::engine {

/// A bronze epoch that was committed.
struct BronzeNews {
  std::string kind;  ///< of the sources: "push", "kafka", "file"
  BronzeTotals totals;
  Micros took = 0;
};
/// Silver and gold, brought up to bronze.
struct RefineNews {
  RunReport report;
  Micros took = 0;
  Micros lag = 0;  ///< from the receipt of the oldest record in it that came by itself to now
};

/// What was done for the tables' files.
struct MaintenanceNews {
  std::int64_t compacted = 0;  ///< files that became fewer ones
  std::int64_t snapshots = 0;  ///< forgotten
  std::int64_t removed = 0;    ///< files that nothing led to
  Micros took = 0;
};

/// Hears what the stream does, on its thread.
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;
  /// A session is open; `waiting` records of earlier processes are in bronze and not yet refined.
  virtual void on_open(const Recovery& recovery, std::int64_t waiting) = 0;
  virtual void on_bronze(const BronzeNews& news) = 0;
  virtual void on_refined(const RefineNews& news) = 0;
  virtual void on_input(const InputReport& input) = 0;
  /// Now and then, of each source that says something of itself.
  virtual void on_source(const SourceReport& report) = 0;
  virtual void on_maintained(const MaintenanceNews& news) = 0;
  /// Only the tables' files stay as many as they are: the stream goes on.
  virtual void on_maintenance_failed(const Error& error) = 0;
  virtual void on_tenant_failed(const std::string& tenant, const std::string& reason,
                                Micros retry_in) = 0;
  /// The session is closed; it will be opened again.
  virtual void on_failure(const Error& error, Micros retry_in) = 0;
};

/// Any of the parts must outlive it. `run` on one thread; `stop` from any.
///
///   run: until stopped: open a session (recovers) -> work it until it fails -> back off
///   work: wait until something is due -> take each source -> take_files -> refine -> maintain
///
/// A session is closed at an error and opened again with a new generation, so that there is one
/// way back from everything: the one that follows a crash.
class Stream {
 public:
  struct Options {
    std::string folder;                    ///< of the workspace
    std::function<Result<Seams>()> seams;  ///< for each session
    std::vector<std::string> watched;      ///< folders, absolute
    Micros commit_age =
        2 * kMicrosPerSecond;  ///< an epoch begins at latest when a record is so old
    Micros drain_max = 10 * kMicrosPerSecond;  ///< that is still worked after `stop`
    std::int64_t maintenance_epochs = 100;     ///< between two looks at the tables' files; 0: never
  };
  /// `push` may be null: nothing is pushed.
  Stream(Options options, PushLog* push, io::Wakeup& wakeup, StreamObserver& observer)
      : options_(std::move(options)), push_(push), wakeup_(wakeup), observer_(observer) {}

  /// Ends after `stop`, once all that came before is in gold or `drain_max` is over. The error of
  /// the first opening, or what kept the end from being reached; others are told to the observer.
  Status run();
  void stop() {
    stopping_ = true;
    wakeup_.ring();
    stopped_.ring();
  }

 private:
  struct Work;
  Status work();
  Status serve(Work& work);
  Micros pause(Work& work) const;
  Micros look_interval() const;
  Status set_streams(Session& session);
  void tell_reports(Work& work);
  Status open_sources(Work& work);
  Result<bool> take_sources(Work& work);
  Result<bool> take(Work& work, Source& source);
  Result<bool> take_files(Work& work);
  Status refine(Work& work);
  void maintain(Work& work);
  void note_failures(const RunReport& report, Micros now);
  std::set<std::string> resting_tenants(Micros now) const;
  bool is_due(const Source::Waiting& waiting, Micros now) const;

  struct Rest {
    int failures = 0;
    Micros until = 0;
  };

  const Options options_;
  PushLog* const push_;
  io::Wakeup& wakeup_;  ///< rung by what is pushed, and by sources that wait
  io::Wakeup stopped_;
  StreamObserver& observer_;
  std::atomic<bool> stopping_ = false;
  bool opened_once_ = false;
  bool opened_ = false;                  ///< since the last failure
  std::map<std::string, Rest> resting_;  ///< tenants whose step failed
  FolderWatch watch_;
};

}  // namespace assay::engine
