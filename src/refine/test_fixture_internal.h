#pragma once
// What the tests of this folder share: slabs from texts, results as text, and a small plan.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "column/batch.h"
#include "plan/plan.h"
#include "refine/refine.h"

namespace assay::refine::testing {

/// Owns the bytes, offsets and coordinates of a slab.
class OwnedSlab {
 public:
  explicit OwnedSlab(const std::vector<std::string>& records, std::string application = "shop");
  const Slab& slab() const { return slab_; }

 private:
  std::string bytes_;
  std::vector<std::uint32_t> offsets_ = {0};
  std::vector<Coordinates> coordinates_;
  std::string application_;
  Slab slab_;
};

/// Lines of a text.
std::vector<std::string> lines_of(std::string_view text);

/// All that a result says, in a fixed form: every batch with all its columns, the records, the
/// accounting.
std::string to_text(const plan::Plan& plan, const RefineResult& result);
/// One value; "-" for null.
std::string value_text(const column::Field& field, const column::ColumnView& view,
                       std::int64_t row);
/// The rows of one table as text, one a line; empty where the result has none.
std::vector<std::string> rows_of(const plan::Plan& plan, const RefineResult& result,
                                 std::string_view table);

/// Reads a whole file; fails the test where it cannot.
std::string read_file(const std::string& path);
/// Folder of shared test data: ASSAY_DATA, else ../shared/data beside the repository; empty where
/// there is none.
std::string data_folder();

/// Events with everything: orders with lines (and notes of lines), customers and products, all
/// types.
plan::Plan order_plan();

RefineResult refine_all(const plan::Plan& plan, const std::vector<std::string>& records);
/// Codes of the quarantined records, by record; 0 where it was refined.
std::vector<int> codes_of(const plan::Plan& plan, const RefineResult& result);

}  // namespace assay::refine::testing
