#include "model/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/mapping_rewrite.h"

namespace assay::model {
namespace {

/// One of it is multiplier * 10^power10 of the first unit of its dimension.
struct Unit {
  std::string_view name;
  std::string_view dimension;
  std::int64_t multiplier = 1;
  int power10 = 0;
};

constexpr std::array kUnits = {
    Unit{"g", "mass"},
    Unit{"mg", "mass", 1, -3},
    Unit{"kg", "mass", 1, 3},
    Unit{"t", "mass", 1, 6},
    Unit{"m", "length"},
    Unit{"mm", "length", 1, -3},
    Unit{"cm", "length", 1, -2},
    Unit{"km", "length", 1, 3},
    Unit{"l", "volume"},
    Unit{"ml", "volume", 1, -3},
    Unit{"cl", "volume", 1, -2},
    Unit{"hl", "volume", 1, 2},
    Unit{"m3", "volume", 1, 3},
    Unit{"s", "time"},
    Unit{"ms", "time", 1, -3},
    Unit{"us", "time", 1, -6},
    Unit{"min", "time", 60},
    Unit{"h", "time", 3600},
    Unit{"d", "time", 86'400},
    Unit{"week", "time", 604'800},
    Unit{"ratio", "share"},
    Unit{"percent", "share", 1, -2},
    Unit{"permille", "share", 1, -3},
    Unit{"bp", "share", 1, -4},
    Unit{"Wh", "energy"},
    Unit{"kWh", "energy", 1, 3},
    Unit{"MWh", "energy", 1, 6},
    Unit{"W", "power"},
    Unit{"kW", "power", 1, 3},
    Unit{"MW", "power", 1, 6},
    Unit{"B", "data"},
    Unit{"kB", "data", 1, 3},
    Unit{"MB", "data", 1, 6},
    Unit{"GB", "data", 1, 9},
    Unit{"piece", "count"},
    Unit{"dozen", "count", 12},
};

const Unit* unit_of(std::string_view name) {
  const auto found = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](const Unit& unit) { return unit.name == name; });
  return found == kUnits.end() ? nullptr : &*found;
}

void apply_unit(const Field& field, FieldMapping& mapping) {
  if (mapping.unit.empty() || mapping.unit == field.unit) return;
  const UnitFactor factor = *factor_between(mapping.unit, field.unit);
  const bool exact = field.type.type != column::Type::float64;
  if (exact) mapping.normalisation.scale10 += factor.power10;
  if (exact && factor.multiplier == 1) return;
  FieldMapping source = source_input(mapping, field.type, mapping.normalisation);
  mapping.path = {};
  mapping.path_text.clear();
  mapping.normalisation = {.on_error = mapping.normalisation.on_error};
  mapping.expression = fmt::format("{} * {}", kSource, factor.multiplier);
  if (!exact) {
    const std::string power =
        "1" + std::string(static_cast<std::size_t>(std::abs(factor.power10)), '0');
    *mapping.expression += (factor.power10 < 0 ? " / " : " * ") + power;
  }
  mapping.inputs = {std::move(source)};
}

void apply_to_all(const std::vector<Field>& fields, std::vector<FieldMapping>& mappings) {
  for (FieldMapping& mapping : mappings) {
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& each) { return each.name == mapping.field; });
    if (field != fields.end()) apply_unit(*field, mapping);
  }
}

}  // namespace

std::optional<UnitFactor> factor_between(std::string_view from, std::string_view to) {
  const Unit* const one = unit_of(from);
  const Unit* const other = unit_of(to);
  if (one == nullptr || other == nullptr || one->dimension != other->dimension) return std::nullopt;
  if (one->multiplier % other->multiplier != 0) return std::nullopt;
  return UnitFactor{one->multiplier / other->multiplier, one->power10 - other->power10};
}

bool is_currency(std::string_view unit) {
  return unit.size() == 3 &&
         std::all_of(unit.begin(), unit.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

void apply_units(Workspace& workspace) { for_each_mapping_list(workspace, apply_to_all); }

}  // namespace assay::model
