"""HTTP push into `assay up` on loopback: 2xx means durable.

Clients push while the server is killed with SIGKILL, at random moments and at durable effects within epochs
(ASSAY_KILL_AT), and started again. At the end every acknowledged record is in bronze and silver once, at the position
that its answer named; every refused one is nowhere; and one whose answer was lost is there at most once where it was
sent again under its idempotency key. Cases beside it look at answers, limits, metrics, reads, watched folders and the
drain at SIGTERM.
"""

import base64
import collections
import gzip
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import up_server  # noqa: E402
from suite import Suite  # noqa: E402
from small_shop import SmallShop  # noqa: E402

SUITE = Suite("push")
TENANTS = ["acme", "brown", "cole"]
NDJSON = "application/x-ndjson"
WAIT_SECONDS = 120  # for what comes within seconds; a bound, not an expectation
KILLS, CLIENTS = (60, 8) if SUITE.full else (6, 6)


class Shop(SmallShop):
    """A small shop whose silver shows every record that bronze has, with API keys."""

    def __init__(self, name):
        super().__init__(SUITE, name, TENANTS)
        self.entities["order"]["dedupe"] = "coordinates"
        self.write()
        self.run("apply")
        self.keys = {tenant: self.key(tenant, "writer") for tenant in TENANTS}

    def key(self, tenant, role):
        made = self.json("key", "create", "--tenant", tenant, "--name", "suite", "--role", role)
        return f"{made['id']}.{made['secret']}"

    def order(self, tenant, number, **changed):
        """All of one day: an epoch writes a file a day, table and tenant, and this suite has many epochs."""
        return super().order(tenant, number, **{"at": "2024-03-01T08:00:00Z", **changed})

    def bronze(self, tenant):
        """(offset, number of the order) of all pushed records."""
        rows = self.sql(tenant, "SELECT \"offset\", decode(payload) FROM bronze.record WHERE source = 'push' ORDER BY 1")
        return [(int(offset), json.loads(text)["no"]) for offset, text in rows]

    def silver(self, tenant):
        return [row[0] for row in self.sql(tenant, "SELECT order_no FROM silver.order ORDER BY 1")]


