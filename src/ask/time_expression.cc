#include "ask/time_expression.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace assay::ask {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

/// [begin, end) in whole days, with the words that it took.
struct Span {
  std::size_t count = 0;
  Days begin = 0;
  Days end = 0;
};

year_month_day civil(Days days) { return sys_days{std::chrono::days{days}}; }
int year_of(Days days) { return static_cast<int>(civil(days).year()); }
int month_number(Days days) { return static_cast<int>(static_cast<unsigned>(civil(days).month())); }

/// Month counted from year 0, so that arithmetic over years is plain.
Days month_start(int months) {
  const int year = months >= 0 ? months / 12 : (months - 11) / 12;
  return days_from_civil(year, static_cast<unsigned>(months - year * 12 + 1), 1);
}
int month_index(Days days) { return year_of(days) * 12 + month_number(days) - 1; }

/// Start of the unit that holds a day, moved by a count of units.
Days unit_start(Grain unit, Days day, int moved) {
  switch (unit) {
    case Grain::week: return day - ((day + 3) % 7 + 7) % 7 + 7 * moved;  // 1970-01-01: Thursday
    case Grain::month: return month_start(month_index(day) + moved);
    case Grain::quarter: return month_start(month_index(day) / 3 * 3 + 3 * moved);
    case Grain::year: return month_start((year_of(day) + moved) * 12);
    case Grain::hour:
    case Grain::day: break;
  }
  return day + moved;
}

std::optional<Grain> unit_of(const Word& word) {
  constexpr auto kUnits =
      std::to_array<std::pair<std::string_view, Grain>>({{"hour", Grain::hour},
                                                         {"day", Grain::day},
                                                         {"week", Grain::week},
                                                         {"month", Grain::month},
                                                         {"quarter", Grain::quarter},
                                                         {"year", Grain::year}});
  for (const auto& [name, unit] : kUnits) {
    if (word.singular == name) return unit;
  }
  return std::nullopt;
}

std::optional<int> number_of(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<int> count_of(const Word& word) {
  constexpr auto kNumbers =
      std::to_array<std::string_view>({"zero", "one", "two", "three", "four", "five", "six",
                                       "seven", "eight", "nine", "ten", "eleven", "twelve"});
  const auto found = std::find(kNumbers.begin(), kNumbers.end(), word.plain);
  if (found != kNumbers.end()) return static_cast<int>(found - kNumbers.begin());
  return number_of(word.plain);
}

std::optional<int> month_of_name(const Word& word) {
  constexpr auto kMonths = std::to_array<std::string_view>(
      {"january", "february", "march", "april", "may", "june", "july", "august", "september",
       "october", "november", "december"});
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    const bool short_name =
        word.plain == kMonths[i].substr(0, 3) || (i == 8 && word.plain == "sept");
    if (word.plain == kMonths[i] || short_name) return static_cast<int>(i) + 1;
  }
  return std::nullopt;
}

/// A matcher at a position of the question.
class Matcher {
 public:
  Matcher(std::span<const Word> words, Micros now)
      : words_(words), now_(now), today_(day_of(now)) {}

  std::optional<TimeMatch> match(std::size_t at) const {
    std::optional<TimeMatch> best;
    const auto take = [&best](std::optional<TimeMatch> next) {
      if (next && (!best || next->count > best->count)) best = std::move(next);
    };
    take(everything(at));
    take(range(at));
    take(open_ended(at));
    take(rolling(at));
    take(to_date(at));
    if (const auto span = calendar(at)) take(whole(*span));
    // "in the last 30 days", "during 2011": the preposition belongs to the expression.
    if (!best &&
        (is(at, "in") || is(at, "during") || is(at, "on") || is(at, "for") || is(at, "within"))) {
      const std::size_t skipped = is(at + 1, "the") ? 2 : 1;
      if (auto inner = match(at + skipped)) {
        inner->count += skipped;
        return inner;
      }
    }
    return best;
  }

