// Assay's kernel with everything on: typed rows, hashes, masters, leaf accounting, residue.

#include <fmt/format.h>

#include <cstring>
#include <unordered_set>

#include "base/limits.h"
#include "bench/refine/contender.h"
#include "column/batch.h"
#include "column/schema.h"
#include "plan/plan.h"
#include "refine/refine.h"

namespace assay::bench {
namespace {

/// Slabs as an engine cuts them: the offsets and coordinates of a run of records.
struct SlabParts {
  std::string_view bytes;
  std::vector<std::uint32_t> offsets;
  std::vector<refine::Coordinates> coordinates;
};

std::vector<SlabParts> cut(const Input& input) {
  std::vector<SlabParts> slabs;
  const std::string_view all(input.bytes.data(), input.size);
  std::size_t begin = 0;
  std::uint64_t number = 0;
  for (const std::size_t end : slab_ends(all, kSlabBytes)) {
    SlabParts slab{all.substr(begin, end - begin), {0}, {}};
    for (std::size_t at = 0; at < slab.bytes.size();) {
      at = slab.bytes.find('\n', at) + 1;
      slab.offsets.push_back(static_cast<std::uint32_t>(at));
      refine::Coordinates from;
      from.record_id = {number * 0x9e3779b97f4a7c15ULL, number};
      from.source = "files";
      from.source_id = "bench";
      from.offset = static_cast<std::int64_t>(begin + at);
      slab.coordinates.push_back(from);
      ++number;
    }
    slabs.push_back(std::move(slab));
    begin = end;
  }
  return slabs;
}

class KernelContender : public Contender {
 public:
  KernelContender(refine::Refiner refiner, std::shared_ptr<const plan::Plan> plan,
                  const Input& input)
      : refiner_(std::move(refiner)), plan_(std::move(plan)), slabs_(cut(input)) {}

  Status run() override {
    return each([](const refine::RefineResult&) {});
  }

  template <typename Use>
  Status each(const Use& use) {
    refine::Accounting sums;
    for (const SlabParts& parts : slabs_) {
      const refine::Slab slab{parts.bytes,
                              parts.offsets,
                              parts.coordinates,
                              plan_->versions[0].application,
                              "5e0c9a36-6e5c-5c6e-8a5a-0d8c1f3b7a21",
                              1'741'996'800'000'000};
      ASSAY_TRY(const refine::RefineResult result, refiner_.refine(slab));
      sums.add(result.accounting);
      use(result);
    }
    if (sums.quarantined != 0) {
      return make_error(Code::verify_failed,
                        fmt::format("{} records went to quarantine", sums.quarantined));
    }
    if (sums.leaves != sums.leaves_mapped + sums.leaves_master + sums.leaves_residue) {
      return make_error(Code::verify_failed, "leaves were lost");
    }
    return {};
  }

  const plan::Plan& plan() const { return *plan_; }

 private:
  refine::Refiner refiner_;
  std::shared_ptr<const plan::Plan> plan_;
  std::vector<SlabParts> slabs_;
};

Result<std::unique_ptr<KernelContender>> open(const Input& input) {
  ASSAY_TRY(plan::Plan read, plan::from_json(input.plan));
  auto plan = std::make_shared<const plan::Plan>(std::move(read));
  ASSAY_TRY(refine::Refiner refiner, refine::Refiner::open(plan));
  return std::make_unique<KernelContender>(std::move(refiner), std::move(plan), input);
}

/// One control total of the kernel's rows. Of a table of contents each content counts once, however
/// many slabs it came in.
class Total {
 public:
  explicit Total(const std::string& name) {
    const std::size_t blank = name.find(' ');
    kind_ = name.substr(0, blank);
    table_ = name.substr(blank + 1);
    if (kind_ == "rows") return;
    const std::size_t dot = table_.rfind('.');
    column_ = table_.substr(dot + 1);
    table_.resize(dot);
  }

  void add(const column::TableSchema& schema, const column::Batch& batch) {
    if (schema.name != table_) return;
    const bool counts_rows = kind_ == "rows";
    const int index = counts_rows ? 0 : schema.index_of(column_);
    const column::Field& field = schema.fields[static_cast<std::size_t>(index)];
    const column::ColumnView view(batch, index);
    scale_ = field.type.type == column::Type::decimal ? field.type.scale : 0;
    const bool once = table_.ends_with("_content");
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      if (once && !contents_.insert(content_of(schema, batch, row)).second) continue;
      if (counts_rows)
        ++whole_;
      else if (!view.is_null(row))
        add_value(field.type.type, view, row);
    }
  }

