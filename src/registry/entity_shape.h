#pragma once
// What an entity's tables are made of, by name: the one place that knows how columns are called.

#include <string>
#include <string_view>
#include <vector>

#include "model/workspace.h"

namespace assay::registry {

inline constexpr std::string_view kItemIndex = "item_index";

bool is_master(const model::Entity& entity);
/// The record's own entity: the parent of an item, or the entity itself.
/// REQUIRES: a workspace without problems (all functions here).
const model::Entity& root_of(const model::Workspace& workspace, const model::Entity& entity);
/// Fields that an item's tables take over from its parent: the key, and the event time.
std::vector<model::Field> inherited_fields(const model::Workspace& workspace,
                                           const model::Entity& entity);
/// Columns that identify a row of an event: the key, or the parent's key and the item's index.
std::vector<std::string> key_columns(const model::Workspace& workspace, const model::Entity& event);
/// Column of an event's tables that holds its event time; "event_time" where that is the ingest
/// time.
std::string event_time_column(const model::Workspace& workspace, const model::Entity& event);
bool takes_ingest_time(const model::Workspace& workspace, const model::Entity& event);
/// Fields that are no part of the key.
std::vector<model::Field> descriptive_fields(const model::Entity& entity);
bool is_key_field(const model::Entity& entity, std::string_view field);

const model::Entity& master_of(const model::Workspace& workspace, const model::Role& role);
/// Columns of an event by which a role refers to its master, in the order of the master's key.
std::vector<std::string> reference_columns(const model::Workspace& workspace,
                                           const model::Role& role);
std::string reference_hash(const model::Role& role);
/// The master's own order is a column of the event, too, where it is no event time.
bool has_own_order(const model::Entity& master);
std::string reference_order(const model::Role& role);
/// A master's field as a column of an event's tables.
std::string role_column(const model::Role& role, std::string_view field);

std::string silver_table(const model::Entity& event);
std::string content_table(const model::Entity& master);
std::string history_table(const model::Entity& master);
std::string hub_table(const model::Entity& entity);
std::string link_table(const model::Entity& event);
std::string satellite_table(const model::Entity& entity);
std::string mart_table(const model::Entity& entity);
std::string feature_table(const model::FeatureView& view);

bool has_hub(const model::Entity& entity);   ///< masters and root events
bool has_link(const model::Entity& entity);  ///< events with roles or a parent

/// Type of a measure's column: int64 for counts, else decimal(38, sum of scales) or float64.
column::DataType measure_type(const model::Workspace& workspace,
                              const model::FeatureMeasure& measure);
/// Event entities that a view's measures read, each once, in the order of the measures.
std::vector<std::string> measure_sources(const model::FeatureView& view);

}  // namespace assay::registry
