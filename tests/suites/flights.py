"""Flights as delivered through all layers, by the CLI alone: every figure that issue 5 names, and every figure that
Python counts from the same file. Both sizes take the whole file.
"""

import collections
import gzip
import json
import os
import shutil
import sys
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from deployment import Deployment  # noqa: E402
from suite import Suite, need_data  # noqa: E402

TENANT = "skyview"
LEAVES_OF_A_FLIGHT = 29
LEAVES_OF_ITS_MASTERS = 15  # seven of each airport, and the carrier's name

# The control totals of the data's README and of the issue; `figures` must find them in the file.
PUBLISHED = {"flights": 13_059, "delayed": 3_280, "cancelled": 1_678, "airports": 156, "airport_contents": 159,
             "airports_without_region": 156, "airport_copies": 26_118, "carriers": 4, "countries": 32}

AIRPORT_KEYS = ("", "CityName", "Country", "Region")
DOUBLES = {"ticket_price": "AvgTicketPrice", "distance_km": "DistanceKilometers", "distance_miles": "DistanceMiles",
           "flight_time_minutes": "FlightTimeMin", "flight_time_hours": "FlightTimeHour"}


def airport_of(flight, side):
    location = flight[f"{side}Location"]
    return (flight[f"{side}AirportID"], *(flight[side + key] for key in AIRPORT_KEYS),
            Decimal(location["lat"]), Decimal(location["lon"]))


def figures(flights):
    """Counts what the flights hold, with nothing of Assay's."""
    airports = {airport_of(flight, side) for flight in flights for side in ("Origin", "Dest")}
    return {
        "flights": len({flight["FlightNum"] for flight in flights}),
        "delayed": sum(flight["FlightDelay"] for flight in flights),
        "cancelled": sum(flight["Cancelled"] for flight in flights),
        "airports": len({airport[0] for airport in airports}),
        "airport_contents": len(airports),
        "airports_without_region": len({airport[:4] + airport[5:] for airport in airports}),
        "airport_copies": 2 * len(flights),
        "carriers": len({flight["Carrier"] for flight in flights}),
        "countries": len({airport[3] for airport in airports}),
        "delay_minutes": sum(int(flight["FlightDelayMin"]) for flight in flights),
    }


def same(actual, expected, what):
    assert actual == expected, f"{what}: {actual}, expected {expected}"


class Flights:
    def __init__(self, suite):
        self.suite = suite
        packed = need_data("flights-opensearch", "flights.json.gz")
        folder = os.path.join(suite.folder, "data", TENANT, "operations")
        os.makedirs(folder)
        self.input = shutil.copy(packed, os.path.join(folder, "flights.json.gz"))
        with gzip.open(packed, "rt", encoding="utf-8") as file:
            self.texts = file.read().splitlines()
        # Numbers stay the file's own characters; Python would print them the same way, but need not.
        self.flights = [json.loads(text, parse_float=str, parse_int=str) for text in self.texts]
        self.expected = figures(self.flights)

    def published(self, name):
        same(self.expected[name], PUBLISHED[name], f"{name} in the file")

    def load(self):
        self.deployment = Deployment(self.suite, "flights", example="flights")
        same(self.deployment.ingest(self.input)["records"], self.expected["flights"], "records ingested")
        report = self.deployment.refine()
        same((report["refined"], report["quarantined"], report["duplicates"]), (self.expected["flights"], 0, 0),
             "refined, quarantined, duplicates")

    def figure(self, name, sql):
        same(self.deployment.number(sql, TENANT), self.expected[name], sql)

    def copies_are_counted(self):
        accounting = self.deployment.accounting()
        same(accounting[("masters_seen_by_entity", "airport")], self.expected["airport_copies"], "airport copies")
        same(accounting[("masters_seen_by_entity", "carrier")], self.expected["flights"], "carrier copies")

    def leaves_are_accounted(self):
        accounting = self.deployment.accounting()
        flights = self.expected["flights"]
        expected = {"leaves": LEAVES_OF_A_FLIGHT * flights, "leaves_master": LEAVES_OF_ITS_MASTERS * flights,
                    "leaves_mapped": (LEAVES_OF_A_FLIGHT - LEAVES_OF_ITS_MASTERS) * flights, "leaves_residue": 0}
        same({name: accounting[name] for name in expected}, expected, "leaf accounting of the silver manifests")
        same(self.deployment.number("SELECT count(*) FROM silver.residue", TENANT), 0, "rows of residue")

    def airports_are_exact(self):
        """Each content to the last character; latitude and longitude to the last digit, though they came as text."""
        expected = sorted({airport_of(flight, side) for flight in self.flights for side in ("Origin", "Dest")})
        rows = self.deployment.rows(
            "SELECT id, name, city, country, region, latitude, longitude FROM silver.airport_content", TENANT)
        actual = sorted((*row[:5], Decimal(str(row[5])), Decimal(str(row[6]))) for row in rows)
        same(actual, expected, "airport contents")

    def three_airports_have_two_regions(self):
        rows = self.deployment.rows(
            "SELECT id FROM silver.airport_content GROUP BY 1 HAVING count(DISTINCT region) = 2 ORDER BY 1", TENANT)
        same([row[0] for row in rows], ["BOG", "EZE", "UIO"], "airports with two regions")

    def doubles_are_exact(self, column, key):
        """Every double comes back as the shortest text of itself, which is what the file holds."""
        rows = self.deployment.rows(f"SELECT flight_number, {column} FROM mart.flight", TENANT)
        actual = {number: float(value) for number, value in rows}
        expected = {flight["FlightNum"]: float(flight[key]) for flight in self.flights}
        same(actual, expected, column)
        assert all(repr(expected[flight["FlightNum"]]) == flight[key] for flight in self.flights), \
            f"{key} is no shortest text of a double in the file, so float64 would lose some of it"

    def each_flight_keeps_its_airports(self):
        """The mart joins each flight to the very contents that it carried, the two regions included."""
        rows = self.deployment.rows(
            "SELECT flight_number, origin_id, origin_region, origin_weather, destination_id, destination_region, "
            "destination_weather, carrier_name FROM mart.flight", TENANT)
        expected = [(f["FlightNum"], f["OriginAirportID"], f["OriginRegion"], f["OriginWeather"], f["DestAirportID"],
                     f["DestRegion"], f["DestWeather"], f["Carrier"]) for f in self.flights]
        same(sorted(map(tuple, rows)), sorted(expected), "airports, weather and carrier by flight")

    def history_tells_each_moment(self):
        """The region of an airport at the time of each flight, as the history has it, is one that was told then."""
        told = collections.defaultdict(set)  # ten flights tell two regions of one airport at the same moment
        for flight in self.flights:
            moment = flight["timestamp"] if "T" in flight["timestamp"] else flight["timestamp"] + "T00:00:00"
            for side in ("Origin", "Dest"):
                told[(flight[f"{side}AirportID"], moment)].add(flight[f"{side}Region"])
        rows = self.deployment.rows(
            "SELECT h.id, strftime(h.valid_from, '%Y-%m-%dT%H:%M:%S'), c.region FROM silver.airport_history h "
            "JOIN silver.airport_content c USING (id, content_hash) "
            "ORDER BY h.id, h.valid_from, h.source_priority, h.content_hash", TENANT)
        history = collections.defaultdict(list)
        for airport, valid_from, region in rows:
            history[airport].append((valid_from, region))
        same(set(history), {airport for airport, _ in told}, "airports with a history")
        for (airport, moment), regions in told.items():
            known = [region for valid_from, region in history[airport] if valid_from <= moment]
            assert known and known[-1] in regions, f"{airport} at {moment}: {known[-1:]}, told {regions}"

    def carriers_in_features(self):
        rows = self.deployment.rows(
            "SELECT name, sum(flights), sum(delay_minutes) FROM feature.carrier_punctuality GROUP BY 1 ORDER BY 1",
            TENANT)
        counts = collections.defaultdict(lambda: [0, 0])
        for flight in self.flights:
            counts[flight["Carrier"]][0] += 1
            counts[flight["Carrier"]][1] += int(flight["FlightDelayMin"])
        actual = {name: [int(flights), int(Decimal(str(minutes)))] for name, flights, minutes in rows}
        same(actual, dict(counts), "flights and minutes by carrier")

    def running_again_does_nothing(self):
        same(self.deployment.ingest(self.input)["records"], 0, "records of the same file")
        report = self.deployment.refine()
        same((report["manifests"], report["rows_by_table"]), (0, {}), "second run")


