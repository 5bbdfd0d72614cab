// assay_bench_refine: the kernel against simdjson's DOM and against DuckDB, interleaved, one thread
// each.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/limits.h"
#include "bench/refine/contender.h"

namespace {

using namespace assay;
using namespace assay::bench;

struct Options {
  std::vector<std::string> cases;
  std::uint64_t size = 300'000'000;
  int rounds = 7;
  bool json = false;
  bool processor_time = false;
  std::string only;
  std::string folder;
};

struct Figures {
  std::string name;
  std::size_t bytes = 0;
  double dom = 0;  ///< bytes a second, medians
  double kernel = 0;
  double duckdb = 0;
  std::size_t totals = 0;  ///< control totals that agree
};

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return make_error(Code::file_io, fmt::format("\"{}\" cannot be read", path));
  return text.str();
}

/// NAME=NDJSON,PLAN,SQL; the records repeated up to the size, also as a file for DuckDB.
Result<Input> load(const std::string& text, const Options& options) {
  std::vector<std::string> parts;
  const std::size_t equals = text.find('=');
  std::istringstream rest(equals == std::string::npos ? "" : text.substr(equals + 1));
  for (std::string part; std::getline(rest, part, ',');) parts.push_back(part);
  if (parts.size() != 3) return make_error(Code::usage, "a case is NAME=NDJSON,PLAN,SQL");
  Input input;
  input.name = text.substr(0, equals);
  ASSAY_TRY(std::string records, read_file(parts[0]));
  ASSAY_TRY(input.plan, read_file(parts[1]));
  ASSAY_TRY(input.sql, read_file(parts[2]));
  if (records.empty() || records.back() != '\n')
    return make_error(Code::usage, "the records do not end with a line end");
  do input.bytes += records;
  while (input.bytes.size() + records.size() <= options.size);
  input.size = input.bytes.size();
  input.file = (std::filesystem::path(options.folder) / (input.name + ".ndjson")).string();
  std::ofstream(input.file, std::ios::binary) << input.bytes;
  input.bytes.append(kPayloadPadding, '\0');
  return input;
}

