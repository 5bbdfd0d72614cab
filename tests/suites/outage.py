"""The broker goes away under load, and comes back: nothing is lost, nothing comes twice, and the alarm is seen to begin and
to end, while other sources go on."""

import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from kafka_shop import BrokerOf, KafkaShop  # noqa: E402
from suite import Skip, Suite  # noqa: E402
from up_server import WAIT_SECONDS, Server  # noqa: E402

SUITE = Suite("outage")
AWAY_SECONDS = 60 if SUITE.full else 6
FAST = ("--commit-age", "0.2")


class Load(threading.Thread):
    """Produces until told to stop; the client holds back what no broker takes."""

    def __init__(self, shop, broker, topic):
        super().__init__()
        self.shop, self.topic, self.producer = shop, topic, broker.producer(message_timeout_ms=600_000, queue_buffering_max_messages=1_000_000)
        self.over, self.number, self.acknowledged, self.error = threading.Event(), 0, 0, None

    def acknowledge(self, fault, _):
        assert fault is None, fault
        self.acknowledged += 1

    def run(self):
        try:
            while not self.over.is_set():
                for _ in range(10):
                    self.producer.produce(self.topic, value=self.shop.message("acme", self.number), headers=[("tenant", b"acme")],
                                          on_delivery=self.acknowledge)
                    self.number += 1
                self.producer.poll(0)
                self.over.wait(0.05)
            assert self.producer.flush(WAIT_SECONDS) == 0
        except Exception as failure:  # noqa: BLE001 - told by the case that waits for this thread
            self.error = failure


def push(shop, server, number):
    made = shop.json("key", "create", "--tenant", "brown", "--name", f"suite {number}", "--role", "writer")
    return server.request("POST", "/v1/ingest/shop", json.dumps(shop.order("brown", number)).encode(),
                          {"Authorization": f"Bearer {made['id']}.{made['secret']}", "Content-Type": "application/json"})


def outage(name, broker, end_broker):
    shop = KafkaShop(SUITE, name, ["acme", "brown"], broker, routes=[{"topic": name, "tenant_header": "tenant", "application": "shop"}])
    broker.create_topic(name, 2)
    server = shop.up(*FAST)
    load = Load(shop, broker, name)
    load.start()
    try:
        server.wait_for("the first records", lambda: shop.count("acme") > 0)
        end_broker()
        server.wait_for("the alarm", lambda: server.alarm("broker_unreachable") == 1)
        assert server.metrics()['assay_source_up{source="events"}'] == 0
        before = shop.count("brown")
        assert push(shop, server, load.number)[0] == 202
        server.wait_for("another source", lambda: shop.count("brown") == before + 1)
        time.sleep(AWAY_SECONDS)
        broker.start()
        server.wait_for("the alarm's end", lambda: server.alarm("broker_unreachable") == 0)
    finally:
        load.over.set()
        load.join(timeout=WAIT_SECONDS)
    assert not load.is_alive() and load.error is None, repr(load.error)
    assert load.acknowledged == load.number > 0
    server.wait_for("all of it", lambda: shop.count("acme") >= load.number)
    server.wait_for("no lag", lambda: server.lag() == 0 and server.metrics()["assay_records_in_flight"] == 0)
    metrics = server.metrics()
    assert metrics['assay_source_up{source="events"}'] == 1 and metrics["assay_failures_total"] == 0, metrics
    assert server.events("alarm") and server.events("alarm_ended")
    assert server.stop() == 0
    assert shop.silver("acme") == [f"acme-{number:06}" for number in range(load.number)]
    shop.totals()
    print(f"    {load.number} records, none lost, none twice")


def away_at_start(broker):
    """The engine opens without its broker, and reads once it comes."""
    broker.create_topic("late", 2)
    shop = KafkaShop(SUITE, "late", ["acme", "brown"], broker, routes=[{"topic": "late", "tenant_header": "tenant", "application": "shop"}])
    broker.stop()
    server = shop.up(*FAST)
    server.wait_for("the alarm", lambda: server.alarm("broker_unreachable") == 1)
    assert push(shop, server, 1)[0] == 202
    server.wait_for("another source", lambda: shop.count("brown") == 1)
    broker.start()
    server.wait_for("the alarm's end", lambda: server.alarm("broker_unreachable") == 0)
    producer = broker.producer()
    producer.produce("late", value=shop.message("acme", 2), headers=[("tenant", b"acme")])
    assert producer.flush(WAIT_SECONDS) == 0
    server.wait_for("its record", lambda: shop.count("acme") == 1)
    assert server.stop() == 0


def main():
    try:
        with BrokerOf(os.path.join(SUITE.folder, "broker")) as broker:
            SUITE.case(f"a broker that is stopped for {AWAY_SECONDS} s, under load", outage, "stopped", broker, broker.stop)
            Server.end_all()
            if SUITE.full:
                SUITE.case(f"a broker that is killed, and comes after {AWAY_SECONDS} s", outage, "killed", broker, broker.kill)
                Server.end_all()
            SUITE.case("no broker at the start", away_at_start, broker)
    except Skip as reason:
        SUITE.case("a real broker", lambda: (_ for _ in ()).throw(reason))
    SUITE.finish()


main()
