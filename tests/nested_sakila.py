"""Sakila's tables as one nested document a rental, as the README of the outside data tells it.

Numbers are the files' own characters: what is `1.0` there stays `1.0`. An empty field is null.
"""

import csv
import gzip
import json
import os

INTEGERS = {"active", "release_year", "rental_duration", "length"}
DECIMALS = {"rental_rate", "replacement_cost", "amount"}


def rows_of(folder, table):
    path = os.path.join(folder, table + ".csv")
    with (open(path, encoding="utf-8", newline="") if os.path.exists(path)
          else gzip.open(path + ".gz", "rt", encoding="utf-8", newline="")) as file:
        return list(csv.DictReader(file, delimiter="|"))


def token(text):
    """A number as it stands in the file: `1` or `1.0`."""
    return int(text) if text.lstrip("-").isdigit() else float(text)


def typed(row, *left_out):
    """A row as JSON; a column ending in _id, and those named above, are numbers in Sakila's own schema."""
    document = {}
    for name, text in row.items():
        if name in left_out:
            continue
        is_number = name.endswith("_id") or name in INTEGERS or name in DECIMALS
        document[name] = None if text == "" else token(text) if is_number else text
    return document


def number(text):
    return int(float(text))


def by_key(rows, key):
    return {number(row[key]): row for row in rows}


class Sakila:
    def __init__(self, folder):
        self.folder = folder
        self.keyed = {table: by_key(rows_of(folder, table), table + "_id")
                      for table in ("customer", "address", "city", "country", "inventory", "film", "language", "category",
                                    "actor", "store", "staff")}
        self.category_of = {number(row["film_id"]): number(row["category_id"]) for row in rows_of(folder, "film_category")}
        self.actors_of, self.payments_of = {}, {}
        for row in rows_of(folder, "film_actor"):
            self.actors_of.setdefault(number(row["film_id"]), []).append(number(row["actor_id"]))
        for row in rows_of(folder, "payment"):
            if row["rental_id"]:
                self.payments_of.setdefault(number(row["rental_id"]), []).append(row)

    def row(self, table, key):
        return self.keyed[table][number(key)]

    def address(self, key):
        row = self.row("address", key)
        city = self.row("city", row["city_id"])
        country = typed(self.row("country", city["country_id"]))
        return typed(row, "city_id") | {"city": typed(city, "country_id") | {"country": country}}

    def staff(self, key):
        row = self.row("staff", key)
        return typed(row, "address_id") | {"address": self.address(row["address_id"])}

    def store(self, key):
        row = self.row("store", key)
        return {"store_id": token(row["store_id"]), "address": self.address(row["address_id"]),
                "manager": self.staff(row["manager_staff_id"]), "last_update": row["last_update"]}

    def film(self, key):
        row = self.row("film", key)
        return typed(row, "language_id") | {
            "language": typed(self.row("language", row["language_id"])),
            "category": typed(self.keyed["category"][self.category_of[number(key)]]),
            "actors": [typed(self.keyed["actor"][actor]) for actor in self.actors_of.get(number(key), [])]}

    def inventory(self, key):
        row = self.row("inventory", key)
        return typed(row, "film_id", "store_id") | {"film": self.film(row["film_id"]), "store": self.store(row["store_id"])}

    def customer(self, key):
        row = self.row("customer", key)
        return typed(row, "address_id") | {"address": self.address(row["address_id"])}

    def rentals(self):
        for row in rows_of(self.folder, "rental"):
            yield typed(row, "inventory_id", "customer_id", "staff_id") | {
                "customer": self.customer(row["customer_id"]), "inventory": self.inventory(row["inventory_id"]),
                "staff": self.staff(row["staff_id"]),
                "payments": [typed(payment, "customer_id", "rental_id")
                             for payment in self.payments_of.get(number(row["rental_id"]), [])]}


def write(folder, path, every=1):
    """Writes every n-th rental; returns how many."""
    count = 0
    with open(path, "w", encoding="utf-8") as out:
        for index, rental in enumerate(Sakila(folder).rentals()):
            if index % every:
                continue
            out.write(json.dumps(rental, ensure_ascii=False) + "\n")
            count += 1
    return count
