#!/usr/bin/env python3
"""Joins the tables of the Sakila sample into the documents that a shop would send, one JSON object a line.

    convert.py FOLDER [--data FOLDER]

Writes FOLDER/rentals.ndjson, one nested document for each rental, and FOLDER/payments.ndjson, the payments that name no
rental. `--data` holds sakila/*.csv; without the option it is ASSAY_DATA, else the folder shared/data beside the checkout.

- Values are the tables' own characters: numbers are never read and printed again, times keep their blank.
- A key is joined by its number, since actor.csv writes 1.0 where film_actor.csv writes 1.
- What is empty is null: 183 rentals have no return date.
"""

import argparse
import collections
import csv
import gzip
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")


class Number(float):
    """A number that is written as the table has it."""

    def __new__(cls, text):
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __repr__(self):
        return self.text


def value(text):
    if text == "":
        return None
    return Number(text) if JSON_NUMBER.match(text) else text


def to_json(document):
    """json.dumps prints floats by float.__repr__; a Number prints itself."""
    if isinstance(document, Number):
        return document.text
    if isinstance(document, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{to_json(item)}" for key, item in document.items()) + "}"
    if isinstance(document, list):
        return "[" + ",".join(map(to_json, document)) + "]"
    return json.dumps(document, ensure_ascii=False)


TEXT_COLUMNS = {"phone", "postal_code", "password", "username"}


class Tables:
    def __init__(self, folder):
        self.folder = folder
        self.by_key = {}
        for name in ("customer", "address", "city", "country", "film", "language", "category", "actor", "inventory",
                     "store", "staff"):
            self.by_key[name] = {int(float(row[f"{name}_id"])): row for row in self.rows(name)}
        self.categories = self.pairs("film_category", "category")
        self.actors = self.pairs("film_actor", "actor")
        self.payments = collections.defaultdict(list)
        for row in self.rows("payment"):
            self.payments[int(row["rental_id"]) if row["rental_id"] else None].append(row)

    def rows(self, name):
        path = os.path.join(self.folder, f"{name}.csv")
        opened = open(path, encoding="utf-8", newline="") if os.path.exists(path) else gzip.open(
            f"{path}.gz", "rt", encoding="utf-8", newline="")
        with opened as file:
            yield from csv.DictReader(file, delimiter="|")

    def pairs(self, table, other):
        found = collections.defaultdict(list)
        for row in self.rows(table):
            found[int(row["film_id"])].append(int(float(row[f"{other}_id"])))
        return found

    def get(self, table, key):
        return self.by_key[table][int(float(key))]

    @staticmethod
    def members(row, *names):
        return {name: (row[name] or None) if name in TEXT_COLUMNS else value(row[name]) for name in names}

    def address(self, key):
        row = self.get("address", key)
        city = self.get("city", row["city_id"])
        country = self.get("country", city["country_id"])
        return {**self.members(row, "address_id", "address", "district", "postal_code", "phone"),
                "city": {**self.members(city, "city_id", "city"),
                         "country": self.members(country, "country_id", "country")}}

    def customer(self, key):
        row = self.get("customer", key)
        return {**self.members(row, "customer_id", "store_id", "first_name", "last_name", "email", "active",
                               "create_date", "last_update"), "address": self.address(row["address_id"])}

    def staff(self, key):
        return self.members(self.get("staff", key), "staff_id", "first_name", "last_name", "email")

    def store(self, key):
        row = self.get("store", key)
        return {**self.members(row, "store_id"), "manager": self.staff(row["manager_staff_id"]),
                "address": self.address(row["address_id"])}

    def film(self, key):
        row = self.get("film", key)
        number = int(row["film_id"])
        return {**self.members(row, "film_id", "title", "description", "release_year", "rental_duration",
                               "rental_rate", "length", "replacement_cost", "rating", "special_features",
                               "last_update"),
                "language": self.members(self.get("language", row["language_id"]), "language_id", "name"),
                "categories": [self.members(self.get("category", each), "category_id", "name")
                               for each in self.categories[number]],
                "actors": [self.members(self.get("actor", each), "actor_id", "first_name", "last_name")
                           for each in self.actors[number]]}

    def payment(self, row):
        return {**self.members(row, "payment_id", "amount", "payment_date", "last_update"),
                "staff": self.staff(row["staff_id"])}

    def rental(self, row):
        inventory = self.get("inventory", row["inventory_id"])
        return {**self.members(row, "rental_id", "rental_date", "return_date", "last_update"),
                "customer": self.customer(row["customer_id"]),
                "inventory": {**self.members(inventory, "inventory_id"), "film": self.film(inventory["film_id"]),
                              "store": self.store(inventory["store_id"])},
                "staff": self.staff(row["staff_id"]),
                "payments": [self.payment(each) for each in self.payments[int(row["rental_id"])]]}

    def rentals(self):
        return map(self.rental, self.rows("rental"))

    def orphans(self):
        """Payments that name no rental."""
        for row in self.payments[None]:
            yield {**self.payment(row), "customer": self.customer(row["customer_id"])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--data", default=os.environ.get(
        "ASSAY_DATA", os.path.join(os.path.dirname(ROOT), "shared", "data")))
    options = parser.parse_args()
    folder = os.path.join(options.data, "sakila")
    if not os.path.isdir(folder):
        sys.exit(f"convert.py: {folder} is missing; set ASSAY_DATA to the folder that holds sakila")
    tables = Tables(folder)
    os.makedirs(options.folder, exist_ok=True)
    for name, documents in (("rentals", tables.rentals()), ("payments", tables.orphans())):
        count = 0
        with open(os.path.join(options.folder, f"{name}.ndjson"), "w", encoding="utf-8", newline="\n") as out:
            for document in documents:
                out.write(to_json(document) + "\n")
                count += 1
        print(f"{count:,} {name}", file=sys.stderr)


if __name__ == "__main__":
    main()
