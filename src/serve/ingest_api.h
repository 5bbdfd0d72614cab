#pragma once
// The address of a running engine: records pushed to it, and how it fares.
//   POST /v1/ingest/{application}    (an API key of role writer; the tenant comes from it alone)
//   GET  /healthz, /readyz, /metrics (no key; totals over all tenants)

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/clock.h"
#include "serve/http.h"
#include "serve/request_target.h"

namespace assay::serve {

struct PushedBody {
  std::string tenant, application;
  std::string content_type, content_encoding, idempotency_key;
  std::string_view body;
};
struct TakenRecords {
  std::int64_t first = 0;  ///< offset of the first one
  std::int64_t count = 0;
  bool repeated = false;  ///< the answer is that of an earlier request with this idempotency key
};

/// Who takes the records. Any thread. Without an error they are durable.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual Result<TakenRecords> take(const PushedBody& pushed) = 0;
};

class StorePool;

class IngestApi : public HttpHandler {
 public:
  struct Options {
    std::string control_db;                     ///< where API keys are
    std::function<bool()> is_ready;             ///< whether what is taken also goes on
    std::function<std::string()> metrics_text;  ///< Prometheus' text format
    std::function<void(int status)> on_answer;  ///< of a push; may be empty
  };
  /// `sink` must outlive it.
  IngestApi(Options options, RecordSink& sink);
  ~IngestApi() override;

  HttpResponse handle(const HttpRequest& request) override;
  HttpResponse refusal(int status, const std::string& message) override;

 private:
  HttpResponse answer(const HttpRequest& request);
  HttpResponse push(const HttpRequest& request, const RequestTarget& target);

  const Options options_;
  RecordSink& sink_;
  std::unique_ptr<StorePool> stores_;
  std::unique_ptr<io::Clock> clock_ = io::system_clock();
};

}  // namespace assay::serve