double now(const Options& options) {
  timespec time{};
  clock_gettime(options.processor_time ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// A warm-up pass of each, then rounds of one pass each: what disturbs the machine disturbs all
/// alike.
Result<std::vector<double>> measure(std::vector<std::unique_ptr<Contender>>& contenders,
                                    const Input& input, const Options& options) {
  std::vector<std::vector<double>> rates(contenders.size());
  for (int round = 0; round <= options.rounds; ++round) {
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      const double began = now(options);
      ASSAY_TRY_VOID(contenders[i]->run());
      if (round > 0) rates[i].push_back(static_cast<double>(input.size) / (now(options) - began));
    }
  }
  std::vector<double> medians;
  medians.reserve(rates.size());
  for (const auto& each : rates) medians.push_back(median(each));
  return medians;
}

Result<std::size_t> compare_totals(const Input& input) {
  ASSAY_TRY(const Totals theirs, duckdb_totals(input));
  ASSAY_TRY(const Totals ours, kernel_totals(input, theirs));
  for (const auto& [name, value] : theirs) {
    if (ours.at(name) != value) {
      return make_error(Code::verify_failed,
                        fmt::format("{}: \"{}\" is {} by the kernel and {} by DuckDB", input.name,
                                    name, ours.at(name), value));
    }
  }
  return theirs.size();
}

Result<Figures> measure_case(const std::string& text, const Options& options) {
  ASSAY_TRY(const Input input, load(text, options));
  Figures figures;
  figures.name = input.name;
  figures.bytes = input.size;
  std::vector<std::unique_ptr<Contender>> contenders;
  ASSAY_TRY(auto kernel, make_kernel(input));
  if (options.only == "kernel") {
    contenders.push_back(std::move(kernel));
    ASSAY_TRY(const auto rates, measure(contenders, input, options));
    figures.kernel = rates[0];
    return figures;
  }
  contenders.push_back(make_dom(input));
  contenders.push_back(std::move(kernel));
  if (options.only != "dom") {
    ASSAY_TRY(figures.totals, compare_totals(input));
    ASSAY_TRY(auto duckdb, make_duckdb(input));
    contenders.push_back(std::move(duckdb));
  }
  ASSAY_TRY(const auto rates, measure(contenders, input, options));
  std::filesystem::remove(input.file);
  figures.dom = rates[0];
  figures.kernel = rates[1];
  if (rates.size() > 2) figures.duckdb = rates[2];
  return figures;
}

/// Not a number where the other one did not run.
double ratio(double one, double other) { return other > 0 ? one / other : std::nan(""); }
double vs_dom(const Figures& figures) { return ratio(figures.kernel, figures.dom); }
double vs_duckdb(const Figures& figures) { return ratio(figures.kernel, figures.duckdb); }

double worst(const std::vector<Figures>& all, double (*of)(const Figures&)) {
  std::vector<double> ratios;
  ratios.reserve(all.size());
  for (const Figures& each : all) ratios.push_back(of(each));
  return *std::min_element(ratios.begin(), ratios.end());
}

void print(const std::vector<Figures>& all) {
  fmt::print("{:<10} {:>8} {:>11} {:>11} {:>11} {:>8} {:>10} {:>7}\n", "input", "MB", "DOM GB/s",
             "kernel GB/s", "DuckDB GB/s", "vs DOM", "vs DuckDB", "totals");
  for (const Figures& each : all) {
    fmt::print("{:<10} {:>8.0f} {:>11.3f} {:>11.3f} {:>11.3f} {:>8.2f} {:>10.2f} {:>7}\n",
               each.name, static_cast<double>(each.bytes) / 1e6, each.dom / 1e9, each.kernel / 1e9,
               each.duckdb / 1e9, vs_dom(each), vs_duckdb(each), each.totals);
  }
  fmt::print("{:<56} {:>8.2f} {:>10.2f}\n", "worst", worst(all, vs_dom), worst(all, vs_duckdb));
}

void print_json(const std::vector<Figures>& all) {
  nlohmann::json document = nlohmann::json::object();
  for (const Figures& each : all) {
    document["inputs"][each.name] = {{"bytes", each.bytes},
                                     {"dom_bytes_per_second", each.dom},
                                     {"kernel_bytes_per_second", each.kernel},
                                     {"duckdb_bytes_per_second", each.duckdb},
                                     {"vs_simdjson_dom", vs_dom(each)},
                                     {"vs_duckdb", vs_duckdb(each)},
                                     {"totals_compared", each.totals}};
  }
  document["worst"] = {{"vs_simdjson_dom", worst(all, vs_dom)},
                       {"vs_duckdb", worst(all, vs_duckdb)}};
  fmt::print("{}\n", document.dump(2));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.folder = std::filesystem::temp_directory_path().string();
  CLI::App app(
      "The kernel against simdjson's DOM and DuckDB's read_ndjson, one thread each, interleaved.");
  app.add_option("cases", options.cases, "NAME=NDJSON,PLAN,SQL")->required();
  app.add_option("--size", options.size, "bytes that each input is repeated to")
      ->transform(CLI::AsSizeValue(true));
  app.add_option("--rounds", options.rounds, "passes of each; the median is shown")
      ->check(CLI::Range(1, 1000));
  app.add_option("--only", options.only, "kernel: it alone; dom: without DuckDB")
      ->check(CLI::IsMember({"kernel", "dom"}));
  app.add_option("--folder", options.folder, "where DuckDB's copy of the input goes");
  app.add_flag("--processor-time", options.processor_time,
               "count processor time, for machines that are busy");
  app.add_flag("--json", options.json, "one JSON document");
  CLI11_PARSE(app, argc, argv);
  std::vector<Figures> all;
  for (const std::string& text : options.cases) {
    auto figures = measure_case(text, options);
    if (!figures) {
      fmt::print(stderr, "{}\n", figures.error().to_text());
      return 1;
    }
    all.push_back(*figures);
  }
  if (options.json)
    print_json(all);
  else
    print(all);
  return 0;
}
