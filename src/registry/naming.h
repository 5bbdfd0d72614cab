#pragma once
// What the names of members say, as far as people agree on words: keys, amounts, times, parties.

#include <string>
#include <string_view>
#include <vector>

namespace assay::registry {

using Words = std::vector<std::string>;

/// "OriginAirportID", "origin_airport-id" -> origin, airport, id; "{uri}Name" -> name.
Words words_of(std::string_view name);
/// "categories" -> "category"; words that are singular already stay.
std::string singular(std::string word);
/// The words as a name of a column or an entity, at most `size_max` characters, the last ones kept.
std::string snake_name(const Words& words, std::size_t size_max = 60);
/// "Origin airport": for people.
std::string business_name(const Words& words);

/// "id", "code" ... at the end: what makes a name that of a key.
bool is_key_word(std::string_view word);
/// The words without those of a key at the end: "airport" of "AirportID".
Words without_key_words(Words words);

/// The last word is a person, an organisation, a place or a thing with an identity of its own.
bool names_thing(const Words& words);
/// The last word is an occurrence, a document or a part of one, which no other record repeats.
bool names_occurrence(const Words& words);
/// The last word is a part of something that has the identity: "identifier", "address", "contact".
bool names_part(const Words& words);
/// An array whose elements are the records, and the payload their package.
bool names_package(std::string_view name);
bool names_amount(
    const Words& words);               ///< money, rates, measures: numbers that may have a fraction
bool names_count(const Words& words);  ///< whole numbers of things: "quantity"
/// "km" of "DistanceKilometers"; empty where no unit is named.
std::string unit_of(const Words& words);
bool names_time(const Words& words);
/// When a row was changed, not when anything happened: "last_update".
bool names_housekeeping(const Words& words);
/// Texts that look like numbers and are none: phones, postal codes, versions, keys.
bool names_code(const Words& words);

}  // namespace assay::registry
