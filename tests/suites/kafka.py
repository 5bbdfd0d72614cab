"""The Kafka source of `assay up`, against a real broker on loopback.

What was produced and committed is in bronze and silver exactly once, at the offset that the broker gave it, whatever the
codec, whoever the tenant, and whatever was killed; aborted transactions are nowhere. Poison goes to quarantine. A topic
that is deleted and made again, and records that retention drops too early, are noticed.
"""

import collections
import json
import os
import random
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from kafka_shop import BrokerOf, KafkaShop  # noqa: E402
from suite import Skip, Suite  # noqa: E402
from up_server import WAIT_SECONDS, Server  # noqa: E402

SUITE = Suite("kafka")
TENANTS = ["acme", "brown"]
KILLS = 50 if SUITE.full else 5
FAST = ("--commit-age", "0.2")


def case(name, body, *arguments):
    SUITE.case(name, body, *arguments)
    Server.end_all()


def produce(broker, topic, messages, partition=None, **settings):
    """(value, key, headers) each; all are acknowledged when it returns."""
    producer = broker.producer(**settings)
    for value, key, headers in messages:
        place = {} if partition is None else {"partition": partition}
        producer.produce(topic, value=value, key=key, headers=headers, **place)
        producer.poll(0)
    assert producer.flush(WAIT_SECONDS) == 0


def orders(shop, tenant, numbers, **changed):
    return [(shop.message(tenant, number, **changed), None, [("tenant", tenant.encode())]) for number in numbers]


def names(tenant, numbers):
    return sorted(f"{tenant}-{number:06}" for number in numbers)


def codecs(shop, broker):
    server, number = shop.up(*FAST), 0
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        produce(broker, "events", orders(shop, "acme", range(number, number + 40)), compression_type=codec)
        number += 40
    server.wait_for("all codecs", lambda: shop.count("acme") == number)
    assert shop.silver("acme") == names("acme", range(number))
    server.wait_for("no lag", lambda: server.lag() == 0)
    metrics = server.metrics()
    assert metrics['assay_source_up{source="events"}'] == 1 and metrics['assay_bronze_records_total{source="kafka"}'] == number
    assert server.stop() == 0


def transactions(shop, broker):
    """Aborted ones are nowhere, open ones not yet."""
    server = shop.up(*FAST)
    before = shop.count("brown")
    producer = broker.producer(transactional_id="suite", compression_type="lz4")
    producer.init_transactions(WAIT_SECONDS)
    expected, number = [], 10_000
    for commits in (True, False, True, False, False, True):
        producer.begin_transaction()
        numbers = range(number, number + 15)
        number += 15
        for value, key, headers in orders(shop, "brown", numbers):
            producer.produce("orders.brown", value=value, key=key, headers=headers)
        if commits:
            producer.commit_transaction(WAIT_SECONDS)
            expected += names("brown", numbers)
        else:
            producer.flush(WAIT_SECONDS)
            producer.abort_transaction(WAIT_SECONDS)
    server.wait_for("the committed", lambda: shop.count("brown") == before + len(expected))
    server.wait_for("no lag behind traces of transactions", lambda: server.lag() == 0)
    assert [name for name in shop.silver("brown") if name >= "brown-010000"] == expected
    assert server.stop() == 0


def headers_and_keys(shop, broker):
    server = shop.up(*FAST)
    value = shop.message("acme", 20_000)
    produce(broker, "events", [(value, "key 1", [("tenant", b"acme"), ("trace", b"\xff\x00"), ("trace", b"two"), ("empty", None),
                                                 ("assay.format", b"damaged")])])
    query = "SELECT headers FROM bronze.record WHERE decode(payload) LIKE '%acme-020000%'"
    server.wait_for("the record", lambda: shop.sql("acme", query))
    kept = json.loads(shop.one("acme", query))
    assert kept["kafka.key"] == "key 1", kept
    assert kept["kafka.headers"] == {"tenant": ["acme"], "trace": [{"base64": "/wA="}, "two"], "empty": [None],
                                     "assay.format": ["damaged"]}, kept
    server.wait_for("silver", lambda: "acme-020000" in shop.silver("acme"))
    assert server.stop() == 0


