#include "examples/commerce/producer.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::commerce {
namespace {

constexpr std::uint64_t kOrderKind = 3;
constexpr std::uint64_t kSampleKind = 4;
constexpr std::uint64_t kSecondsPerDay = 86'400;
constexpr std::uint64_t kOrdersPerCustomer = 25;
constexpr std::uint64_t kOrdersPerProduct =
    38;  ///< with 2.65 lines an order: a product is copied about 100 times
constexpr std::uint64_t kLateDaysAgo = 9;
constexpr std::string_view kLateTenant = "cobalt";
constexpr std::string_view kVersionedTenant = "aurora";
constexpr std::uint64_t kSampleOrders = 2'000;

bool active(const Form& form, std::uint64_t day, std::uint64_t days) {
  switch (form.phase) {
    case Form::Phase::always: return true;
    case Form::Phase::first_half: return day < days / 2;
    case Form::Phase::second_half: return day >= days / 2;
  }
  return true;
}

/// Orders of each day: business grows by half over the time, and weekends are quiet. Sums up to
/// `orders`.
std::vector<std::uint64_t> orders_by_day(std::uint64_t orders, std::uint64_t days, Days first_day) {
  std::vector<std::uint64_t> weight_until(days + 1, 0);
  for (std::uint64_t day = 0; day < days; ++day) {
    const auto weekday =
        static_cast<std::uint64_t>(first_day + 3) + day;  // 1970-01-01 was a Thursday
    const std::uint64_t rest = weekday % 7 >= 5 ? 7 : 10;
    weight_until[day + 1] = weight_until[day] + (100 + 50 * day / days) * rest;
  }
  std::vector<std::uint64_t> counts(days);
  for (std::uint64_t day = 0; day < days; ++day) {
    counts[day] = orders * weight_until[day + 1] / weight_until[days] -
                  orders * weight_until[day] / weight_until[days];
  }
  return counts;
}

/// Cuts a payload where its connection broke: never at its end, never within a character.
std::string broken(std::string record, Random& random) {
  std::size_t size = record.size() / 2 + random.below(record.size() / 2 - 1);
  while (size > 0 && (static_cast<unsigned char>(record[size]) & 0xC0U) == 0x80U) --size;
  record.resize(size);
  return record;
}

}  // namespace

Producer::Producer(Settings settings, Truth* truth)
    : settings_(std::move(settings)), truth_(truth) {
  const Days last_day = day_of(settings_.until - 1);
  first_day_ =
      (static_cast<Micros>(last_day) + 1 - static_cast<Micros>(settings_.days)) * kMicrosPerDay;
  month_start_ = parse_instant(format_day(last_day).substr(0, 7) + "-01").value_or(first_day_);
  for (const Form& form : forms()) {
    const bool wanted =
        settings_.tenants.empty() ||
        std::ranges::find(settings_.tenants, form.tenant) != settings_.tenants.end();
    if (wanted) forms_.push_back(&form);
  }
}

bool Producer::run() {
  const std::vector<std::uint64_t> counts =
      orders_by_day(settings_.orders, settings_.days, day_of(first_day_));
  for (std::uint64_t day = 0; day < settings_.days; ++day) make_day(day, counts[day]);
  bool good = true;
  for (auto& [name, stream] : streams_)
    good = stream->finish(month_of_day(settings_.days - 1)) && good;
  return good;
}

void Producer::make_day(std::uint64_t day, std::uint64_t count) {
  const Micros start = first_day_ + static_cast<Micros>(day) * kMicrosPerDay;
  // The last day is as long as it is old: nothing is ordered in the future.
  const auto elapsed = static_cast<std::uint64_t>((settings_.until - start) / kMicrosPerSecond);
  const std::uint64_t seconds = std::clamp<std::uint64_t>(elapsed, 1, kSecondsPerDay);
  for (std::uint64_t i = 0; i < count; ++i) {
    Random random = random_of(settings_.seed, kOrderKind, ordinal_++, 0);
    const std::uint64_t second = (i * seconds + random.below(seconds)) / count;
    const Form& form = choose_form(day, random);
    const Order order =
        make_order(form, day, start + static_cast<Micros>(second) * kMicrosPerSecond, random);
    deliver(form, order, day, render(form, order, random), random);
  }
}

const Form& Producer::choose_form(std::uint64_t day, Random& random) const {
  if (settings_.one_tenant) return *forms_[random.below(forms_.size())];
  std::uint64_t total = 0;
  for (const Form* form : forms_) total += active(*form, day, settings_.days) ? form->weight : 0;
  std::uint64_t draw = random.below(total);
  for (const Form* form : forms_) {
    if (!active(*form, day, settings_.days)) continue;
    if (draw < form->weight) return *form;
    draw -= form->weight;
  }
  return *forms_.back();
}

Order Producer::make_order(const Form& form, std::uint64_t day, Micros placed_at, Random& random) {
  Order order;
  const std::string tenant = tenant_of(form);
  order.number = fmt::format("{}-{:07}", tenant.substr(0, 2), ++numbers_[tenant]);
  order.placed_at = placed_at;
  order.dirt = choose_dirt(form, random);
  const bool added =
      form.tenant == "delta" && form.application == "shop" && day >= settings_.days * 6 / 10;
  order.extra_field = added && random.per_mille(400);
  fill_order(population_of(form), day, random, order);
  return order;
}