class Server(up_server.Server):
    """`assay up` on a free port, and the shop whose keys its clients have."""

    wait_seconds = WAIT_SECONDS

    def __init__(self, shop, *options, environment=None, ready=True):
        self.shop = shop
        super().__init__(SUITE.options.assay, shop.folder, *options, log=os.path.join(SUITE.folder, "up.log"),
                         environment=environment, ready=ready)

    def push(self, tenant, body, kind=NDJSON, key=None, application="shop", token=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers["Authorization"] = f"Bearer {token or self.shop.keys[tenant]}"
        if kind:
            headers["Content-Type"] = kind
        if key:
            headers["Idempotency-Key"] = key
        return self.request("POST", f"/v1/ingest/{application}", body, headers)

    def wait_until_refined(self):
        def done():
            metrics = self.metrics()
            return metrics["assay_records_in_flight"] == 0 and metrics["assay_push_backlog_records"] == 0
        self.wait_for("gold", done)


def lines(records):
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def compressed(body, encoding):
    if encoding == "gzip":
        return gzip.compress(body)
    return subprocess.run(["zstd", "-q", "-c"], input=body, capture_output=True, check=True).stdout


def case(name, body, *arguments):
    """A case of the suite; servers that it leaves behind are ended."""
    SUITE.case(name, body, *arguments)
    Server.end_all()


# Under load, with kills.

class Client(threading.Thread):
    """Pushes batches until told to stop; each order's number is used once."""

    def __init__(self, load, index):
        super().__init__()
        self.load, self.index, self.random = load, index, random.Random(f"{SUITE.seed}-{index}")
        self.tenant = TENANTS[index % len(TENANTS)]
        self.number = index * 1_000_000
        self.acknowledged = {}                   # number of the order -> position
        self.refused, self.unknown = set(), set()
        self.resent, self.replayed, self.error = 0, 0, None

    def run(self):
        try:
            while not self.load.over.is_set():
                self.send_batch()
        except Exception as failure:  # noqa: BLE001 - told by the case that waits for this thread
            self.error = failure

    def send_batch(self):
        self.load.over.wait(self.random.random() * 0.1)  # a load that the engine keeps up with
        records = []
        for _ in range(self.random.randrange(1, 20)):
            records.append(self.load.shop.order(self.tenant, self.number))
            self.number += 1
        names = [record["no"] for record in records]
        kind, body = self.random.choice([(NDJSON, lines(records)), ("application/json", json.dumps(records).encode())])
        bad = self.random.random() < 0.1
        if bad:
            body = body[:-5]  # the last record is cut off, so none may be taken
        headers = {}
        if self.random.random() < 0.3:
            body, headers = gzip.compress(body), {"Content_Encoding": "gzip"}
        key = f"{self.index}-{self.number}" if self.random.random() < 0.7 else None
        answer = self.send(body, kind, key, headers)
        if answer is None:
            self.unknown.update(names)
        elif bad:
            assert answer[0] == 422, answer
            self.refused.update(names)
        else:
            assert answer[0] == 202, answer
            self.acknowledge(names, answer)
            if key and self.random.random() < 0.1:
                again = self.send(body, kind, key, headers)
                assert again is None or again[:2] == answer[:2], (again, answer)
                self.replayed += again is not None

    def acknowledge(self, names, answer):
        told = json.loads(answer[1])
        assert told["records"] == len(names) and told["positions"]["last"] - told["positions"]["first"] + 1 == len(names), told
        self.acknowledged.update({name: told["positions"]["first"] + i for i, name in enumerate(names)})

    def send(self, body, kind, key, headers):
        """The answer; None where it was lost. With a key it is sent again until one comes."""
        while True:
            try:
                answer = self.load.server.push(self.tenant, body, kind, key, **headers)
                if answer[0] not in (429, 503):
                    return answer
                # Nobody knows after a 503; with a key it is sent again.
                if answer[0] == 503 and not key:
                    return None
            except (OSError, http.client.HTTPException):
                if not key:
                    return None
                self.resent += 1
            if self.load.over.wait(0.05) and not key:
                return None


class Load:
    def __init__(self, shop):
        self.shop, self.over, self.random = shop, threading.Event(), random.Random(SUITE.seed)
        self.kills = collections.Counter()
        self.server = Server(shop, "--commit-age", "0.2")

    def kill(self, index):
        """Ends the server by SIGKILL and starts the next one, two of three with a kill point of their own."""
        try:
            self.server.process.wait(timeout=self.random.uniform(0.2, 2) if index % 3 == 0 else 3)
            self.kills["at a point"] += 1
        except subprocess.TimeoutExpired:
            self.kills["at random"] += 1
        assert self.server.kill(), f"exit {self.server.process.returncode}"
        spec = {"ASSAY_KILL_AT": f"random:{self.random.randrange(1, 500)}"} if index % 3 != 2 else {}
        while True:
            server = Server(self.shop, "--commit-age", "0.2", environment=spec, ready=False)
            if server.port is not None:
                break
            assert server.process.wait(timeout=WAIT_SECONDS) == -signal.SIGKILL, "it ended by itself"
            self.kills["during recovery"] += 1
            spec = {}
        self.server = server

    def go(self):
        clients = [Client(self, index) for index in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            for index in range(KILLS):
                self.kill(index)
        finally:
            if self.server.process.poll() is not None:
                self.server = Server(self.shop, "--commit-age", "0.2")
            time.sleep(0.5)
            self.over.set()
            for client in clients:
                client.join(timeout=WAIT_SECONDS)
        if self.server.process.poll() is not None:  # the last one had a kill point, too
            self.server = Server(self.shop)
        return clients


def under_kills():
    shop = Shop("kills")
    load = Load(shop)
    clients = load.go()
    for client in clients:
        assert not client.is_alive() and client.error is None, repr(client.error)
    if load.server.process.poll() is None and load.server.stop() == -signal.SIGKILL:  # at its kill point while it drained
        load.kills["while draining"] += 1
    # A busy machine may not drain in the time that the first stop gives.
    load.server = Server(shop, "--drain", "3600")
    load.server.wait_until_refined()
    assert load.server.stop() == 0
    total = collections.Counter()
    for tenant in TENANTS:
        bronze = shop.bronze(tenant)
        assert [offset for offset, _ in bronze] == list(range(len(bronze))), "positions have gaps"
        counts = collections.Counter(name for _, name in bronze)
        assert not counts or max(counts.values()) == 1, [name for name, count in counts.items() if count > 1][:5]
        place = {name: offset for offset, name in bronze}
        assert shop.silver(tenant) == sorted(counts), "silver is not bronze"
        mine = [client for client in clients if client.tenant == tenant]
        for client in mine:
            lost = [name for name in client.acknowledged if name not in place]
            assert not lost, f"{len(lost)} acknowledged records are missing: {lost[:5]}"
            moved = [name for name, position in client.acknowledged.items() if place[name] != position]
            assert not moved, f"{len(moved)} records are not where their answers said: {moved[:5]}"
            assert not client.refused & place.keys(), "a refused record was taken"
        known = {name for client in mine for name in client.acknowledged}
        unknown = {name for client in mine for name in client.unknown}
        assert place.keys() <= known | unknown, "records that nobody sent"
        total["acknowledged"] += len(known)
        total["refused"] += sum(len(client.refused) for client in mine)
        total["unanswered"] += len(unknown)
        total["unanswered, and taken"] += len(unknown & place.keys())
        total["sent again"] += sum(client.resent for client in mine)
        total["replayed"] += sum(client.replayed for client in mine)
    assert total["acknowledged"] > 0 and total["refused"] > 0 and total["sent again"] > 0, total
    assert load.kills["at a point"] > 0 and load.kills["at random"] > 0, load.kills
    shop.totals()
    print(f"    kills: {dict(load.kills)}; records: {dict(total)}")


# On a quiet server.

def too_large(server, size):
    """Announces a body, and does not send it: the answer must not wait for it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=WAIT_SECONDS)
    try:
        connection.putrequest("POST", "/v1/ingest/shop")
        connection.putheader("Content-Length", str(size))
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    finally:
        connection.close()


def answers(shop):
    server = Server(shop)

    def code(answer):
        return answer[0], json.loads(answer[1])["error"]["name"]

    order = lines([shop.order("acme", 1)])
    assert code(server.request("POST", "/v1/ingest/shop", order)) == (401, "key_refused")
    assert code(server.push("acme", order, token="ak0.00")) == (401, "key_refused")
    assert code(server.push("acme", order, token=shop.key("acme", "reader"))) == (403, "key_role")
    assert code(server.push("acme", order, application="erp")) == (404, "tenant_unknown")
    assert code(server.push("acme", order, application="..%2fshop")) == (404, "tenant_unknown")
    assert code(server.request("POST", "/v2/ingest/shop", order)) == (404, "route_unknown")
    get = server.request("GET", "/v1/ingest/shop", headers={"Authorization": f"Bearer {shop.keys['acme']}"})
    assert code(get) == (405, "method_unknown") and get[2]["Allow"] == "POST", get
    assert code(server.push("acme", order, kind="text/csv")) == (415, "content_unsupported")
    assert code(server.push("acme", order, Content_Encoding="br")) == (415, "content_unsupported")
    assert code(server.push("acme", b"", kind="application/json")) == (422, "json_syntax")
    assert code(server.push("acme", b"\n \n")) == (400, "request_invalid")
    assert code(server.push("acme", b"[]", kind="application/json")) == (400, "request_invalid")
    for body in (b"{", b"[1,", b"[{}", b"[{} {}]", b"[{}]]", b'{"a":1}{"b":2}', b"nope", b"\xff\xfe", b"<a/>", b'{"a":"\x01"}'):
        assert code(server.push("acme", body, kind="application/json")) == (422, "json_syntax"), body
    for body in (order + b"{", order + b"nope\n" + order, b"{}{}\n"):
        assert code(server.push("acme", body)) == (422, "json_syntax"), body
    assert code(server.push("acme", b"[{},\n")) == (422, "json_not_object")
    assert code(server.push("acme", order, Content_Encoding="gzip")) == (422, "source_compressed")
    assert code(server.push("acme", gzip.compress(order)[:-9], Content_Encoding="gzip")) == (422, "source_compressed")
    assert code(server.push("acme", order, key="k" * 256)) == (400, "request_invalid")
    assert code(too_large(server, 17 << 20)) == (413, "request_too_large")
    bomb = gzip.compress(b'"' + b"x" * (40 << 20) + b'"')
    assert len(bomb) < 1 << 20 and code(server.push("acme", bomb, kind="application/json", Content_Encoding="gzip")) == (413, "request_too_large")
    assert code(server.push("acme", b"1\n" * 60_000)) == (413, "request_too_large")
    assert [server.request("GET", path)[0] for path in ("/healthz", "/readyz", "/metrics")] == [200] * 3
    assert server.metrics()["assay_push_records_total"] == 0
    assert server.stop() == 0


def encodings(shop):
    server = Server(shop, "--commit-age", "0.2")
    number = iter(range(100, 200))
    bodies = [(kind, encoding, form) for kind in ("lines", "array", "one") for encoding in (None, "gzip", "zstd") for form in range(2)]
    sent = 0
    for kind, encoding, form in bodies:
        if encoding == "zstd" and subprocess.run(["which", "zstd"], capture_output=True).returncode:
            continue
        records = [shop.order("brown", next(number)) for _ in range(1 if kind == "one" else 3)]
        if kind == "lines":
            body, content_type = lines(records), NDJSON
            body = body if form else b"\n" + body.rstrip().replace(b"\n", b"\r\n\r\n")
        else:
            document = records[0] if kind == "one" else records
            body, content_type = json.dumps(document, indent=4 if form else None).encode(), "application/json; charset=utf-8"
        headers = {"Content_Encoding": encoding} if encoding else {}
        status, text, _ = server.push("brown", compressed(body, encoding) if encoding else body, content_type, **headers)
        assert status == 202 and json.loads(text)["positions"]["first"] == sent, (kind, encoding, form, text)
        sent += len(records)
    server.wait_until_refined()
    assert len(shop.silver("brown")) == sent == len(shop.bronze("brown"))
    assert server.stop() == 0


def keys_answer_as_before(shop):
    """From the log, from the control database, and after restarts of each kind."""
    server = Server(shop, "--commit-age", "3600")
    body = lines([shop.order("cole", 1), shop.order("cole", 2)])
    first = server.push("cole", body, key="k1")
    assert first[0] == 202 and first[2]["Idempotent-Replayed"] is None
    other = lines([shop.order("cole", 3)])

    def same(server, where):
        again = server.push("cole", body, key="k1")
        assert again[:2] == first[:2] and again[2]["Idempotent-Replayed"] == "true", (where, again)
        zipped = server.push("cole", gzip.compress(body), key="k1", Content_Encoding="gzip")
        assert zipped[:2] == first[:2], (where, zipped)
        reused = server.push("cole", other, key="k1")
        assert reused[0] == 422 and json.loads(reused[1])["error"]["name"] == "idempotency_key_reused", (where, reused)

    same(server, "in the log")
    assert server.kill()
    server = Server(shop, "--commit-age", "3600")
    same(server, "in the log, after a kill")
    assert server.stop() == 0
    server = Server(shop)
    same(server, "in bronze, after a drain")
    assert server.push("acme", body, key="k1")[0] == 202, "another tenant's key is another key"
    server.wait_until_refined()
    same(server, "in bronze")
    assert len(shop.bronze("cole")) == 2 and server.stop() == 0


def at_the_same_time(shop):
    """One key in many requests at once is taken once."""
    server = Server(shop, "--commit-age", "0.1")
    before, found = len(shop.bronze("cole")), []

    def send(body, key):
        found.append(server.push("cole", body, key=key)[:2])

    for turn in range(10):
        body = lines([shop.order("cole", 50_000 + turn)])
        threads = [threading.Thread(target=send, args=(body, f"same-{turn}")) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=WAIT_SECONDS)
    assert len(found) == 80 and len(set(found)) == 10 and {status for status, _ in found} == {202}, collections.Counter(found)
    server.wait_until_refined()
    assert server.stop() == 0 and len(shop.bronze("cole")) == before + 10


def full_backlog(shop):
    server = Server(shop, "--commit-age", "3600", "--backlog", "1")
    before = len(shop.bronze("acme"))
    filler, taken = "x" * 100_000, 0
    for number in range(30):
        status, text, headers = server.push("acme", lines([shop.order("acme", 70_000 + number, filler=filler)]))
        if status == 429:
            break
        assert status == 202, text
        taken += 1
    assert status == 429 and json.loads(text)["error"]["name"] == "backlog_full" and int(headers["Retry-After"]) > 0, text
    assert 5 < taken < 12 and server.metrics()['assay_push_requests_total{status="429"}'] == 1
    assert server.stop() == 0 and len(shop.bronze("acme")) == before + taken
    server = Server(shop, "--backlog", "1")
    assert server.push("acme", lines([shop.order("acme", 79_999)]))[0] == 202, "there is room again"
    assert server.stop() == 0


def drains(shop):
    server = Server(shop, "--commit-age", "3600")
    before = len(shop.silver("brown"))
    for number in range(20):
        assert server.push("brown", lines([shop.order("brown", 80_000 + number)]))[0] == 202
    assert len(shop.silver("brown")) == before
    assert server.stop() == 0
    assert len(shop.silver("brown")) == before + 20


def beside_it(shop):
    """Reads, apply and a watched folder while it is up; writers are refused."""
    watched = os.path.join(shop.folder, "in")
    os.makedirs(watched, exist_ok=True)
    server = Server(shop, "--commit-age", "0.2", "--watch", watched)
    busy = shop.run("ingest", shop.file("acme", "elsewhere", [shop.order("acme", 1)], root="out"), expect=4)
    assert "lease_held" in busy.err, busy.err
    path = shop.file("acme", "watched", [shop.order("acme", 90_000 + number) for number in range(5)])
    before = len(shop.silver("acme"))
    server.wait_for("the watched file", lambda: len(shop.silver("acme")) == before + 5)
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(shop.order("acme", 90_005)) + "\n")
    server.wait_for("what the file grew by", lambda: len(shop.silver("acme")) == before + 6)
    shop.versions["acme"]["v2"] = shop.version("2")
    shop.write()
    shop.run("apply")
    answer = server.push("acme", lines([shop.order("acme", 91_000, version="2")]))
    assert answer[0] == 202
    server.wait_for("the new version", lambda: len(shop.silver("acme")) == before + 7)
    assert {row["tenant"] for row in shop.json("status")} >= {"acme"}
    assert server.stop() == 0


def metrics_add_up(shop):
    server = Server(shop, "--commit-age", "0.1")
    records = [shop.order("brown", 95_000 + number) for number in range(40)]
    records[7]["version"] = "unknown"  # no schema version takes it: quarantine
    body = lines(records)
    assert server.push("brown", body, key="m")[0] == 202 and server.push("brown", body, key="m")[0] == 202
    server.wait_until_refined()
    metrics = server.metrics()
    expected = {"assay_push_records_total": 40, "assay_push_bytes_total": len(body), "assay_push_repeated_total": 1,
                'assay_push_requests_total{status="202"}': 2, 'assay_bronze_records_total{source="push"}': 40,
                "assay_records_in_total": 40, 'assay_records_out_total{result="refined"}': 39,
                'assay_records_out_total{result="quarantined"}': 1, "assay_records_in_flight": 0, "assay_push_backlog_bytes": 0,
                "assay_ready": 1, 'assay_epochs_total{layer="bronze"}': 1, 'assay_epochs_total{layer="gold"}': 1,
                'assay_epoch_seconds_count{layer="gold"}': 1, "assay_lag_seconds_count": 1, "assay_failures_total": 0}
    differing = {name: (metrics.get(name), value) for name, value in expected.items() if metrics.get(name) != value}
    assert not differing, differing
    assert server.stop() == 0


def damaged_log(shop):
    """A flipped byte of an acknowledged record is found, and nothing is taken on top of it."""
    server = Server(shop, "--commit-age", "3600")
    for number in range(3):
        assert server.push("cole", lines([shop.order("cole", 99_000 + number)]))[0] == 202
    assert server.kill()
    folder = os.path.join(shop.folder, ".assay", "push")
    path = os.path.join(folder, sorted(name for name in os.listdir(folder) if name.endswith(".log"))[-1])
    with open(path, "rb") as file:
        whole = file.read()
    with open(path, "r+b") as file:
        file.seek(whole.index(b"cole-099001"))
        file.write(b"X")
    refused = shop.run("up", "--listen", "127.0.0.1:0", expect=7)
    assert "push_log_damaged" in refused.err, refused.err
    with open(path, "r+b") as file:
        file.write(whole)
    before = len(shop.bronze("cole"))
    assert Server(shop).stop() == 0
    after = len(shop.bronze("cole"))
    assert after == before + 3, f"{before} records before, {after} after"


def main():
    shop = Shop("quiet")
    case("what is refused, and how", answers, shop)
    case("bodies of all kinds, plain, gzip and zstd", encodings, shop)
    case("a key answers as it did first, also after restarts", keys_answer_as_before, shop)
    case("a key in many requests at once is taken once", at_the_same_time, shop)
    case("beyond the backlog 429 with Retry-After", full_backlog, shop)
    case("SIGTERM drains to gold", drains, shop)
    case("beside it: reads, apply, a watched folder", beside_it, shop)
    case("metrics add up", metrics_add_up, shop)
    case("a damaged log is found", damaged_log, shop)
    case("the proof of the quiet shop", shop.totals)
    case(f"{KILLS} kills under load of {CLIENTS} clients", under_kills)
    SUITE.finish()


main()
