#pragma once
// Numbers that a scraper collects, in Prometheus' text format.

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace assay::serve {

/// Families are declared once, before anything is counted. Any thread.
class Metrics {
 public:
  enum class Type { counter, gauge, histogram };
  void declare(const std::string& name, Type type, const std::string& help);

  // `labels` as they stand between the braces: `layer="bronze"`; may be empty.
  void add(const std::string& name, double by, const std::string& labels = {});
  void set(const std::string& name, double value, const std::string& labels = {});
  void observe(const std::string& name, double seconds, const std::string& labels = {});
  double value(const std::string& name, const std::string& labels = {}) const;

  std::string text() const;

 private:
  static constexpr std::array kBounds = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                         1.0,  2.5,   5.0,  10., 30.,  60.};
  struct Series {
    double value = 0;  ///< of a histogram the sum
    std::array<std::uint64_t, kBounds.size() + 1> buckets{};
  };
  struct Family {
    Type type = Type::counter;
    std::string help;
    std::map<std::string, Series> series;
  };
  static void append(std::string& out, const std::string& name, const std::string& labels,
                     const Series& series);

  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;  ///< guarded by mutex_
};

}  // namespace assay::serve
