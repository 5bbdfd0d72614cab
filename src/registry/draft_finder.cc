// Gathers records of unknown shapes into drafts: by application, by what tells versions apart, and
// by how alike their path sets are.

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "base/hash.h"
#include "registry/draft_internal.h"

namespace assay::registry {
namespace {

namespace dom = simdjson::dom;

constexpr double kSameDraft = 0.5;      ///< of two path sets: shared over all
constexpr std::size_t kDraftsMax = 64;  ///< of one application; what comes later joins the likest
constexpr std::size_t kIdSize = 12;
constexpr std::size_t kSaidSizeMax = 100;

using PathSet = std::set<std::string, std::less<>>;

/// The paths of the lines, without their kinds: a null is no other shape.
PathSet path_set(std::string_view lines) {
  PathSet paths;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    paths.emplace(line.substr(0, line.rfind(' ')));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return paths;
}

double likeness(const PathSet& a, const PathSet& b) {
  const auto common = static_cast<double>(
      std::count_if(a.begin(), a.end(), [&](const auto& path) { return b.contains(path); }));
  const double all = static_cast<double>(a.size() + b.size()) - common;
  return all == 0 ? 1 : common / all;
}

/// A scalar as a match condition sees it.
std::optional<std::string> scalar_text(const dom::element& element) {
  char digits[32];
  switch (element.type()) {
    case dom::element_type::STRING: return std::string(element.get_string().value_unsafe());
    case dom::element_type::BOOL: return element.get_bool().value_unsafe() ? "true" : "false";
    case dom::element_type::INT64: return std::to_string(element.get_int64().value_unsafe());
    case dom::element_type::UINT64: return std::to_string(element.get_uint64().value_unsafe());
    case dom::element_type::DOUBLE: {
      const auto end = std::to_chars(digits, digits + 32, element.get_double().value_unsafe());
      return std::string(digits, end.ptr);
    }
    default: return std::nullopt;
  }
}

std::string pointer_of(const path::JsonPath& path) {
  std::string pointer;
  for (const path::Step& step : path.steps) {
    path::append_pointer(
        pointer, step.kind == path::Step::Kind::name ? step.name : std::to_string(step.index));
  }
  return pointer;
}

struct Cluster {
  Draft draft;
  PathSet paths;  ///< of its first record
  Assessor assessor;
  std::map<std::string, std::int64_t> sampled;  ///< by fingerprint
};

/// What is known of one application.
struct Gathered {
  std::vector<std::pair<std::string, std::string>> telling;  ///< path and pointer, of conditions
  std::vector<Cluster> clusters;
  std::map<std::string, std::int64_t> sampled;  ///< by fingerprint, of all clusters
  Assessor known;
};

}  // namespace

struct DraftFinder::Impl {
  Impl(const model::Workspace& of, std::string name) : workspace(of), tenant(std::move(name)) {}

  const model::Workspace& workspace;
  std::string tenant;
  std::map<std::pair<std::string, std::string>, UnknownShape> shapes;  ///< application, fingerprint
  std::map<std::string, Gathered> applications;
  dom::parser parser;

  Gathered& gathered(const std::string& application) {
    const auto [at, is_new] = applications.try_emplace(application);
    if (!is_new) return at->second;
    std::set<std::string> paths;
    for (const model::SchemaVersion& version : workspace.versions) {
      if (version.tenant != tenant || version.application != application) continue;
      for (const plan::MatchCondition& condition : version.match) {
        const std::string text = path::to_string(condition.path);
        if (condition.equals.empty() || !paths.insert(text).second) continue;
        at->second.telling.emplace_back(text, pointer_of(condition.path));
      }
    }
    return at->second;
  }

  std::vector<std::pair<std::string, std::string>> said_by(const Gathered& application,
                                                           std::string_view record) {
    std::vector<std::pair<std::string, std::string>> said;
    dom::element root;
    if (application.telling.empty() || parser.parse(record.data(), record.size()).get(root))
      return said;
    for (const auto& [path, pointer] : application.telling) {
      dom::element found;
      if (root.at_pointer(pointer).get(found)) continue;
      auto text = scalar_text(found);
      if (text && text->size() <= kSaidSizeMax) said.emplace_back(path, std::move(*text));
    }
    return said;
  }