Dirt Producer::choose_dirt(const Form& form, Random& random) const {
  if (settings_.one_tenant) return Dirt::none;
  const std::uint64_t draw = random.below(10'000);
  if (draw < 15) return Dirt::bad_date;
  if (draw < 30) return Dirt::text_in_number;
  if (draw < 40) return Dirt::missing_key;
  if (draw < 48) return Dirt::unknown_shape;
  if (draw < 56 && form.tenant == kVersionedTenant) return Dirt::unknown_version;
  if (draw >= 56 && draw < 61 && !form.array) return Dirt::broken_json;
  return Dirt::none;
}

std::string Producer::render(const Form& form, const Order& order, Random& random) const {
  std::string record;
  JsonText json(record, form.ascii);
  if (order.dirt == Dirt::unknown_shape) {
    json.open();
    json.open("heartbeat");
    json.text("host", fmt::format("{}-{:02}.{}", form.application, random.below(4), form.tenant));
    json.integer("at", order.placed_at / kMicrosPerSecond);
    json.close();
    json.close();
    return record;
  }
  form.write(json, order);
  return order.dirt == Dirt::broken_json ? broken(std::move(record), random) : record;
}

void Producer::deliver(const Form& form, const Order& order, std::uint64_t day, std::string record,
                       Random& random) {
  Stream& stream = stream_of(form);
  const std::string tenant = tenant_of(form);
  if (truth_ != nullptr) truth_->count(tenant, order, month_start_);
  const bool dirt_or_bench = settings_.one_tenant || order.dirt != Dirt::none;
  const bool late_tenant = !settings_.one_tenant && form.tenant == kLateTenant;
  if (late_tenant && day + kLateDaysAgo == settings_.days) {
    if (truth_ != nullptr) truth_->count_late(tenant);
    stream.hold(std::move(record));
    return;
  }
  stream.write(record, month_of_day(day));
  const bool noon_gone = order.placed_at % kMicrosPerDay > kMicrosPerDay / 2;
  if (stream.holds() && noon_gone) stream.release_held(month_of_day(day));
  if (!dirt_or_bench && random.per_mille(5)) {
    if (truth_ != nullptr) truth_->count_resend(tenant, order);
    stream.write_again_after(1 + random.below(50), record);
  }
}

std::uint64_t Producer::average_order_bytes() {
  std::uint64_t bytes = 0;
  for (std::uint64_t i = 0; i < kSampleOrders; ++i) {
    Random random = random_of(settings_.seed, kSampleKind, i, 0);
    const std::uint64_t day = i * settings_.days / kSampleOrders;
    const Form& form = choose_form(day, random);
    Order order;
    order.number = "xx-0000000";
    order.placed_at = first_day_ + static_cast<Micros>(day) * kMicrosPerDay;
    fill_order(
        {.seed = settings_.seed, .customers = 1000, .products = 1000, .days = settings_.days}, day,
        random, order);
    bytes += render(form, order, random).size() + 1;
  }
  return bytes / kSampleOrders;
}

Totals Producer::totals() const {
  Totals totals;
  for (const auto& [name, stream] : streams_) {
    totals.records += stream->records();
    totals.bytes += stream->bytes();
    totals.files += stream->files();
  }
  return totals;
}

std::string Producer::tenant_of(const Form& form) const {
  return settings_.one_tenant ? "bench" : std::string(form.tenant);
}

Stream& Producer::stream_of(const Form& form) {
  const std::string folder =
      settings_.one_tenant ? fmt::format("{}/bench/mixed", settings_.out)
                           : fmt::format("{}/{}/{}", settings_.out, form.tenant, form.application);
  auto& stream = streams_[folder];
  if (!stream) stream = std::make_unique<Stream>(folder, form.array && !settings_.one_tenant);
  return *stream;
}

std::string Producer::month_of_day(std::uint64_t day) const {
  if (settings_.one_tenant) return "all";
  return format_day(day_of(first_day_) + static_cast<Days>(day)).substr(0, 7);
}

Population Producer::population_of(const Form& form) const {
  std::uint64_t weight = 0;
  std::uint64_t total = 0;
  std::uint64_t tenant = 0;
  for (std::size_t i = 0; i < forms_.size(); ++i) {
    if (forms_[i]->phase == Form::Phase::second_half)
      continue;  // its first half stands for the application
    total += forms_[i]->weight;
    if (forms_[i]->tenant == form.tenant) {
      weight += forms_[i]->weight;
      tenant = i + 1;
    }
  }
  if (settings_.one_tenant) weight = total;
  const std::uint64_t orders = settings_.orders * weight / total;
  return {.seed = settings_.seed,
          .tenant = settings_.one_tenant ? 0 : tenant,
          .customers = std::max<std::uint64_t>(orders / kOrdersPerCustomer, 10),
          .products = std::max<std::uint64_t>(orders / kOrdersPerProduct, 10),
          .days = settings_.days};
}

}  // namespace assay::commerce
