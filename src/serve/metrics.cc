#include "serve/metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::serve {
namespace {

std::string_view to_string(Metrics::Type type) {
  switch (type) {
    case Metrics::Type::counter: return "counter";
    case Metrics::Type::gauge: return "gauge";
    case Metrics::Type::histogram: return "histogram";
  }
  return "untyped";
}

std::string braced(const std::string& labels) {
  return labels.empty() ? std::string() : "{" + labels + "}";
}

}  // namespace

void Metrics::declare(const std::string& name, Type type, const std::string& help) {
  const std::lock_guard lock(mutex_);
  Family& family = families_[name];
  family.type = type;
  family.help = help;
}

void Metrics::add(const std::string& name, double by, const std::string& labels) {
  const std::lock_guard lock(mutex_);
  families_[name].series[labels].value += by;
}

void Metrics::set(const std::string& name, double value, const std::string& labels) {
  const std::lock_guard lock(mutex_);
  families_[name].series[labels].value = value;
}

void Metrics::observe(const std::string& name, double seconds, const std::string& labels) {
  const std::lock_guard lock(mutex_);
  Series& series = families_[name].series[labels];
  series.value += seconds;
  const auto* const bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  ++series.buckets[static_cast<std::size_t>(bound - kBounds.begin())];
}

double Metrics::value(const std::string& name, const std::string& labels) const {
  const std::lock_guard lock(mutex_);
  const auto family = families_.find(name);
  if (family == families_.end()) return 0;
  const auto series = family->second.series.find(labels);
  return series == family->second.series.end() ? 0 : series->second.value;
}

void Metrics::append(std::string& out, const std::string& name, const std::string& labels,
                     const Series& series) {
  const std::string more = labels.empty() ? "" : labels + ",";
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < series.buckets.size(); ++i) {
    count += series.buckets[i];
    const std::string bound = i < kBounds.size() ? fmt::format("{}", kBounds[i]) : "+Inf";
    out += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, more, bound, count);
  }
  out +=
      fmt::format("{0}_sum{1} {2}\n{0}_count{1} {3}\n", name, braced(labels), series.value, count);
}

std::string Metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name,
                       to_string(family.type));
    for (const auto& [labels, series] : family.series) {
      if (family.type == Type::histogram)
        append(out, name, labels, series);
      else
        out += fmt::format("{}{} {}\n", name, braced(labels), series.value);
    }
  }
  return out;
}

}  // namespace assay::serve