def poison(shop, broker):
    """Nobody stops: it goes to quarantine, its neighbours to silver."""
    server = shop.up(*FAST)
    before = shop.quarantine("acme")
    acme = [("tenant", b"acme")]
    messages = [(b"{nope", None, acme), (None, b"gone", acme), (b"x" * 200_000, None, acme), (b"", None, acme),
                (shop.message("acme", 30_000, filler="y" * 100_000), None, acme), (shop.message("acme", 30_001, version="9"), None, acme),
                (shop.message("acme", 30_002), None, None), (shop.message("acme", 30_003), None, [("tenant", b"nobody")]),
                (shop.message("acme", 30_004), None, [("tenant", b"../acme")]), (shop.message("acme", 30_005), None, acme)]
    produce(broker, "events", messages, partition=0)
    server.wait_for("the good one", lambda: "acme-030005" in shop.silver("acme"))
    server.wait_for("all of it", lambda: sum(shop.quarantine("acme").values()) == sum(before.values()) + 6)
    found = shop.quarantine("acme") - before
    assert found[2050] == 1 and found[2004] == 2, found  # a tombstone, two too large
    report = shop.json("verify")
    assert report["ok"] and report["tenants"]["_unrouted"]["quarantined"] == 3, report["tenants"]
    assert server.stop() == 0


def restarts(shop, broker):
    """What comes while nobody reads is read afterwards; offsets are mirrored to the group."""
    from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
    server = shop.up(*FAST)
    before = shop.count("brown")
    produce(broker, "orders.brown", orders(shop, "brown", range(40_000, 40_030)))
    server.wait_for("the first", lambda: shop.count("brown") == before + 30)
    assert server.stop() == 0
    produce(broker, "orders.brown", orders(shop, "brown", range(40_030, 40_060)))
    assert shop.count("brown") == before + 30
    server = shop.up(*FAST)
    server.wait_for("the second", lambda: shop.count("brown") == before + 60)
    assert server.kill()
    produce(broker, "orders.brown", orders(shop, "brown", range(40_060, 40_090)))
    server = shop.up(*FAST)
    server.wait_for("the third", lambda: shop.count("brown") == before + 90)
    server.wait_for("no lag", lambda: server.lag() == 0)
    assert server.stop() == 0
    admin = broker.admin()
    asked = ConsumerGroupTopicPartitions("assay-events", [TopicPartition("orders.brown", partition) for partition in range(2)])
    told = admin.list_consumer_group_offsets([asked])["assay-events"].result(timeout=60).topic_partitions
    ends = collections.Counter()
    for _, partition, offset, _ in shop.bronze("brown", "orders.brown"):
        ends[partition] = max(ends[partition], offset + 1)
    assert all(place.offset >= ends[place.partition] > 0 for place in told), (told, ends)


def made_again(shop, broker):
    """Once while nobody reads, once while somebody does."""
    broker.create_topic("orders.acme", 1)
    server = shop.up(*FAST)
    before = shop.count("acme")
    produce(broker, "orders.acme", orders(shop, "acme", range(50_000, 50_010)))
    server.wait_for("the first life", lambda: shop.count("acme") == before + 10)
    assert server.stop() == 0
    broker.delete_topic("orders.acme")
    broker.create_topic("orders.acme", 1)
    produce(broker, "orders.acme", orders(shop, "acme", range(50_010, 50_030)))  # longer than the first
    server = shop.up(*FAST)
    server.wait_for("the second life", lambda: shop.count("acme") == before + 30)
    broker.delete_topic("orders.acme")
    broker.create_topic("orders.acme", 1)
    produce(broker, "orders.acme", orders(shop, "acme", range(50_030, 50_035)))  # shorter
    server.wait_for("the third life", lambda: shop.count("acme") == before + 35)
    lives = [(generation, offset, name) for generation, _, offset, name in shop.bronze("acme", "orders.acme")]
    assert lives == [(generation, offset, f"acme-{50_000 + first + offset:06}") for generation, first, count in
                     ((0, 0, 10), (1, 10, 20), (2, 30, 5)) for offset in range(count)], lives
    assert server.events("source"), "nobody was told"
    assert server.stop() == 0


