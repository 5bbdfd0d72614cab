"""One Kafka broker of its own on loopback, for suites and benches: KRaft, one process, a small heap.

`./dev` puts the broker's jars into .deps/kafka/libs when a suite first needs them. Its data lives in the folder that the
caller gives, and survives `stop` and `kill`, so that `start` goes on with it.
"""

import glob
import os
import shutil
import signal
import socket
import subprocess
import time

from suite import ROOT, Skip

LIBS = os.path.join(ROOT, ".deps", "kafka", "libs")
START_SECONDS = 120
CLUSTER = "MkU3OEVBNTcwNTJENDM2Qg"
HEAP = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    def __init__(self, folder, users=None, **settings):
        """`settings`: of server.properties, with _ for each dot. `users`: names and passwords for a second address,
        `secure_address`, which takes SASL over TLS alone; its certificate is `ca_file`."""
        if not glob.glob(os.path.join(LIBS, "kafka_2.13-*.jar")) or not shutil.which("java"):
            raise Skip("there is no Kafka broker here; ./dev test kafka fetches one")
        self.folder = folder
        os.makedirs(folder)
        self.port, controller = free_port(), free_port()
        self.address = f"127.0.0.1:{self.port}"
        properties = {
            "process.roles": "broker,controller", "node.id": 1, "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.address}", "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT", "log.dirs": os.path.join(folder, "data"),
            "num.partitions": 2, "auto.create.topics.enable": "false", "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4, "transaction.state.log.replication.factor": 1, "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 4, "group.initial.rebalance.delay.ms": 0,
            **{name.replace("_", "."): value for name, value in settings.items()}}
        if users:
            self.add_secure_address(properties, users)
        self.properties = os.path.join(folder, "server.properties")
        with open(self.properties, "w", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in properties.items())
        logging = os.path.join(folder, "log4j2.properties")
        with open(logging, "w", encoding="utf-8") as file:
            file.write("rootLogger.level=info\nrootLogger.appenderRef.out.ref=out\nappender.out.type=Console\nappender.out.name=out\n"
                       "appender.out.layout.type=PatternLayout\nappender.out.layout.pattern=%d %p %c %m%n\n")
        self.java = ["java", *HEAP, f"-Dlog4j2.configurationFile={logging}", "-cp", os.path.join(LIBS, "*")]
        self.process = self.client = None
        self.log_path = os.path.join(folder, "broker.log")
        subprocess.run([*self.java, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self.properties],
                       capture_output=True, check=True, timeout=START_SECONDS)
        self.start()

    def add_secure_address(self, properties, users):
        self.secure_address, self.ca_file = f"127.0.0.1:{free_port()}", os.path.join(self.folder, "certificate.pem")
        key, both = os.path.join(self.folder, "key.pem"), os.path.join(self.folder, "keystore.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=suite", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.ca_file], capture_output=True, check=True)
        with open(both, "w", encoding="utf-8") as file:
            for part in (key, self.ca_file):
                with open(part, encoding="utf-8") as from_file:
                    file.write(from_file.read())
        for name in ("listeners", "advertised.listeners"):
            properties[name] += f",SECURE://{self.secure_address}"
        properties["listener.security.protocol.map"] += ",SECURE:SASL_SSL"
        logins = " ".join(f'user_{name}="{password}"' for name, password in users.items())
        properties.update({
            "inter.broker.listener.name": "PLAINTEXT", "sasl.enabled.mechanisms": "PLAIN", "ssl.keystore.type": "PEM",
            "ssl.keystore.location": both, "listener.name.secure.plain.sasl.jaas.config":
                f"org.apache.kafka.common.security.plain.PlainLoginModule required {logins};"})

    def start(self):
        begin = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*self.java, "kafka.Kafka", self.properties], stdout=log, stderr=log)
        end = time.monotonic() + START_SECONDS
        while True:
            with open(self.log_path, "rb") as log:
                log.seek(begin)
                if b"Kafka Server started" in log.read():
                    return
            assert self.process.poll() is None, f"the broker ended by itself: {open(self.log_path, encoding='utf-8').read()[-2000:]}"
            assert time.monotonic() < end, "the broker did not start"
            time.sleep(0.1)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=60)

    # What follows needs confluent_kafka.

    def admin(self):
        from confluent_kafka.admin import AdminClient
        if self.client is None:  # answers come only while it lives
            self.client = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        return self.client

    def create_topic(self, name, partitions=2, **config):
        from confluent_kafka.admin import NewTopic
        settings = {key.replace("_", "."): str(value) for key, value in config.items()}
        self.admin().create_topics([NewTopic(name, partitions, 1, config=settings)])[name].result(timeout=60)

    def delete_topic(self, name):
        self.admin().delete_topics([name])[name].result(timeout=60)
        end = time.monotonic() + 60
        while name in self.admin().list_topics(timeout=30).topics:
            assert time.monotonic() < end, "the topic was not deleted"
            time.sleep(0.1)

    def delete_records(self, topic, partition, before):
        """What retention does, at once."""
        from confluent_kafka import TopicPartition
        futures = self.admin().delete_records([TopicPartition(topic, partition, before)])
        for future in futures.values():
            future.result(timeout=60)

    def producer(self, **settings):
        from confluent_kafka import Producer
        return Producer({"bootstrap.servers": self.address, "enable.idempotence": True, "linger.ms": 5, "log_level": 0,
                         **{name.replace("_", "."): value for name, value in settings.items()}})
