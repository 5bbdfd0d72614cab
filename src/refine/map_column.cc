#include "refine/map_column.h"

#include <algorithm>

#include "refine/quick_convert.h"

namespace assay::refine {
namespace {

/// The loop over the rows of one column, with the conversion inlined.
template <typename Quick>
class Loop {
 public:
  Loop(ColumnMapper& mapper, const FieldProgram& field, Rows& rows, std::uint32_t first, Uses mark)
      : mapper_(mapper),
        field_(field),
        rows_(rows),
        first_(first),
        mark_(mark),
        quick_(field.conversion, *mapper.document) {}

  void run(const std::uint32_t* bases, std::uint32_t count) {
    const std::uint32_t* const slots = mapper_.document->slots.data() + field_.slot.slot;
    const Node* const nodes = mapper_.document->nodes.data();
    Uses* const uses = mapper_.document->uses.data();
    Cell* const cells = rows_.cells(field_.column) + first_;
    std::uint8_t* const present = rows_.present(field_.column) + first_;
    for (std::uint32_t row = 0; row < count; ++row) {
      if (row > 0 && bases[row] == bases[row - 1]) {
        cells[row] = cells[row - 1];
        present[row] = present[row - 1];
        if (is_json_null_) [[unlikely]]
          rows_.explicit_nulls.emplace_back(first_ + row, field_.column);
        continue;
      }
      is_json_null_ = false;
      const std::uint32_t held = slots[bases[row]];
      if (held == 0) {
        cells[row] = field_.fallback;
        present[row] = field_.has_fallback ? Rows::kValue : Rows::kNull;
        continue;
      }
      if (quick_(nodes[held - 1], cells[row])) [[likely]] {
        present[row] = Rows::kValue;
        uses[held - 1] = static_cast<Uses>(uses[held - 1] | mark_);
      } else if (present[row] = take(row, held - 1, cells[row]); is_used_) {
        uses[held - 1] = static_cast<Uses>(uses[held - 1] | mark_);
      }
    }
  }

 private:
  /// Whether the row has a value; says too whether the leaf is used.
  std::uint8_t take(std::uint32_t row, std::uint32_t index, Cell& cell) {
    const Node& node = mapper_.document->nodes[index];
    const Outcome outcome =
        convert(field_.conversion, *mapper_.document, node, *mapper_.room, cell);
    is_used_ = outcome == Outcome::value || outcome == Outcome::null;
    if (outcome == Outcome::value) return Rows::kValue;
    if (!is_used_ && field_.quarantines) mapper_.misfits.push_back({row, index, outcome});
    if (is_used_ && field_.has_fallback) {
      cell = field_.fallback;
      return Rows::kValue;
    }
    // What only expressions see is no column that could be null.
    is_json_null_ = !field_.is_input() && outcome == Outcome::null && node.kind == Kind::null;
    if (is_json_null_) rows_.explicit_nulls.emplace_back(first_ + row, field_.column);
    cell = Cell{};
    return Rows::kNull;
  }

  ColumnMapper& mapper_;
  const FieldProgram& field_;
  Rows& rows_;
  std::uint32_t first_;
  Uses mark_;
  Quick quick_;
  bool is_json_null_ = false;  ///< the leaf of the last row
  bool is_used_ = false;
};

template <typename Quick>
void run(ColumnMapper& mapper, const FieldProgram& field, const std::uint32_t* bases,
         std::uint32_t count, Rows& rows, std::uint32_t first, Uses mark) {
  Loop<Quick>(mapper, field, rows, first, mark).run(bases, count);
}

}  // namespace

void ColumnMapper::map(const FieldProgram& field, const std::uint32_t* bases, std::uint32_t count,
                       Rows& rows, std::uint32_t first, Uses mark) {
  misfits.clear();
  switch (field.conversion.quick) {
    case Conversion::Quick::text:
      return run<QuickText>(*this, field, bases, count, rows, first, mark);
    case Conversion::Quick::integer:
      return run<QuickInteger>(*this, field, bases, count, rows, first, mark);
    case Conversion::Quick::decimal:
      return run<QuickDecimal>(*this, field, bases, count, rows, first, mark);
    case Conversion::Quick::float64:
      return run<QuickFloat>(*this, field, bases, count, rows, first, mark);
    case Conversion::Quick::boolean:
      return run<QuickBoolean>(*this, field, bases, count, rows, first, mark);
    case Conversion::Quick::instant:
      return run<QuickInstant>(*this, field, bases, count, rows, first, mark);
    case Conversion::Quick::epoch:
      return run<QuickEpoch>(*this, field, bases, count, rows, first, mark);
    case Conversion::Quick::nothing:
      return run<QuickNothing>(*this, field, bases, count, rows, first, mark);
  }
}

}  // namespace assay::refine