def retention(shop, broker):
    """Records that were dropped untaken: an alarm, and only a person's word goes on without them."""
    broker.create_topic("orders.cole", 1)
    shop.tenants.append("cole")
    shop.versions["cole"] = {"v1": shop.version("1")}
    shop.write()
    shop.run("apply")
    server = shop.up(*FAST)
    produce(broker, "orders.cole", orders(shop, "cole", range(10)))
    server.wait_for("the first", lambda: shop.count("cole") == 10)
    assert server.stop() == 0
    produce(broker, "orders.cole", orders(shop, "cole", range(10, 40)))
    broker.delete_records("orders.cole", 0, 25)
    server = shop.up(*FAST)
    server.wait_for("the alarm", lambda: server.alarm("records_expired") == 1)
    produce(broker, "events", orders(shop, "acme", [60_000]))
    server.wait_for("another topic", lambda: "acme-060000" in shop.silver("acme"))
    told = [line["text"] for line in server.events("alarm") if line["error"] == "records_expired"]
    assert len(told) == 1 and "15 offsets" in told[0] and "10 to 24" in told[0], told
    assert shop.count("cole") == 10
    shop.source["on_expired"] = "skip"
    shop.write()
    shop.run("apply")
    server.wait_for("the rest", lambda: shop.count("cole") == 25)
    assert shop.silver("cole") == names("cole", [*range(10), *range(25, 40)])
    server.wait_for("the alarm's end", lambda: server.alarm("records_expired") == 0)
    assert server.metrics()['assay_source_missing_total{source="events"}'] == 15
    assert server.stop() == 0


def unknown_topic(shop, broker):
    """A topic that is not there is an alarm, and is read once it comes."""
    shop.source["routes"] = [{"topic": "late", "tenant": "acme", "application": "shop"}, {"topic": "events", "tenant_header": "tenant", "application": "shop"},
                             {"topic": "orders.{tenant}", "application": "shop"}]
    shop.write()
    shop.run("apply")
    server = shop.up(*FAST)
    server.wait_for("the alarm", lambda: server.alarm("topic_unknown") == 1)
    broker.create_topic("late", 1)
    produce(broker, "late", orders(shop, "acme", range(61_000, 61_005)))
    server.wait_for("its records", lambda: names("acme", range(61_000, 61_005)) == [n for n in shop.silver("acme") if "acme-061000" <= n < "acme-062000"])
    server.wait_for("its end", lambda: server.alarm("topic_unknown") == 0)
    assert server.stop() == 0


def secured(broker):
    """SASL over TLS: the right password reads, a wrong one is an alarm, and no secret stands in the workspace."""
    shop = KafkaShop(SUITE, "secured", ["acme"], broker)
    password = os.path.join(SUITE.folder, "password")
    shop.source.update({"brokers": [broker.secure_address], "security": {
        "protocol": "sasl_ssl", "mechanism": "PLAIN", "username": "assay", "password_env": "SUITE_KAFKA", "ca_file": broker.ca_file}})
    shop.write()
    shop.run("apply")
    produce(broker, "orders.acme", orders(shop, "acme", range(5)))
    server = shop.up(*FAST)
    server.wait_for("the alarm of a missing variable", lambda: server.alarm("source_unreadable") == 1)
    assert "SUITE_KAFKA" in server.events("alarm")[0]["text"] and server.stop() == 0
    server = shop.up(*FAST, environment={"SUITE_KAFKA": "wrong"})
    server.wait_for("the alarm of a wrong password", lambda: server.alarm("broker_unreachable") == 1)
    assert server.stop() == 0
    with open(password, "w", encoding="utf-8") as file:
        file.write("geheim\n")
    shop.source["security"]["password_file"] = password
    del shop.source["security"]["password_env"]
    shop.write()
    shop.run("apply")
    server = shop.up(*FAST)
    server.wait_for("the records", lambda: shop.count("acme") >= 5)
    assert server.stop() == 0


# Under load, with kills.

