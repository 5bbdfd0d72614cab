#pragma once
// What the readers made of the files, before the checks across files: each thing with the map that
// declared it, so that a check can point at any part of it.

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "model/document.h"
#include "model/problems.h"
#include "model/workspace.h"

namespace assay::model {

template <typename T>
struct Draft {
  T value;
  const Node* node = nullptr;  ///< owned by Drafts::documents
};

/// Owns the documents that its drafts point into; grows while files are read.
struct Drafts {
  std::deque<std::vector<Node>> documents;  ///< a deque, so that documents stay where they are
  std::string name, description;
  PayloadLimits limits;
  std::vector<Draft<Entity>> entities;
  std::vector<Draft<Extension>> extensions;
  std::vector<Draft<Source>> sources;
  std::vector<Draft<SchemaVersion>> versions;
  std::vector<Draft<Metric>> metrics;
  std::vector<Draft<Segment>> segments;
  std::vector<Draft<FeatureView>> feature_views;

  const Draft<Entity>* entity(std::string_view entity_name) const;
  const Draft<Extension>* extension(std::string_view tenant, std::string_view entity) const;
};

/// False where the declaration's kind was missing or wrong: checks that depend on it would only
/// repeat that.
bool kind_is_known(const Draft<Entity>& entity);
/// False where the field's type was missing or wrong.
bool type_is_known(const Draft<Entity>& entity, std::string_view field);

// Readers: one document each. They report what they see in it; names across files are checked
// later.
void read_root(const Node& document, Drafts& drafts, ProblemList& problems);
void read_entity(const Node& document, Drafts& drafts, ProblemList& problems);
void read_extension(const Node& document, const std::string& tenant, Drafts& drafts,
                    ProblemList& problems);
void read_source(const Node& document, Drafts& drafts, ProblemList& problems);
void read_metrics(const Node& document, Drafts& drafts, ProblemList& problems);
void read_feature_view(const Node& document, Drafts& drafts, ProblemList& problems);

struct VersionIdentity {
  std::string tenant, application, version;
};
void read_version(const Node& document, const VersionIdentity& identity, Drafts& drafts,
                  ProblemList& problems);

}  // namespace assay::model