  Cluster& cluster_of(const UnknownShape& shape, std::string_view record) {
    Gathered& application = gathered(shape.application);
    const auto said = said_by(application, record);
    PathSet paths = path_set(shape.paths);
    Cluster* best = nullptr;
    double best_likeness = -1;
    const bool is_full = application.clusters.size() >= kDraftsMax;
    for (Cluster& cluster : application.clusters) {
      if (cluster.draft.said != said && !is_full) continue;
      const double alike = likeness(cluster.paths, paths);
      if (alike <= best_likeness || (alike < kSameDraft && !is_full)) continue;
      best = &cluster;
      best_likeness = alike;
    }
    if (best != nullptr) return *best;
    Cluster& made = application.clusters.emplace_back();
    made.paths = std::move(paths);
    made.draft.tenant = tenant;
    made.draft.application = shape.application;
    made.draft.said = said;
    made.draft.first_seen = shape.first_seen;
    std::string identity = fmt::format("{}\n{}\n{}", tenant, shape.application, shape.fingerprint);
    for (const auto& [path, value] : said) identity += fmt::format("\n{}={}", path, value);
    made.draft.id = xxh3_128(identity).to_hex().substr(0, kIdSize);
    return made;
  }

  /// Of a shape that several drafts share each has the share that its samples had.
  void count(Gathered& application, Cluster& cluster) {
    for (const auto& [fingerprint, sampled] : cluster.sampled) {
      const UnknownShape& shape = shapes.at({cluster.draft.application, fingerprint});
      const std::int64_t all = application.sampled.at(fingerprint);
      const bool is_whole = all == shape.records || sampled == all;
      cluster.draft.records += sampled == all ? shape.records : sampled * shape.records / all;
      cluster.draft.is_sampled = cluster.draft.is_sampled || !is_whole;
      ++cluster.draft.shapes;
      cluster.draft.first_seen = std::min(cluster.draft.first_seen, shape.first_seen);
      cluster.draft.last_seen = std::max(cluster.draft.last_seen, shape.last_seen);
    }
  }
};

DraftFinder::DraftFinder(const model::Workspace& workspace, std::string tenant)
    : impl_(std::make_unique<Impl>(workspace, std::move(tenant))) {}
DraftFinder::~DraftFinder() = default;
DraftFinder::DraftFinder(DraftFinder&&) noexcept = default;

void DraftFinder::add_shape(UnknownShape shape) {
  const std::pair key(shape.application, shape.fingerprint);
  impl_->shapes.emplace(key, std::move(shape));
}

void DraftFinder::add_sample(std::string_view fingerprint, std::string_view application,
                             std::string_view record, Notation notation) {
  const std::string print(fingerprint);
  const auto shape = impl_->shapes.find({std::string(application), print});
  if (shape == impl_->shapes.end()) return;
  Cluster& cluster = impl_->cluster_of(shape->second, record);
  cluster.assessor.add(record, notation);
  ++cluster.sampled[print];
  ++impl_->gathered(std::string(application)).sampled[print];
}

void DraftFinder::add_known(std::string_view application, std::string_view record,
                            Notation notation) {
  impl_->gathered(std::string(application)).known.add(record, notation);
}

std::vector<Draft> DraftFinder::finish() {
  std::vector<Draft> drafts;
  for (auto& [name, application] : impl_->applications) {
    for (Cluster& cluster : application.clusters) {
      impl_->count(application, cluster);
      const Facts& facts = cluster.assessor.facts();
      if (facts.families.empty()) continue;  // no objects: nothing to map
      suggest({impl_->workspace, facts, application.known.facts().families}, cluster.draft);
      drafts.push_back(std::move(cluster.draft));
    }
  }
  std::stable_sort(drafts.begin(), drafts.end(),
                   [](const Draft& a, const Draft& b) { return a.first_seen < b.first_seen; });
  return drafts;
}

}  // namespace assay::registry
