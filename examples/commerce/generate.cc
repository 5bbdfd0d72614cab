// assay_generate: the data of the commerce demo. Six invented tenants, three kinds of application,
// twelve schema variants; the same arguments make the same bytes on every machine.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <ctime>
#include <fstream>

#include "examples/commerce/producer.h"

namespace {

using namespace assay;
using namespace assay::commerce;

struct Options {
  Settings settings;
  std::string until;
  std::string truth;
  std::uint64_t size = 0;
  bool json = false;
};

/// A day stands for its end, an instant for itself.
std::optional<Micros> instant_of(const std::string& text) {
  if (const auto day = parse_day(text)) return (static_cast<Micros>(*day) + 1) * kMicrosPerDay;
  return parse_instant(text);
}

std::string today() {
  return format_day(day_of(static_cast<Micros>(std::time(nullptr)) * kMicrosPerSecond));
}

void declare(CLI::App& app, Options& options) {
  Settings& settings = options.settings;
  app.add_option("--out", settings.out, "folder to write <tenant>/<application>/<month> files to")
      ->required();
  app.add_option("--orders", settings.orders, "how many orders to make");
  app.add_option("--size", options.size, "about how many bytes to make, for example 100MB")
      ->transform(CLI::AsSizeValue(true));
  app.add_option("--seed", settings.seed, "another number, another world")->capture_default_str();
  app.add_option("--until", options.until,
                 "the last day, or the instant after the last order; default today");
  app.add_option("--days", settings.days, "over how many days the orders run")
      ->capture_default_str()
      ->check(CLI::Range(2, 3650));
  app.add_option("--tenants", settings.tenants, "only these tenants, separated by commas")
      ->delimiter(',');
  app.add_flag(
      "--one-tenant", settings.one_tenant,
      "all variants as versions of the tenant bench, shuffled and clean, for the kernel's bench");
  app.add_option("--truth", options.truth,
                 "write what was made, counted by tenant, to this JSON file");
  app.add_flag("--json", options.json, "print the totals as JSON");
}

int fail(const std::string& message) {
  fmt::print(stderr, "assay_generate: {}\n", message);
  return 1;
}

void print_totals(const Options& options, const Totals& totals) {
  if (options.json) {
    fmt::print("{{\"records\":{},\"bytes\":{},\"files\":{}}}\n", totals.records, totals.bytes,
               totals.files);
  } else {
    fmt::print("{} records, {} bytes, {} files\n", totals.records, totals.bytes, totals.files);
  }
}

int generate(Options& options) {
  const auto until = instant_of(options.until.empty() ? today() : options.until);
  if (!until) return fail(fmt::format("--until {} is neither a day nor an instant", options.until));
  options.settings.until = *until;
  for (const std::string& tenant : options.settings.tenants) {
    const auto known = [&](const Form& form) { return form.tenant == tenant; };
    if (std::ranges::none_of(forms(), known))
      return fail(fmt::format("no tenant is called {}", tenant));
  }
  if (options.size != 0) {
    options.settings.orders =
        options.size / Producer(options.settings, nullptr).average_order_bytes();
  }
  if (options.settings.orders == 0) return fail("say --orders or --size");
  Truth truth;
  Producer producer(options.settings, options.truth.empty() ? nullptr : &truth);
  if (!producer.run()) return fail(fmt::format("could not write under {}", options.settings.out));
  if (!options.truth.empty()) {
    std::ofstream file(options.truth);
    file << truth.to_json();
    if (!file.flush()) return fail(fmt::format("could not write {}", options.truth));
  }
  print_totals(options, producer.totals());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Makes the orders of six invented tenants, the input of the commerce demo.",
               "assay_generate"};
  Options options;
  declare(app, options);
  CLI11_PARSE(app, argc, argv);
  return generate(options);
}