  std::string text() const {
    if (is_real_) return fmt::format("{:.6e}", real_);
    std::string digits = text_of(whole_ < 0 ? -whole_ : whole_);
    const auto scale = static_cast<std::size_t>(scale_);
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    if (scale > 0) digits.insert(digits.size() - scale, ".");
    return (whole_ < 0 ? "-" : "") + digits;
  }

 private:
  using Whole = column::ColumnView::Int128;

  /// "sum" adds numbers, microseconds, days and true values; of texts the lengths.
  void add_value(column::Type type, const column::ColumnView& view, std::int64_t row) {
    if (type == column::Type::float64) {
      real_ += view.float64(row);
      is_real_ = true;
    } else {
      whole_ += number(type, view, row);
    }
  }

  /// REQUIRES: no float64.
  static Whole number(column::Type type, const column::ColumnView& view, std::int64_t row) {
    switch (type) {
      case column::Type::boolean: return view.boolean(row) ? 1 : 0;
      case column::Type::int32:
      case column::Type::date: return view.int32(row);
      case column::Type::int64:
      case column::Type::timestamp: return view.int64(row);
      case column::Type::decimal: return view.decimal(row);
      case column::Type::float64: break;
      case column::Type::string:
      case column::Type::binary: return static_cast<Whole>(view.bytes(row).size());
    }
    return 0;
  }

  static std::string text_of(Whole number) {
    std::string digits;
    const bool negative = number < 0;
    do {
      const int digit = static_cast<int>(number % 10);
      digits.insert(digits.begin(), static_cast<char>('0' + (negative ? -digit : digit)));
      number /= 10;
    } while (number != 0);
    return (negative ? "-" : "") + digits;
  }

  /// The values of a master's own fields, as one key; what is absent and what is null are one here,
  /// as they are to DuckDB.
  static std::string content_of(const column::TableSchema& schema, const column::Batch& batch,
                                std::int64_t row) {
    std::string key;
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
      if (schema.fields[i].id < column::field_id::kFirstOwn) continue;
      const column::ColumnView view(batch, static_cast<int>(i));
      if (view.is_null(row)) {
        key += '-';
        continue;
      }
      const column::Type type = schema.fields[i].type.type;
      if (type == column::Type::string || type == column::Type::binary) {
        key += fmt::format("{}:{}", view.bytes(row).size(), view.bytes(row));
      } else if (type == column::Type::float64) {
        key += fmt::format("{}:", view.float64(row));
      } else {
        key += text_of(number(type, view, row)) + ':';
      }
    }
    return key;
  }

  std::string kind_;
  std::string table_;
  std::string column_;
  std::unordered_set<std::string> contents_;
  Whole whole_ = 0;
  double real_ = 0;
  bool is_real_ = false;
  int scale_ = 0;
};

}  // namespace

std::vector<std::size_t> slab_ends(std::string_view bytes, std::size_t size) {
  std::vector<std::size_t> ends;
  for (std::size_t begin = 0; begin < bytes.size(); begin = ends.back()) {
    const std::size_t limit = std::min(begin + size, bytes.size());
    std::size_t end = bytes.rfind('\n', limit - 1) + 1;
    if (end <= begin) end = bytes.find('\n', begin) + 1;  // one record larger than a slab
    ends.push_back(end);
  }
  return ends;
}

Result<std::unique_ptr<Contender>> make_kernel(const Input& input) {
  ASSAY_TRY(auto contender, open(input));
  return std::unique_ptr<Contender>(std::move(contender));
}

Result<Totals> kernel_totals(const Input& input, const Totals& names) {
  ASSAY_TRY(auto contender, open(input));
  std::map<std::string, Total> totals;
  for (const auto& [name, value] : names) totals.emplace(name, Total(name));
  ASSAY_TRY_VOID(contender->each([&](const refine::RefineResult& result) {
    for (const refine::TableBatch& table : result.batches) {
      const auto& schema = contender->plan().tables[static_cast<std::size_t>(table.table)];
      for (auto& [name, total] : totals) total.add(schema, table.batch);
    }
  }));
  Totals texts;
  for (const auto& [name, total] : totals) texts[name] = total.text();
  return texts;
}

}  // namespace assay::bench
