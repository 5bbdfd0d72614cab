#!/usr/bin/env python3
"""`./dev bench stream`: a real Kafka broker, `assay up` and the producer on one machine, from produce to gold.

Three parts. sustained: as many records of about 1 KB as go through, the producer at most some seconds ahead. latency: a
fixed rate, and how long a record takes until the commit that makes it visible in gold. idle: 200,000 records an hour, and
the processor time that they cost. Records are orders with six lines, a customer and a note: 8 rows of silver each.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests"))
sys.path.insert(0, os.path.join(ROOT, "examples"))
from kafka_shop import BrokerOf, KafkaShop  # noqa: E402
from steps import assay_program  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
AHEAD = 400_000  # records that the producer may be ahead of gold
PER_HOUR = 200_000


def options_of_user():
    parser = argparse.ArgumentParser(prog="dev bench stream", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--minutes", type=float, default=5, help="of the sustained part (default %(default)s)")
    parser.add_argument("--rate", type=int, default=10_000, help="records a second of the latency part (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=60, help="of the latency and idle parts each (default %(default)s)")
    parser.add_argument("--part", action="append", choices=["idle", "latency", "sustained"], help="only this one (may be repeated)")
    parser.add_argument("--partitions", type=int, default=2)
    parser.add_argument("--assay", default=None, help="the program (default: that of this checkout)")
    return parser.parse_args()


class Frame:
    """What a shop needs of a suite."""

    def __init__(self, assay, folder):
        self.options, self.folder = argparse.Namespace(assay=assay), folder

    def run(self, *arguments, **_):
        return subprocess.run([self.options.assay, *map(str, arguments)], check=True, capture_output=True)

    def json(self, *arguments, **_):
        return json.loads(self.run("--json", *arguments).stdout)


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


class Records:
    """Distinct orders of about 1 KB, made by filling in a number."""

    def __init__(self, shop):
        order = shop.order("acme", 0, no="NUMBER", note="n" * 320,
                           lines=[{"sku": f"s{line}", "pieces": line + 1, "gift": {"wrapped": False, "text": f"text {line}"}} for line in range(6)])
        head, tail = json.dumps(order).encode().split(b"NUMBER")
        self.parts = (head + b"acme-", tail)
        self.size = len(self.make(1_000_000))

    def make(self, number):
        return b"%b%09d%b" % (self.parts[0], number, self.parts[1])


class Stage(threading.Thread):
    """Produces until told to stop: at a rate, or as fast as `room` says."""

    def __init__(self, broker, records, first, rate=None):
        super().__init__(daemon=True)
        self.producer = broker.producer(linger_ms=20, batch_size=500_000, compression_type="lz4", queue_buffering_max_messages=200_000)
        self.records, self.number, self.first, self.rate = records, first, first, rate
        self.over, self.limit, self.times = threading.Event(), first + AHEAD, []

    def run(self):
        began = time.monotonic()
        while not self.over.is_set():
            wanted = self.limit if self.rate is None else self.first + int((time.monotonic() - began) * self.rate)
            batch = min(wanted - self.number, 2000)
            if batch <= 0:
                self.producer.poll(0.005)
                continue
            self.times.append((self.number + batch, time.monotonic()))
            for number in range(self.number, self.number + batch):
                while True:
                    try:
                        self.producer.produce("load", self.records.make(number))
                        break
                    except BufferError:
                        self.producer.poll(0.01)
            self.number += batch
            self.producer.poll(0)
        self.producer.flush(60)


class Bench:
    def __init__(self, options, folder, broker):
        self.options, self.broker = options, broker
        self.shop = KafkaShop(Frame(options.assay or assay_program(), folder), "shop", ["acme"], broker,
                              routes=[{"topic": "load", "tenant": "acme", "application": "shop"}])
        self.records = Records(self.shop)
        broker.create_topic("load", options.partitions)
        self.server = self.shop.up()
        print(f"assay up is process {self.server.process.pid}", file=sys.stderr, flush=True)
        self.produced = 0

    def refined(self):
        metrics = self.server.metrics()
        return int(metrics.get('assay_records_out_total{result="refined"}', 0)), metrics

    def usage(self):
        return {"assay": processor_seconds(self.server.process.pid), "broker": processor_seconds(self.broker.process.pid),
                "producer": processor_seconds(os.getpid())}

    def part(self, seconds, rate=None):
        """Runs a producer for so long; what was measured between its warm-up and its end."""
        stage = Stage(self.broker, self.records, self.produced, rate)
        stage.start()
        warm = time.monotonic() + (min(10, seconds / 3) if rate is None else 3)
        seen, first = [], None
        while first is None or time.monotonic() - first["at"] < seconds:
            now = time.monotonic()
            count, metrics = self.refined()
            stage.limit = count + AHEAD
            seen.append((count, time.monotonic()))
            if first is None and now >= warm:
                first = {"at": time.monotonic(), "count": count, "metrics": metrics, "usage": self.usage(),
                         "memory": resident_mb(self.server.process.pid)}
            time.sleep(0.05)
        count, metrics = self.refined()
        last = {"at": time.monotonic(), "count": count, "metrics": metrics, "usage": self.usage(),
                "memory": resident_mb(self.server.process.pid)}
        stage.over.set()
        stage.join()
        self.produced = stage.number
        self.server.wait_for("what is left", lambda: self.refined()[0] >= self.produced, seconds=600)
        return first, last, seen, stage.times

    @staticmethod
    def shares(first, last):
        took = last["at"] - first["at"]
        share = {name: round((last["usage"][name] - first["usage"][name]) / took, 2) for name in last["usage"]}
        stages = {}
        for layer in ("bronze", "gold"):
            name = f'assay_epoch_seconds_sum{{layer="{layer}"}}'
            stages[layer] = round((last["metrics"].get(name, 0) - first["metrics"].get(name, 0)) / took, 3)
        return share, stages

    def sustained(self):
        first, last, _, _ = self.part(self.options.minutes * 60)
        took = last["at"] - first["at"]
        share, stages = self.shares(first, last)
        busy = sum(share.values())
        limit = "the processors" if busy > 0.85 * os.cpu_count() else "the engine's own thread" if sum(stages.values()) > 0.85 else "waiting"
        return {"records_per_second": round((last["count"] - first["count"]) / took), "seconds": round(took, 1), "record_bytes": self.records.size,
                "memory_begin_mb": round(first["memory"]), "memory_end_mb": round(last["memory"]), "cores": share, "time_share": stages, "limit": limit}

    def latency(self):
        first, last, seen, times = self.part(self.options.seconds, self.options.rate)
        waits, at = [], 0
        for number, produced in times:
            if produced < first["at"] or produced > last["at"] - 10:
                continue
            while at < len(seen) and seen[at][0] < number:
                at += 1
            if at < len(seen):
                waits.append(seen[at][1] - produced)
        waits.sort()
        pick = lambda q: round(waits[min(int(q * len(waits)), len(waits) - 1)], 2) if waits else None  # noqa: E731
        share, _ = self.shares(first, last)
        return {"rate": self.options.rate, "p50_seconds": pick(0.5), "p95_seconds": pick(0.95), "max_seconds": pick(1), "cores": share}

    def idle(self):
        first, last, _, _ = self.part(self.options.seconds, PER_HOUR / 3600)
        share, _ = self.shares(first, last)
        return {"records_per_hour": PER_HOUR, "core_share": share["assay"]}


def main():
    options = options_of_user()
    folder = tempfile.mkdtemp(prefix="assay-stream-")
    try:
        with BrokerOf(os.path.join(folder, "broker"), log_retention_bytes=2 << 30, log_segment_bytes=256 << 20) as broker:
            bench = Bench(options, folder, broker)
            result = {part: getattr(bench, part)() for part in options.part or ["idle", "latency", "sustained"]}
            bench.server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        print(json.dumps(result))
        return
    for part, values in result.items():
        print(part)
        for name, value in values.items():
            print(f"  {name.replace('_', ' '):20} {value}")


main()
