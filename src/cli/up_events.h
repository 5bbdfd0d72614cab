#pragma once
// What `assay up` says of itself: lines of a log, and metrics.

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/stream.h"
#include "io/clock.h"
#include "serve/metrics.h"

namespace assay::cli {

/// Hears the stream on its thread; everything else from any.
class UpEvents final : public engine::StreamObserver {
 public:
  struct Options {
    bool json = false;
    bool quiet = false;  ///< only what went wrong
  };
  UpEvents(Options options, const engine::PushLog& log);

  void on_open(const engine::Recovery& recovery, std::int64_t waiting) override;
  void on_bronze(const engine::BronzeNews& news) override;
  void on_refined(const engine::RefineNews& news) override;
  void on_input(const engine::InputReport& input) override;
  void on_source(const engine::SourceReport& report) override;
  void on_maintained(const engine::MaintenanceNews& news) override;
  void on_maintenance_failed(const Error& error) override;
  void on_tenant_failed(const std::string& tenant, const std::string& reason,
                        Micros retry_in) override;
  void on_failure(const Error& error, Micros retry_in) override;

  void on_pushed(std::int64_t records, std::size_t bytes, bool repeated);
  void on_answer(int status);
  /// True once the engine is open; false where it `ended` before.
  bool wait_until_open() { return first_.get_future().get(); }
  void ended();
  bool is_ready() const { return ready_; }
  std::string metrics_text();

  using Members = std::vector<std::pair<std::string, std::string>>;
  enum class Weight { news, fault };
  /// A line on stderr: `text` for people, or with --json an object of these members.
  void tell(Weight weight, const std::string& event, const std::string& text,
            const Members& members);

 private:
  const Options options_;
  const engine::PushLog& log_;
  std::unique_ptr<io::Clock> clock_ = io::system_clock();
  serve::Metrics metrics_;
  std::atomic<bool> ready_ = false;
  std::atomic<std::int64_t> records_in_ = 0;
  std::atomic<std::int64_t> records_out_ = 0;
  std::promise<bool> first_;
  void tell_alarms(const engine::SourceReport& before, const engine::SourceReport& now);
  void measure(const engine::SourceReport& before, const engine::SourceReport& now);

  // On the stream's thread.
  bool told_first_ = false;
  std::map<std::string, engine::SourceReport> reports_;  ///< the last one of each source
  std::mutex output_;
};

}  // namespace assay::cli