 private:
  bool has(std::size_t at) const { return at < words_.size() && !words_[at].quoted; }
  bool is(std::size_t at, std::string_view text) const {
    return has(at) && words_[at].plain == text;
  }
  bool is_any(std::size_t at, std::initializer_list<std::string_view> texts) const {
    return std::any_of(texts.begin(), texts.end(),
                       [&](std::string_view text) { return is(at, text); });
  }
  std::optional<Grain> unit(std::size_t at) const {
    return has(at) ? unit_of(words_[at]) : std::nullopt;
  }

  static TimeMatch whole(const Span& span) {
    return {span.count,
            {.from = Micros{span.begin} * kMicrosPerDay,
             .to = Micros{span.end} * kMicrosPerDay,
             .rolling = false,
             .words = ""}};
  }

  /// "all time", "ever", "lifetime", "so far": no bounds at all.
  std::optional<TimeMatch> everything(std::size_t at) const {
    if (is_any(at, {"ever", "lifetime"})) return TimeMatch{1, {}};
    if (is(at, "all") && is(at + 1, "time")) return TimeMatch{2, {}};
    if (is(at, "so") && is(at + 1, "far")) return TimeMatch{2, {}};
    return std::nullopt;
  }

  /// "between A and B", "from A to B": both ends whole.
  std::optional<TimeMatch> range(std::size_t at) const {
    const bool between = is(at, "between");
    if (!between && !is(at, "from")) return std::nullopt;
    const auto first = calendar(at + 1);
    if (!first) return std::nullopt;
    const std::size_t middle = at + 1 + first->count;
    if (!(between ? is(middle, "and") : is_any(middle, {"to", "until", "till", "through"})))
      return std::nullopt;
    const auto second = calendar(middle + 1);
    if (!second) return std::nullopt;
    return whole(
        {2 + first->count + second->count, first->begin, std::max(first->begin, second->end)});
  }

  std::optional<TimeMatch> open_ended(std::size_t at) const {
    if (!is_any(at, {"since", "from", "after", "before", "until", "till", "through"}))
      return std::nullopt;
    const auto span = calendar(at + 1);
    if (!span) return std::nullopt;
    TimeMatch result = whole({span->count + 1, span->begin, span->end});
    Period& period = result.period;
    if (is_any(at, {"since", "from"})) period.to = std::nullopt;
    if (is(at, "after")) period.from = std::exchange(period.to, std::nullopt);
    if (is(at, "before")) period.to = std::exchange(period.from, std::nullopt);
    if (is_any(at, {"until", "till", "through"})) period.from = std::nullopt;
    return result;
  }

