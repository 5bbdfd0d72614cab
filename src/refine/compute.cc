#include "refine/compute.h"

#include <algorithm>

#include "base/assert.h"
#include "refine/convert.h"
#include "refine/exact_number.h"

namespace assay::refine {
namespace {

using expression::Op;

bool is_fault(std::uint8_t state) { return state > Rows::kValue; }

/// A literal as a cell; the checks of expression::compile say that it converts.
void set_literal(const expression::Node& node, ComputationStep& step) {
  step.literal_text = node.literal + std::string(TextRoom::kSlack, '\0');
  TextRoom room;
  const Conversion conversion = make_conversion(node.type, {});
  const Outcome outcome =
      convert_text(conversion, {step.literal_text.data(), node.literal.size()}, room, step.literal);
  ASSAY_ASSERT(outcome == Outcome::value);
  if (node.type.type == column::Type::string)
    step.literal = Cell::of_bytes(step.literal_text.data(), node.literal.size());
}

/// Powers of ten that an operation moves its first argument by.
int shift_of(const expression::Node& node) {
  if (node.arguments.empty() || node.type.type != column::Type::decimal) return 0;
  const int first = node.arguments[0].type.scale;
  if (node.op == Op::divide) return node.type.scale - first + node.arguments[1].type.scale;
  if (node.op == Op::widen || node.op == Op::round) return node.type.scale - first;
  return 0;
}

std::uint32_t add_steps(const expression::Node& node, Computation& program) {
  ComputationStep step;
  for (const expression::Node& argument : node.arguments) {
    step.arguments.push_back(add_steps(argument, program));
  }
  step.op = node.op;
  step.type = node.type;
  if (!node.arguments.empty()) step.from = node.arguments[0].type;
  step.shift = shift_of(node);
  step.column = node.index;
  if (node.arguments.size() > 1) step.second = node.arguments[1].type;
  step.scalar = number_operation(node);
  if (step.scalar == nullptr) step.scalar = text_operation(node);
  step.makes_text = node.type.type == column::Type::string;
  if (node.op == Op::literal) set_literal(node, step);
  program.steps.push_back(std::move(step));
  return static_cast<std::uint32_t>(program.steps.size() - 1);
}

/// and, or: `least` decides at once; a fault on the left comes before what stands on the right.
struct Operand {
  std::uint8_t state = Rows::kNull;
  bool holds = false;
};
std::uint8_t connect(Operand left, Operand right, bool decisive, Cell& out) {
  out = Cell::of_int(decisive ? 1 : 0);
  if (left.state == Rows::kValue && left.holds == decisive) return Rows::kValue;
  if (is_fault(left.state)) return left.state;
  if (right.state == Rows::kValue && right.holds == decisive) return Rows::kValue;
  if (is_fault(right.state)) return right.state;
  if (left.state == Rows::kNull || right.state == Rows::kNull) return Rows::kNull;
  out = Cell::of_int(decisive ? 0 : 1);
  return Rows::kValue;
}

/// An exact number as the field's type holds it: nothing is rounded.
std::uint8_t fit_exact(Int128 value, int scale, const column::DataType& type, Cell& cell) {
  if (type.type == column::Type::int32) {
    const auto small = static_cast<std::int32_t>(value);
    return small == value ? Rows::kValue : kTooLarge;
  }
  if (type.type != column::Type::decimal) return Rows::kValue;
  Int128 fitted = value;
  if (type.scale >= scale) {
    if (scale_up(value, type.scale - scale, fitted) != Rows::kValue) return kTooLarge;
  } else {
    const auto by = static_cast<Int128>(power10(scale - type.scale));
    if (value % by != 0) return kInexact;
    fitted = value / by;
  }
  const auto bound = static_cast<Int128>(power10(type.precision));
  if (fitted >= bound || fitted <= -bound) return kTooLarge;
  cell = Cell::of_decimal(fitted);
  return Rows::kValue;
}

/// What came out as the field's type. A text converts as a leaf would.
std::uint8_t fit(const FieldProgram& field, const column::DataType& from, TextRoom& room,
                 Cell& cell, Outcome& outcome) {
  const column::DataType& type = field.conversion.type;
  switch (from.type) {
    case column::Type::string:
      if (type.type == column::Type::string && !field.conversion.changes_text) return Rows::kValue;
      outcome = convert_text(field.conversion, cell.bytes(), room, cell);
      return outcome == Outcome::value ? Rows::kValue : Rows::kNull;
    case column::Type::int64:
      if (type.type == column::Type::float64) {
        cell = Cell::of_float(static_cast<double>(cell.integer()));
        return Rows::kValue;
      }
      return fit_exact(cell.integer(), 0, type, cell);
    case column::Type::decimal: return fit_exact(cell.decimal(), from.scale, type, cell);
    default: return Rows::kValue;
  }
}

}  // namespace

Computation compile_expression(const expression::Node& root) {
  Computation program;
  add_steps(root, program);
  return program;
}

/// Operations whose result hangs on which of their arguments are null.
void Computer::decide(const ComputationStep& step, Register& made) {
  const auto argument = [&](std::size_t i) -> const Values& { return values_[step.arguments[i]]; };
  const auto operand = [](const Values& values, std::uint32_t row) {
    return Operand{values.states[row], values.cells[row].integer() == 1};
  };
  const auto take = [&](std::uint32_t row, const Values& from) {
    made.cells[row] = from.cells[row];
    made.states[row] = from.states[row];
  };
  for (std::uint32_t row = 0; row < count_; ++row) {
    switch (step.op) {
      case Op::logical_and:
      case Op::logical_or:
        made.states[row] = connect(operand(argument(0), row), operand(argument(1), row),
                                   step.op == Op::logical_or, made.cells[row]);
        break;
      case Op::is_null: {
        const std::uint8_t state = argument(0).states[row];
        made.cells[row] = Cell::of_int(state == Rows::kNull ? 1 : 0);
        made.states[row] = is_fault(state) ? state : Rows::kValue;
        break;
      }
      case Op::choose: {
        const Values& test = argument(0);
        const bool holds = test.states[row] == Rows::kValue && test.cells[row].integer() == 1;
        take(row, is_fault(test.states[row]) ? test : argument(holds ? 1 : 2));
        break;
      }
      case Op::coalesce: {
        std::size_t i = 0;
        while (i + 1 < step.arguments.size() && argument(i).states[row] == Rows::kNull) ++i;
        take(row, argument(i));
        break;
      }
      default: made.states[row] = Rows::kNull; break;
    }
  }
}

/// Operations on values: null where an argument is null, a fault where one is a fault.
void Computer::apply(const ComputationStep& step, std::uint32_t number,
                     std::span<const std::uint32_t> records, Block& block) {
  Register& made = registers_[number];
  const std::size_t arguments = step.arguments.size();
  TextMaker texts{&block.room, nullptr, 0};
  Cell cells[expression::kArgumentsMax];
  for (std::uint32_t row = 0; row < count_; ++row) {
    std::uint8_t state = Rows::kValue;
    for (std::size_t i = 0; i < arguments; ++i) {
      const Values& argument = values_[step.arguments[i]];
      cells[i] = argument.cells[row];
      const std::uint8_t has = argument.states[row];
      if (!is_fault(state) && (is_fault(has) || has == Rows::kNull)) state = has;
    }
    if (state == Rows::kValue) {
      if (step.makes_text) {
        Record& record = block.records[records[row]];
        texts.spent = &record.computed_bytes;
        texts.most = kComputedTextMin + kOutputPerInputMax * record.bytes.size();
      }
      state = step.scalar(step, cells, texts, made.cells[row]);
    }
    made.states[row] = state;
  }
}

Computer::Values Computer::run(const Computation& program, const Rows& rows, std::uint32_t first,
                               std::uint32_t count, Block& block) {
  count_ = count;
  registers_.resize(std::max(registers_.size(), program.steps.size()));
  values_.resize(program.steps.size());
  const std::span<const std::uint32_t> records(rows.records.data() + first, count);
  for (std::uint32_t i = 0; i < program.steps.size(); ++i) {
    const ComputationStep& step = program.steps[i];
    if (step.op == Op::column) {
      values_[i] = {rows.cells(step.column) + first, rows.present(step.column) + first};
      continue;
    }
    Register& made = registers_[i];
    made.cells.resize(std::max<std::size_t>(made.cells.size(), count));
    made.states.resize(made.cells.size());
    values_[i] = {made.cells.data(), made.states.data()};
    if (step.op == Op::literal) {
      std::fill_n(made.cells.begin(), count, step.literal);
      std::fill_n(made.states.begin(), count, Rows::kValue);
    } else if (step.scalar != nullptr) {
      apply(step, i, records, block);
    } else {
      decide(step, made);
    }
  }
  return values_.back();
}

void Computer::fill(const FieldProgram& field, Rows& rows, std::uint32_t first, std::uint32_t count,
                    Block& block) {
  misfits.clear();
  const Values values = run(field.computation, rows, first, count, block);
  Cell* const cells = rows.cells(field.column) + first;
  std::uint8_t* const present = rows.present(field.column) + first;
  for (std::uint32_t row = 0; row < count; ++row) {
    std::uint8_t state = values.states[row];
    Outcome outcome = Outcome::value;
    cells[row] = values.cells[row];
    if (state == Rows::kValue)
      state = fit(field, field.computation.type(), block.room, cells[row], outcome);
    const bool misfit = is_fault(state) || (outcome != Outcome::value && outcome != Outcome::null);
    if (misfit && field.quarantines) misfits.push_back({row, state, outcome});
    if (state == Rows::kNull && !misfit && field.has_fallback) {
      cells[row] = field.fallback;
      state = Rows::kValue;
    }
    present[row] = state == Rows::kValue ? Rows::kValue : Rows::kNull;
    if (state != Rows::kValue) cells[row] = Cell{};
  }
}

}  // namespace assay::refine
