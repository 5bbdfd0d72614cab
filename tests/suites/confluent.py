"""Confluent's own Python client against `assay registry serve` on loopback: registering, fetching, compatibility, evolution,
serialisers of Avro and JSON, references, deletes, error numbers, isolation of tenants, and hostile requests."""

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from suite import Suite  # noqa: E402

SUITE = Suite("confluent")
try:
    from confluent_kafka.schema_registry import (
        ConfigCompatibilityLevel, Schema, SchemaReference, SchemaRegistryClient, ServerConfig)
    from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
    from confluent_kafka.schema_registry.error import SchemaRegistryError
    from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
    from confluent_kafka.serialization import MessageField, SerializationContext
except ImportError as missing:
    print(f"  SKIPPED, NOT PASSED: Confluent's client is not there ({missing}); run: ./dev test confluent")
    SUITE.skipped += 1
    SUITE.finish()

WORKSPACE = os.path.join(SUITE.folder, "workspace")


class Server:
    """`assay registry serve` on a free port; ended by SIGTERM."""
    def __init__(self, *options):
        self.log = open(os.path.join(SUITE.folder, "access.log"), "a+", encoding="utf-8")
        self.process = subprocess.Popen(
            [SUITE.options.assay, "-C", WORKSPACE, "--json", "registry", "serve", "--port", "0", *options],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        assert line, "the server did not start: " + self.text_of_log()
        self.url = json.loads(line)["url"]
        self.port = int(self.url.rsplit(":", 1)[1])

    def text_of_log(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8") as file:
            return file.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


def make_key(tenant, role):
    return SUITE.json("-C", WORKSPACE, "key", "create", "--tenant", tenant, "--name", f"{tenant} {role}", "--role", role)


def auth(key):
    return {"Authorization": "Basic " + base64.b64encode(f"{key['id']}:{key['secret']}".encode()).decode()}


def client(key):
    return SchemaRegistryClient({"url": SERVER.url, "basic.auth.user.info": f"{key['id']}:{key['secret']}"})


def request(method, path, body=None, headers=None):
    """A bare request: status, parsed body, headers."""
    connection = http.client.HTTPConnection("127.0.0.1", SERVER.port, timeout=30)
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    connection.request(method, path, body=body, headers=headers or {})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    try:
        return answer.status, json.loads(text), answer.headers
    except ValueError:
        return answer.status, text, answer.headers


def as_admin(method, path, body=None):
    return request(method, path, body, auth(ADMIN))


def raw(data, seconds=20, shut=False):
    """Bytes to the port, and what comes back until the server closes; None where it keeps the connection open."""
    peer = socket.create_connection(("127.0.0.1", SERVER.port), timeout=seconds)
    try:
        peer.sendall(data)
        if shut:
            peer.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := peer.recv(65536):
            answer += chunk
        return answer
    except socket.timeout:
        return None
    except (ConnectionResetError, BrokenPipeError):
        return answer if "answer" in locals() else b""
    finally:
        peer.close()


def refused(code, status, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except SchemaRegistryError as error:
        assert (error.error_code, error.http_status_code) == (code, status), error
        return error
    raise AssertionError(f"{code} was expected")


def avro(*fields, name="Order"):
    return Schema(json.dumps({"type": "record", "name": name, "namespace": "shop", "fields": list(fields)}), "AVRO")


ID = {"name": "id", "type": "long"}
NOTE = {"name": "note", "type": "string", "default": ""}
TOTAL = {"name": "total", "type": "double"}


def level_of(name):
    return ServerConfig(compatibility=ConfigCompatibilityLevel(name))


# What a producer and a consumer do.

def registers_and_fetches():
    registry = client(ADMIN)
    number = registry.register_schema("a-value", avro(ID))
    assert registry.register_schema("a-value", avro(ID)) == number
    assert client(ADMIN).get_schema(number).schema_str == avro(ID).schema_str
    found = client(ADMIN).lookup_schema("a-value", avro(ID))
    assert (found.schema_id, found.version, found.subject) == (number, 1, "a-value")
    assert "a-value" in registry.get_subjects()
    assert registry.get_versions("a-value") == [1]
    latest = client(ADMIN).get_latest_version("a-value")
    assert latest.schema_id == number and latest.schema.schema_type == "AVRO"
    assert client(ADMIN).get_version("a-value", 1).schema_id == number


def one_schema_has_one_id():
    registry = client(ADMIN)
    assert registry.register_schema("b-value", avro(ID)) == registry.register_schema("a-value", avro(ID))
    spaced = Schema(json.dumps(json.loads(avro(ID).schema_str), indent=4), "AVRO")
    assert client(ADMIN).lookup_schema("b-value", spaced).version == 1
    assert as_admin("GET", "/schemas/ids/1/subjects")[1] == ["a-value", "b-value"]


def evolves_within_its_level():
    registry = client(ADMIN)
    registry.register_schema("evolve", avro(ID))
    assert registry.test_compatibility("evolve", avro(ID, NOTE))
    registry.register_schema("evolve", avro(ID, NOTE))
    assert not registry.test_compatibility("evolve", avro(ID, NOTE, TOTAL))
    error = refused(409, 409, registry.register_schema, "evolve", avro(ID, NOTE, TOTAL))
    assert "/fields/2" in str(error) and "total" in str(error), error
    assert client(ADMIN).get_versions("evolve") == [1, 2]


def levels_decide(level, good, bad):
    registry = client(ADMIN)
    subject = "level-" + level
    registry.set_config(subject, level_of(level))
    assert client(ADMIN).get_config(subject).compatibility_level == level
    registry.register_schema(subject, avro(ID, NOTE))
    for schema in good:
        assert registry.test_compatibility(subject, schema), schema
    for schema in bad:
        assert not registry.test_compatibility(subject, schema), schema
        refused(409, 409, registry.register_schema, subject, schema)


def transitive_levels_look_at_all():
    registry = client(ADMIN)
    first, second = avro(ID, {"name": "x", "type": "string"}), avro(ID)
    third = avro(ID, {"name": "x", "type": "int", "default": 0})
    for level, taken in (("BACKWARD", True), ("BACKWARD_TRANSITIVE", False)):
        subject = "transitive-" + level
        registry.set_config(subject, level_of(level))
        registry.register_schema(subject, first)
        registry.register_schema(subject, second)
        if taken:
            registry.register_schema(subject, third)
        else:
            refused(409, 409, registry.register_schema, subject, third)


def settings_have_scopes():
    registry = client(ADMIN)
    assert registry.get_config().compatibility_level == "BACKWARD"
    refused(40408, 404, registry.get_config, "has-none")
    assert as_admin("PUT", "/config/has-none", {"compatibility": "SIDEWARD"})[1]["error_code"] == 42203
    registry.set_config(config=level_of("FULL"))
    assert client(ADMIN).get_config().compatibility_level == "FULL"
    assert as_admin("GET", "/config/has-none?defaultToGlobal=true")[1] == {"compatibilityLevel": "FULL"}
    assert as_admin("DELETE", "/config")[0] == 200
    assert client(ADMIN).get_config().compatibility_level == "BACKWARD"
    status, body, _ = as_admin("PUT", "/config/lenient", {"compatibility": "BACKWARD", "compatibilityPolicy": "LENIENT"})
    assert (status, body) == (200, {"compatibility": "BACKWARD", "compatibilityPolicy": "LENIENT"}), body


def modes_protect():
    assert as_admin("GET", "/mode")[1] == {"mode": "READWRITE"}
    assert as_admin("GET", "/mode/frozen")[1]["error_code"] == 40409
    assert as_admin("PUT", "/mode/frozen", {"mode": "READONLY"})[0] == 200
    refused(42205, 422, client(ADMIN).register_schema, "frozen", avro(ID))
    assert as_admin("PUT", "/mode/frozen", {"mode": "IMPORT"})[0] == 200
    status, body, _ = as_admin("POST", "/subjects/frozen/versions",
                               {"schema": '{"type":"fixed","name":"imported","size":3}', "id": 4711, "version": 7})
    assert (status, body["id"], body["version"]) == (200, 4711, 7), body
    assert as_admin("PUT", "/mode/frozen", {"mode": "SIDEWAYS"})[1]["error_code"] == 42204
    assert as_admin("DELETE", "/mode/frozen")[1] == {"mode": "IMPORT"}


def avro_messages_go_round():
    registry = client(ADMIN)
    context = SerializationContext("orders", MessageField.VALUE)
    data = AvroSerializer(registry, avro(ID, NOTE).schema_str)({"id": 7, "note": "ü"}, context)
    number = client(ADMIN).get_latest_version("orders-value").schema_id
    assert data[0] == 0 and int.from_bytes(data[1:5], "big") == number
    assert AvroDeserializer(client(ADMIN))(data, context) == {"id": 7, "note": "ü"}
    newer = avro(ID, NOTE, {"name": "vip", "type": "boolean", "default": False}).schema_str
    assert AvroDeserializer(client(ADMIN), newer)(data, context) == {"id": 7, "note": "ü", "vip": False}


CUSTOMER = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Customer", "type": "object",
            "properties": {"id": {"type": "integer"}, "home": {"type": "string"}}, "required": ["id"],
            "additionalProperties": False}


def json_messages_go_round():
    context = SerializationContext("customers", MessageField.VALUE)
    data = JSONSerializer(json.dumps(CUSTOMER), client(ADMIN))({"id": 5, "home": "GB"}, context)
    assert data[0] == 0
    assert JSONDeserializer(json.dumps(CUSTOMER))(data, context) == {"id": 5, "home": "GB"}
    assert JSONDeserializer(None, schema_registry_client=client(ADMIN))(data, context) == {"id": 5, "home": "GB"}
    assert client(ADMIN).get_latest_version("customers-value").schema.schema_type == "JSON"


def json_schemas_are_compared():
    registry = client(ADMIN)
    closed = dict(CUSTOMER)
    registry.register_schema("json", Schema(json.dumps(closed), "JSON"))
    more = {**closed, "properties": {**closed["properties"], "mail": {"type": "string"}}}
    registry.register_schema("json", Schema(json.dumps(more), "JSON"))
    error = refused(409, 409, registry.register_schema, "json", Schema(json.dumps(closed | {"required": ["id", "home"]}), "JSON"))
    assert "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL" in str(error) and "/properties/mail" in str(error), error
    refused(409, 409, registry.register_schema, "json", avro(ID))


def avro_references_resolve():
    registry = client(ADMIN)
    registry.register_schema("address", avro({"name": "city", "type": "string"}, name="Address"))
    reference = SchemaReference("shop.Address", "address", 1)
    order = Schema(avro(ID, {"name": "to", "type": "shop.Address"}).schema_str, "AVRO", [reference])
    registry.register_schema("refers-value", order)
    stored = client(ADMIN).get_latest_version("refers-value").schema
    assert [(one.name, one.subject, one.version) for one in stored.references] == [("shop.Address", "address", 1)]
    context = SerializationContext("refers", MessageField.VALUE)
    data = AvroSerializer(client(ADMIN), order)({"id": 1, "to": {"city": "Ulm"}}, context)
    assert AvroDeserializer(client(ADMIN))(data, context) == {"id": 1, "to": {"city": "Ulm"}}
    assert len(as_admin("GET", "/subjects/address/versions/1/referencedby")[1]) == 1
    refused(42206, 422, registry.delete_version, "address", 1)
    refused(42201, 422, registry.register_schema, "dangling",
            Schema(order.schema_str, "AVRO", [SchemaReference("shop.Address", "address", 9)]))


def json_references_resolve():
    registry = client(ADMIN)
    registry.register_schema("name.json", Schema('{"type":"string","maxLength":9}', "JSON"))
    person = {"$id": "http://example.com/person.json", "title": "Person", "type": "object",
              "properties": {"name": {"$ref": "http://example.com/name.json"}}}
    schema = Schema(json.dumps(person), "JSON", [SchemaReference("http://example.com/name.json", "name.json", 1)])
    registry.register_schema("person-value", schema)
    context = SerializationContext("person", MessageField.VALUE)
    data = JSONSerializer(schema, client(ADMIN))({"name": "Ann"}, context)
    assert JSONDeserializer(None, schema_registry_client=client(ADMIN))(data, context) == {"name": "Ann"}
    refused(42201, 422, registry.register_schema, "nowhere", Schema('{"$ref":"http://example.com/none.json"}', "JSON"))


def deletes_softly_first():
    registry = client(ADMIN)
    for schema in (avro(ID), avro(ID, NOTE)):
        registry.register_schema("gone", schema)
    refused(40407, 404, registry.delete_version, "gone", 1, permanent=True)
    assert registry.delete_version("gone", 1) == 1
    refused(40406, 404, registry.delete_version, "gone", 1)
    assert as_admin("GET", "/subjects/gone/versions")[1] == [2]
    assert as_admin("GET", "/subjects/gone/versions?deleted=true")[1] == [1, 2]
    assert as_admin("GET", "/subjects/gone/versions/1")[1]["error_code"] == 40402
    assert as_admin("GET", "/subjects/gone/versions/1?deleted=true")[0] == 200
    refused(40405, 404, registry.delete_subject, "gone", permanent=True)
    assert registry.delete_subject("gone") == [2]
    refused(40404, 404, registry.delete_subject, "gone")
    assert "gone" not in registry.get_subjects() and "gone" in registry.get_subjects(deleted=True)
    assert sorted(registry.delete_subject("gone", permanent=True)) == [1, 2]
    refused(40401, 404, registry.delete_subject, "gone")


def errors_have_their_numbers():
    registry = client(ADMIN)
    refused(40401, 404, registry.get_versions, "none")
    refused(40401, 404, registry.get_latest_version, "none")
    refused(40401, 404, registry.lookup_schema, "none", avro(ID))
    refused(40402, 404, client(ADMIN).get_version, "a-value", 99)
    refused(40403, 404, registry.get_schema, 999999)
    refused(40403, 404, registry.lookup_schema, "a-value", avro(TOTAL))
    refused(42201, 422, registry.register_schema, "bad", Schema('{"type":"recrd"}', "AVRO"))
    refused(42201, 422, registry.register_schema, "bad", Schema('{"type":5}', "JSON"))
    refused(42201, 422, registry.register_schema, "bad", Schema('syntax = "proto3";', "PROTOBUF"))
    for version in ("0", "-5", "first", "99999999999"):
        assert as_admin("GET", f"/subjects/a-value/versions/{version}")[1]["error_code"] == 42202
    assert as_admin("GET", "/schemas/types")[1] == ["JSON", "AVRO"]
    status, body, headers = as_admin("GET", "/none")
    assert (status, body["error_code"]) == (404, 404)
    assert headers["Content-Type"] == "application/vnd.schemaregistry.v1+json"
    assert as_admin("PATCH", "/subjects/a-value")[0] == 405


def names_may_hold_anything():
    registry = client(ADMIN)
    for subject in ("o/j value", "a%2Fb", "ünïcode", "x?y&z=1", "..", "a+b"):
        if subject == "..":
            assert as_admin("POST", "/subjects/../versions", {"schema": '"int"'})[0] == 400
            continue
        registry.register_schema(subject, avro(ID))
        assert subject in client(ADMIN).get_subjects(), subject
        assert client(ADMIN).get_latest_version(subject).subject == subject


def contexts_are_apart():
    assert as_admin("POST", "/subjects/:.shop:orders/versions", {"schema": '"string"'})[1]["id"] == 1
    assert as_admin("POST", "/contexts/.shop/subjects/more/versions", {"schema": '"bytes"'})[1]["id"] == 2
    assert as_admin("GET", "/contexts")[1] == [".", ".shop"]
    assert as_admin("GET", "/contexts/.shop/subjects")[1] == [":.shop:more", ":.shop:orders"]
    assert ":.shop:orders" not in as_admin("GET", "/subjects")[1]
    assert as_admin("GET", "/contexts/.shop/schemas/ids/1")[1]["schema"] == '"string"'
    assert as_admin("GET", "/schemas/ids/1?subject=:.shop:orders")[1]["schema"] == '"string"'
    assert as_admin("GET", "/schemas/ids/1")[1]["schema"] == avro(ID).schema_str


# Who may see what.

PATHS = [("GET", "/"), ("GET", "/subjects"), ("GET", "/subjects/a-value/versions"), ("GET", "/subjects/a-value/versions/1"),
         ("GET", "/subjects/a-value/versions/1/schema"), ("GET", "/subjects/a-value/versions/1/referencedby"),
         ("POST", "/subjects/a-value"), ("POST", "/subjects/a-value/versions"), ("DELETE", "/subjects/a-value"),
         ("DELETE", "/subjects/a-value/versions/1"), ("GET", "/schemas"), ("GET", "/schemas/ids/1"),
         ("GET", "/schemas/ids/1/schema"), ("GET", "/schemas/ids/1/subjects"), ("GET", "/schemas/ids/1/versions"),
         ("GET", "/schemas/types"), ("POST", "/compatibility/subjects/a-value/versions"),
         ("POST", "/compatibility/subjects/a-value/versions/1"), ("GET", "/config"), ("PUT", "/config"), ("DELETE", "/config"),
         ("GET", "/config/a-value"), ("PUT", "/config/a-value"), ("DELETE", "/config/a-value"), ("GET", "/mode"),
         ("PUT", "/mode"), ("DELETE", "/mode"), ("GET", "/mode/a-value"), ("PUT", "/mode/a-value"), ("DELETE", "/mode/a-value"),
         ("GET", "/contexts"), ("GET", "/contexts/.shop/subjects"), ("GET", "/none")]


def nothing_without_a_key(method, path):
    revoked = make_key("acme", "admin")
    SUITE.run("-C", WORKSPACE, "key", "revoke", revoked["id"])
    wrong = [{}, auth({"id": ADMIN["id"], "secret": "0" * 64}), auth({"id": "ak0", "secret": ADMIN["secret"]}),
             {"Authorization": "Basic !!!"}, {"Authorization": "Bearer " + ADMIN["secret"]}, auth(revoked),
             {"Authorization": "Basic " + base64.b64encode(b":").decode()}]
    answers = [request(method, path, {} if method in ("POST", "PUT") else None, headers) for headers in wrong]
    for status, body, headers in answers:
        assert (status, body) == (401, answers[0][1]), (status, body)
        assert headers["WWW-Authenticate"].startswith("Basic")


def another_tenant_sees_nothing():
    other = auth(OTHER)
    assert request("GET", "/subjects", None, other)[1] == []
    assert request("GET", "/contexts", None, other)[1] == ["."]
    for path, code in (("/subjects/a-value/versions", 40401), ("/subjects/a-value/versions/1", 40401), ("/schemas/ids/1", 40403),
                       ("/schemas/ids/1/subjects", 40403), ("/config/level-FULL", 40408), ("/contexts/.shop/schemas/ids/1", 40403),
                       ("/subjects/:.shop:orders/versions", 40401)):
        status, body, _ = request("GET", path, None, other)
        absent = request("GET", path.replace("a-value", "never-was"), None, other)
        assert (status, body["error_code"]) == (404, code) and absent[1]["error_code"] == code, (path, body)
    assert request("DELETE", "/subjects/a-value", None, other)[1]["error_code"] == 40401
    assert request("GET", "/schemas", None, other)[1] == []
    assert request("POST", "/subjects/a-value/versions", {"schema": '"boolean"'}, other)[1]["id"] == 1
    assert client(ADMIN).get_latest_version("a-value").schema.schema_str == avro(ID).schema_str


def roles_are_kept():
    reader, writer = auth(make_key("acme", "reader")), auth(make_key("acme", "writer"))
    assert request("GET", "/subjects", None, reader)[0] == 200
    assert request("POST", "/subjects/r/versions", {"schema": '"int"'}, reader)[1]["error_code"] == 40301
    assert request("POST", "/subjects/r/versions", {"schema": '"int"'}, writer)[0] == 200
    for method, path, body in (("DELETE", "/subjects/r", None), ("PUT", "/config", {"compatibility": "NONE"}),
                               ("PUT", "/mode", {"mode": "READONLY"})):
        assert request(method, path, body, writer)[1]["error_code"] == 40301
    bearer = make_key("acme", "reader")
    assert request("GET", "/subjects", None, {"Authorization": f"Bearer {bearer['id']}.{bearer['secret']}"})[0] == 200


# What nobody should send.

def head(method="POST", path="/subjects/h/versions", **headers):
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in {**auth(ADMIN), "Host": "x", **headers}.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode()


def huge_bodies_are_refused():
    answer = raw(head(Content_Length=1 << 40))
    assert answer.startswith(b"HTTP/1.1 413"), answer[:200]
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    answer = raw(head(Transfer_Encoding="chunked") + chunk * 7)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 413"), answer[:200]


def huge_headers_are_refused():
    answer = raw(head(X="y" * 40_000))
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431"), answer[:200]


def slow_headers_end():
    peer = socket.create_connection(("127.0.0.1", SERVER.port), timeout=30)
    began = time.monotonic()
    try:
        peer.sendall(b"GET /subjects HTTP/1.1\r\n")
        while time.monotonic() - began < 30:
            peer.sendall(b"X: y\r\n")
            peer.settimeout(1)
            try:
                if peer.recv(1000) == b"":
                    break
            except socket.timeout:
                pass
    except (BrokenPipeError, ConnectionResetError):
        pass
    seconds = time.monotonic() - began
    peer.close()
    assert 5 < seconds < 20, f"a slow header lived {seconds:.0f} s"
    assert as_admin("GET", "/")[0] == 200


def ambiguous_lengths_are_refused():
    for extra in ({"Content_Length": "5", "Transfer_Encoding": "chunked"}, {"Content_Length": "-1"}, {"Content_Length": "5, 6"},
                  {"Content_Length": "0x5"}, {"Transfer_Encoding": "chunked, gzip"}):
        answer = raw(head(**extra) + b"0\r\n\r\nGET /subjects HTTP/1.1\r\n\r\n", seconds=15, shut=True)
        assert answer is not None and b"HTTP/1.1 200" not in answer, (extra, answer[:200])
    doubled = head().replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n")
    assert b"HTTP/1.1 200" not in raw(doubled + b"abcd", shut=True)


def bytes_that_are_no_http_are_refused():
    for data in (b"\x00" * 100, b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 2000):
        answer = raw(data, shut=True)
        assert answer is not None and b"HTTP/1.1 200" not in answer, answer[:100]


def bad_bodies_are_refused():
    cases = [(b"{", 400), (b"[]", 400), (b"\xff\xfe", 400), (b"null", 400), (b'{"schema":5}', 400), (b'{"schema":""}', 422),
             (b"{}", 422), (b'{"schema":"\\"int\\"","references":5}', 400), (b'{"schema":"\\"int\\"","references":[{}]}', 400),
             (b'{"schema":"\\"int\\"","schema":"\\"int\\""}', 400), (b"[" * 100_000, 400),
             (b'{"schema":"\\"int\\"","id":"one"}', 400), (json.dumps({"schema": "[" * 200_000}).encode(), 422)]
    for body, expected in cases:
        status, answer, _ = request("POST", "/subjects/bad/versions", body, auth(ADMIN))
        assert status == expected and "error_code" in answer, (body[:60], status, answer)


def paths_do_not_climb():
    for path in ("/../etc/passwd", "/subjects/../../control.db", "/subjects/%2e%2e/versions", "/%2e%2e%2f", "/subjects/%00/versions",
                 "/subjects/%zz", "/subjects/%c0%ae/versions", "//subjects", "/subjects/a\x7f/versions", "/contexts/../subjects",
                 "/contexts/.a%2f../subjects"):
        answer = raw(head("GET", path, Connection="close"))
        status = int(answer.split()[1]) if answer else 0
        assert status in (400, 404, 422), (path, answer[:200])
    for target in ("http://127.0.0.1/subjects", "*", "subjects"):
        assert b"HTTP/1.1 200" not in raw(head("GET", target, Connection="close")), target


def catastrophic_schemas_end():
    began = time.monotonic()
    patterns = {"properties": {f"p{i}": {"pattern": "(a+)+" * 50 + "$"} for i in range(100)}}
    deep = '{"items":' * 250 + "{}" + "}" * 250
    chain = {"definitions": {f"d{i}": {"anyOf": [{"$ref": f"#/definitions/d{i + 1}"}] * 8} for i in range(60)}}
    chain["definitions"]["d60"], chain["$ref"] = {}, "#/definitions/d0"
    for text in (json.dumps(patterns), deep, json.dumps(chain)):
        for _ in range(2):
            status, body, _ = as_admin("POST", "/subjects/costly/versions", {"schema": text, "schemaType": "JSON"})
            assert status in (200, 409, 422), body
    union = ["null"] + [{"type": "record", "name": f"R{i}", "fields": []} for i in range(5000)]
    assert as_admin("POST", "/subjects/wide/versions", {"schema": json.dumps(union)})[0] == 200
    assert as_admin("POST", "/compatibility/subjects/wide/versions/latest", {"schema": json.dumps(union)})[0] == 200
    assert time.monotonic() - began < 60


def many_clients_at_once():
    import threading
    results = []

    def work(number):
        own = client(WRITER)
        results.append([own.register_schema(f"many-{n % 4}", avro(ID)) for n in range(8)])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8 and len({number for row in results for number in row}) == 1, results
    assert client(ADMIN).get_versions("many-0") == [1]


def connections_are_counted():
    idle = [socket.create_connection(("127.0.0.1", SERVER.port), timeout=10) for _ in range(80)]
    closed = 0
    for peer in idle:
        peer.settimeout(0.2)
        try:
            closed += peer.recv(1) == b""
        except socket.timeout:
            pass
        except ConnectionResetError:
            closed += 1
    assert closed >= 16, f"{closed} of 80 were closed, 64 may be open"
    for peer in idle:
        peer.close()
    time.sleep(0.5)
    assert as_admin("GET", "/")[0] == 200


# What is left behind.

def log_has_no_secrets():
    text = SERVER.text_of_log()
    assert ADMIN["secret"] not in text and "Basic" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert any(line["tenant"] == "acme" and line["key"] == ADMIN["id"] and line["status"] == 200 for line in lines)
    assert any(line["status"] == 401 and line["tenant"] == "" for line in lines)


def command_line_sees_the_same():
    listed = SUITE.json("-C", WORKSPACE, "registry", "list", "--tenant", "acme")["subjects"]
    assert {line["subject"] for line in listed} == set(client(ADMIN).get_subjects(subject_prefix=":*:"))
    shown = SUITE.json("-C", WORKSPACE, "registry", "show", "--tenant", "acme", "evolve")
    assert shown["version"] == 2 and shown["owner"] == "acme admin"
    differs = SUITE.json("-C", WORKSPACE, "registry", "diff", "--tenant", "acme", "evolve", "1", "2")
    assert differs["backward"] == [] and differs["forward"] == [] and differs["patch"][0]["op"] == "add"
    path = os.path.join(SUITE.folder, "new.avsc")
    with open(path, "w", encoding="utf-8") as file:
        file.write(avro(ID, NOTE, TOTAL).schema_str)
    found = SUITE.run("-C", WORKSPACE, "registry", "check", "--tenant", "acme", "evolve", path, expect=4)
    assert "/fields/2" in found.err and "READER_FIELD_MISSING_DEFAULT_VALUE" in found.err
    what = {event["what"] for event in SUITE.json("-C", WORKSPACE, "registry", "history", "--tenant", "acme")}
    assert {"registered", "purged"} <= what
    keys = SUITE.run("-C", WORKSPACE, "key", "list").out
    assert ADMIN["id"] in keys and ADMIN["secret"] not in keys and "revoked" in keys


def works_beside_the_engine():
    SUITE.run("-C", WORKSPACE, "apply")
    client(WRITER).register_schema("beside", avro(ID))
    SUITE.run("-C", WORKSPACE, "run")
    client(WRITER).register_schema("beside", avro(ID, NOTE))
    report = SUITE.json("-C", WORKSPACE, "verify")
    assert report["ok"], report["problems"]


def survives_a_restart_and_stops_cleanly():
    global SERVER
    before = client(ADMIN).get_subjects()
    peer = socket.create_connection(("127.0.0.1", SERVER.port))
    began = time.monotonic()
    assert SERVER.stop() == 0
    assert time.monotonic() - began < 5, "an idle connection held the server up"
    peer.close()
    SERVER = Server("--connections", "64")
    assert client(ADMIN).get_subjects() == before


SUITE.run("init", WORKSPACE)
ADMIN, WRITER, OTHER = make_key("acme", "admin"), make_key("acme", "writer"), make_key("rival", "admin")
SERVER = Server("--connections", "64")
try:
    for body in (registers_and_fetches, one_schema_has_one_id, evolves_within_its_level):
        SUITE.case(body.__name__, body)
    less, more, required = avro(ID), avro(ID, NOTE, {"name": "v", "type": "int", "default": 0}), avro(ID, NOTE, TOTAL)
    gone = avro(NOTE)
    for level, good, bad in (("BACKWARD", [less, more, gone], [required]), ("FORWARD", [less, more, required], [gone]),
                             ("FULL", [less, more], [required, gone]), ("NONE", [less, required, gone], [])):
        SUITE.case(f"levels_decide {level}", levels_decide, level, good, bad)
    for body in (transitive_levels_look_at_all, settings_have_scopes, modes_protect, avro_messages_go_round, json_messages_go_round,
                 json_schemas_are_compared, avro_references_resolve, json_references_resolve, deletes_softly_first,
                 errors_have_their_numbers, names_may_hold_anything, contexts_are_apart, another_tenant_sees_nothing, roles_are_kept):
        SUITE.case(body.__name__, body)
    for method, path in PATHS:
        SUITE.case(f"nothing_without_a_key {method} {path}", nothing_without_a_key, method, path)
    for body in (huge_bodies_are_refused, huge_headers_are_refused, slow_headers_end, ambiguous_lengths_are_refused,
                 bytes_that_are_no_http_are_refused, bad_bodies_are_refused, paths_do_not_climb, catastrophic_schemas_end,
                 many_clients_at_once, connections_are_counted, log_has_no_secrets, command_line_sees_the_same,
                 works_beside_the_engine, survives_a_restart_and_stops_cleanly):
        SUITE.case(body.__name__, body)
finally:
    if SERVER.process.poll() is None:
        SERVER.stop()
SUITE.finish()