  /// "last 30 days", "past week": up to now. "last 2 full months": whole ones before this one.
  std::optional<TimeMatch> rolling(std::size_t at) const {
    const bool past = is(at, "past");
    if (!past && !is_any(at, {"last", "previous"})) return std::nullopt;
    std::size_t next = at + 1;
    int count = has(next) ? count_of(words_[next]).value_or(0) : 0;
    if (count > 0) ++next;
    if (count == 0 && past) count = 1;
    const bool full = is_any(next, {"full", "complete", "whole"});
    if (full) ++next;
    const auto grain = unit(next);
    if (!grain || count < 1 || count > 10'000) return std::nullopt;
    const std::size_t taken = next + 1 - at;
    if (full && *grain != Grain::hour) {
      return whole({taken, unit_start(*grain, today_, -count), unit_start(*grain, today_, 0)});
    }
    return TimeMatch{taken,
                     {.from = moved_back(*grain, count), .to = now_, .rolling = true, .words = ""}};
  }

  /// This instant, that many units ago: months and longer by the calendar, the last day of a month
  /// at most.
  Micros moved_back(Grain grain, int count) const {
    if (grain == Grain::hour) return now_ - Micros{count} * 3'600 * kMicrosPerSecond;
    if (grain == Grain::day) return now_ - Micros{count} * kMicrosPerDay;
    if (grain == Grain::week) return now_ - Micros{count} * 7 * kMicrosPerDay;
    const int months = count * (grain == Grain::month ? 1 : grain == Grain::quarter ? 3 : 12);
    const Days first = month_start(month_index(today_) - months);
    const Days length = month_start(month_index(today_) - months + 1) - first;
    const Days day = first + std::min(today_ - month_start(month_index(today_)), length - 1);
    return Micros{day} * kMicrosPerDay + (now_ - Micros{today_} * kMicrosPerDay);
  }

  /// "year to date", "ytd", "month to date": from the unit's start up to now.
  std::optional<TimeMatch> to_date(std::size_t at) const {
    constexpr auto kShort =
        std::to_array<std::pair<std::string_view, Grain>>({{"ytd", Grain::year},
                                                           {"qtd", Grain::quarter},
                                                           {"mtd", Grain::month},
                                                           {"wtd", Grain::week}});
    const auto up_to_now = [this](std::size_t count, Grain grain) {
      const Micros start = Micros{unit_start(grain, today_, 0)} * kMicrosPerDay;
      // Rolling periods leave their left end out, and the start of a unit is in it.
      return TimeMatch{count, {.from = start - 1, .to = now_, .rolling = true, .words = ""}};
    };
    for (const auto& [name, grain] : kShort) {
      if (is(at, name)) return up_to_now(1, grain);
    }
    const std::size_t start = is(at, "this") ? at + 1 : at;
    const auto grain = unit(start);
    if (!grain || *grain == Grain::hour) return std::nullopt;
    if (is(start + 1, "to") && is(start + 2, "date")) return up_to_now(start + 3 - at, *grain);
    return std::nullopt;
  }

  std::optional<Span> calendar(std::size_t at) const {
    std::optional<Span> best;
    for (const auto& span : {relative(at), quarter(at), day(at), month(at), iso(at), year(at)}) {
      if (span && (!best || span->count > best->count)) best = span;
    }
    return best;
  }

  std::optional<Span> relative(std::size_t at) const {
    if (is(at, "today")) return Span{1, today_, today_ + 1};
    if (is(at, "yesterday")) return Span{1, today_ - 1, today_};
    const bool current = is_any(at, {"this", "current"});
    if (!current && !is_any(at, {"last", "previous"})) return std::nullopt;
    const auto grain = unit(at + 1);
    if (!grain || *grain == Grain::hour) return std::nullopt;
    const int moved = current ? 0 : -1;
    return Span{2, unit_start(*grain, today_, moved), unit_start(*grain, today_, moved + 1)};
  }

  std::optional<int> year_number(std::size_t at) const {
    if (!has(at) || words_[at].plain.size() != 4) return std::nullopt;
    const auto value = number_of(words_[at].plain);
    return value && *value >= 1900 && *value < 2200 ? value : std::nullopt;
  }

  std::optional<Span> year(std::size_t at) const {
    const auto value = year_number(at);
    if (!value) return std::nullopt;
    return Span{1, month_start(*value * 12), month_start(*value * 12 + 12)};
  }

  /// An optional year behind a month, quarter or day: "March 2011", "March, 2011", "March of 2011".
  std::optional<std::pair<std::size_t, int>> year_behind(std::size_t at) const {
    const std::size_t skipped = is(at, ",") || is(at, "of") || is(at, "in") ? 1 : 0;
    if (const auto value = year_number(at + skipped)) return std::pair(skipped + 1, *value);
    return std::nullopt;
  }

  /// The last such month that has begun.
  int month_without_year(int number) const {
    const int candidate = year_of(today_) * 12 + number - 1;
    return candidate <= month_index(today_) ? candidate : candidate - 12;
  }

  std::optional<Span> month(std::size_t at) const {
    const auto number = has(at) ? month_of_name(words_[at]) : std::nullopt;
    if (!number) return std::nullopt;
    const auto given = year_behind(at + 1);
    const int index = given ? given->second * 12 + *number - 1 : month_without_year(*number);
    return Span{1 + (given ? given->first : 0), month_start(index), month_start(index + 1)};
  }

  /// "5 March 2011", "5th of March", "March 5th, 2011".
  std::optional<Span> day(std::size_t at) const {
    std::size_t next = at;
    std::optional<int> number = day_number(next);
    std::optional<int> month;
    if (number) {
      ++next;
      if (is(next, "of")) ++next;
      month = has(next) ? month_of_name(words_[next]) : std::nullopt;
    } else {
      month = has(next) ? month_of_name(words_[next]) : std::nullopt;
      ++next;
      number = day_number(next);
    }
    if (!number || !month) return std::nullopt;
    const auto given = year_behind(++next);
    const auto in_year = [&](int year) {
      return days_from_civil(year, static_cast<unsigned>(*month), static_cast<unsigned>(*number));
    };
    int year = given ? given->second : year_of(today_);
    if (!given && in_year(year) > today_) --year;
    const Days length = month_start(year * 12 + *month) - month_start(year * 12 + *month - 1);
    if (*number > length) return std::nullopt;
    return Span{next - at + (given ? given->first : 0), in_year(year), in_year(year) + 1};
  }

  std::optional<int> day_number(std::size_t at) const {
    if (!has(at)) return std::nullopt;
    std::string_view text = words_[at].plain;
    for (const std::string_view ending : {"st", "nd", "rd", "th"}) {
      if (text.size() > 2 && text.ends_with(ending)) text.remove_suffix(2);
    }
    const auto value = number_of(text);
    return value && *value >= 1 && *value <= 31 ? value : std::nullopt;
  }

  /// "2011-03-05", "2011-03".
  std::optional<Span> iso(std::size_t at) const {
    if (!has(at)) return std::nullopt;
    const std::string& text = words_[at].plain;
    if (const auto day = parse_day(text)) return Span{1, *day, *day + 1};
    if (text.size() != 7 || text[4] != '-') return std::nullopt;
    const auto first = parse_day(text + "-01");
    if (!first) return std::nullopt;
    return Span{1, *first, unit_start(Grain::month, *first, 1)};
  }

  /// "Q1 2011", "first quarter of 2011", "2011 Q1".
  std::optional<Span> quarter(std::size_t at) const {
    if (const auto leading = year_number(at)) {
      const auto number = quarter_number(at + 1);
      if (!number || number->first != 1) return std::nullopt;
      return quarter_span(2, *leading * 12 + number->second * 3);
    }
    const auto number = quarter_number(at);
    if (!number) return std::nullopt;
    const auto given = year_behind(at + number->first);
    if (given)
      return quarter_span(number->first + given->first, given->second * 12 + number->second * 3);
    return quarter_span(number->first, month_without_year(number->second * 3 + 1));
  }

  static Span quarter_span(std::size_t count, int months) {
    return {count, month_start(months), month_start(months + 3)};
  }

  /// Words taken, and the quarter from 0.
  std::optional<std::pair<std::size_t, int>> quarter_number(std::size_t at) const {
    constexpr auto kOrdinals =
        std::to_array<std::string_view>({"first", "second", "third", "fourth"});
    if (!has(at)) return std::nullopt;
    const std::string& text = words_[at].plain;
    if (text.size() == 2 && text[0] == 'q' && text[1] >= '1' && text[1] <= '4')
      return std::pair(1, text[1] - '1');
    const auto found = std::find(kOrdinals.begin(), kOrdinals.end(), text);
    if (found == kOrdinals.end() || !is(at + 1, "quarter")) return std::nullopt;
    return std::pair(2, static_cast<int>(found - kOrdinals.begin()));
  }

  std::span<const Word> words_;
  Micros now_;
  Days today_;
};

}  // namespace

std::string_view to_string(Grain grain) {
  switch (grain) {
    case Grain::hour: return "hour";
    case Grain::day: return "day";
    case Grain::week: return "week";
    case Grain::month: return "month";
    case Grain::quarter: return "quarter";
    case Grain::year: return "year";
  }
  return "day";
}

std::optional<TimeMatch> match_time(std::span<const Word> words, std::size_t first, Micros now) {
  return Matcher(words, now).match(first);
}

std::string bounds_text(const Period& period) {
  const auto instant = [](Micros value) {
    return value % kMicrosPerDay == 0 ? format_day(day_of(value)) : format_instant(value);
  };
  if (!period.from && !period.to) return "all time";
  std::string text;
  if (period.from && period.rolling && (*period.from + 1) % kMicrosPerDay == 0) {
    text = "from " + instant(*period.from + 1);
  } else if (period.from) {
    text = (period.rolling ? "after " : "from ") + instant(*period.from);
  }
  if (!period.to) return text;
  if (!text.empty()) text += " ";
  return text + (period.rolling ? "up to " : "up to, not including, ") + instant(*period.to);
}

}  // namespace assay::ask