class Load(threading.Thread):
    """Produces transactions, one in four aborted, until told to stop."""

    def __init__(self, shop, broker):
        super().__init__()
        self.shop, self.broker, self.random = shop, broker, random.Random(SUITE.seed)
        self.over, self.error = threading.Event(), None
        self.committed, self.aborted = {tenant: [] for tenant in TENANTS}, 0

    def run(self):
        try:
            producer = self.broker.producer(transactional_id="load", compression_type="zstd")
            producer.init_transactions(WAIT_SECONDS)
            number = 0
            while not self.over.is_set():
                producer.begin_transaction()
                sent = []
                for _ in range(self.random.randrange(1, 40)):
                    tenant = self.random.choice(TENANTS)
                    producer.produce("load", value=self.shop.message(tenant, number), headers=[("tenant", tenant.encode())])
                    sent.append((tenant, number))
                    number += 1
                if self.random.random() < 0.25:
                    producer.flush(WAIT_SECONDS)
                    producer.abort_transaction(WAIT_SECONDS)
                    self.aborted += len(sent)
                else:
                    producer.commit_transaction(WAIT_SECONDS)
                    for tenant, each in sent:
                        self.committed[tenant].append(each)
                self.over.wait(0.02)
        except Exception as failure:  # noqa: BLE001 - told by the case that waits for this thread
            self.error = failure


def start_again(shop, kills, chance):
    spec = {"ASSAY_KILL_AT": f"random:{chance.randrange(1, 300)}"} if chance.random() < 0.7 else {}
    while True:
        server = shop.up(*FAST, environment=spec, ready=False)
        if server.port is not None:
            return server
        code = server.process.wait(timeout=WAIT_SECONDS)
        assert code == -9, f"it ended by itself, exit {code}: {server.said()[-2000:]}"
        kills["during recovery"] += 1
        spec = {}


def under_kills(broker):
    shop = KafkaShop(SUITE, "kills", TENANTS, broker, routes=[{"topic": "load", "tenant_header": "tenant", "application": "shop"}])
    broker.create_topic("load", 3)
    load, kills, chance = Load(shop, broker), collections.Counter(), random.Random(SUITE.seed + 1)
    load.start()
    try:
        for _ in range(KILLS):
            server = start_again(shop, kills, chance)
            try:
                server.process.wait(timeout=chance.uniform(0.5, 3))
                kills["at a point"] += 1
            except subprocess.TimeoutExpired:
                kills["at random"] += 1
            assert server.kill(), f"exit {server.process.returncode}: {server.said()[-2000:]}"
    finally:
        load.over.set()
        load.join(timeout=WAIT_SECONDS)
    assert not load.is_alive() and load.error is None, repr(load.error)
    server = shop.up(*FAST)
    for tenant in TENANTS:
        server.wait_for("all that was committed", lambda tenant=tenant: shop.count(tenant) >= len(load.committed[tenant]))
    server.wait_for("no lag", lambda: server.lag() == 0 and server.metrics()["assay_records_in_flight"] == 0)
    assert server.stop() == 0
    for tenant in TENANTS:
        bronze = shop.bronze(tenant, "load")
        assert len({row[:3] for row in bronze}) == len(bronze), "an offset twice"
        assert sorted(row[3] for row in bronze) == names(tenant, load.committed[tenant]) == shop.silver(tenant)
        mart = [row[0] for row in shop.sql(tenant, "SELECT order_no FROM mart.order ORDER BY 1")]
        assert mart == shop.silver(tenant), "gold is not silver"
    assert load.aborted > 0 and sum(map(len, load.committed.values())) > 0
    shop.totals()
    print(f"    kills: {dict(kills)}; committed {sum(map(len, load.committed.values()))}, aborted {load.aborted}")


def main():
    try:
        with BrokerOf(os.path.join(SUITE.folder, "broker"), users={"assay": "geheim"}) as broker:
            broker.create_topic("events", 2)
            broker.create_topic("orders.brown", 2)
            shop = KafkaShop(SUITE, "shop", TENANTS, broker)
            case("all codecs", codecs, shop, broker)
            case("transactions, committed and aborted", transactions, shop, broker)
            case("keys and headers are kept", headers_and_keys, shop, broker)
            case("poison goes to quarantine", poison, shop, broker)
            case("restarts and a kill in the middle; offsets at the broker", restarts, shop, broker)
            case("a topic that is deleted and made again", made_again, shop, broker)
            case("records that were dropped untaken", retention, shop, broker)
            case("a topic that comes late", unknown_topic, shop, broker)
            case("the proof of the shop", shop.totals)
            case("SASL over TLS", secured, broker)
            case(f"{KILLS} kills under load", under_kills, broker)
    except Skip as reason:
        SUITE.case("a real broker", lambda: (_ for _ in ()).throw(reason))
    SUITE.finish()


main()