SQL_FIGURES = [
    ("flights", "SELECT count(*) FROM bronze.record"),
    ("flights", "SELECT count(*) FROM silver.flight"),
    ("flights", "SELECT count(DISTINCT flight_number) FROM mart.flight"),
    ("flights", "SELECT count(*) FROM vault.hub_flight"),
    ("delayed", "SELECT count(*) FROM silver.flight WHERE delayed"),
    ("delayed", "SELECT count(*) FROM mart.flight WHERE delayed"),
    ("cancelled", "SELECT count(*) FROM silver.flight WHERE cancelled"),
    ("cancelled", "SELECT count(*) FROM mart.flight WHERE cancelled"),
    ("airports", "SELECT count(DISTINCT id) FROM silver.airport_content"),
    ("airport_contents", "SELECT count(*) FROM silver.airport_content"),
    ("airports_without_region",
     "SELECT count(*) FROM (SELECT DISTINCT id, name, city, country, latitude, longitude FROM silver.airport_content)"),
    ("airports", "SELECT count(*) FROM vault.hub_airport"),
    ("carriers", "SELECT count(*) FROM silver.carrier_content"),
    ("carriers", "SELECT count(*) FROM vault.hub_carrier"),
    ("countries", "SELECT count(DISTINCT country) FROM silver.airport_content"),
    ("delay_minutes", "SELECT sum(delay_minutes) FROM mart.flight"),
]


def main():
    suite = Suite("flights")
    made = []
    suite.case("the file is there", lambda: made.append(Flights(suite)))
    if not made:
        suite.finish()
    flights = made[0]
    for name in PUBLISHED:
        suite.case(f"file: {name}", flights.published, name)
    suite.case("flights go through all layers", flights.load)
    for name, sql in SQL_FIGURES:
        suite.case(f"{name}: {sql}", flights.figure, name, sql)
    for column, key in DOUBLES.items():
        suite.case(f"{column} is exact", flights.doubles_are_exact, column, key)
    for body in (flights.copies_are_counted, flights.leaves_are_accounted, flights.airports_are_exact,
                 flights.three_airports_have_two_regions, flights.each_flight_keeps_its_airports,
                 flights.history_tells_each_moment, flights.carriers_in_features, flights.running_again_does_nothing):
        suite.case(body.__name__.replace("_", " "), body)
    suite.case("verify holds", flights.deployment.verify)
    suite.case("verify --deep holds", flights.deployment.verify, "--deep")
    suite.finish()


if __name__ == "__main__":
    main()
