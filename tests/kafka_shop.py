"""A small shop whose records come by Kafka: what suites of the Kafka source share."""

import collections
import json
import os

from kafka_broker import Broker
from small_shop import SmallShop
from up_server import Server


class KafkaShop(SmallShop):
    """`events` says whose a record is by its header, `orders.TENANT` by the topic's name."""

    def __init__(self, suite, name, tenants, broker, **source):
        self.broker, self.source = broker, source
        super().__init__(suite, name, tenants)
        self.entities["order"]["dedupe"] = "coordinates"  # silver shows every record that bronze has
        self.write()
        self.run("apply")

    def write(self):
        super().write()
        self.put("assay.yaml", {"name": "kafka_shop", "limits": {"record_size_max": "64KiB"}})
        routes = [{"topic": "orders.{tenant}", "application": "shop"},
                  {"topic": "events", "tenant_header": "tenant", "application": "shop"}]
        self.put("sources/events.yaml", {"source": "events", "kind": "kafka", "brokers": [self.broker.address],
                                         "routes": routes, **self.source})

    def order(self, tenant, number, **changed):
        """All of one day: an epoch writes a file a day, table and tenant."""
        return super().order(tenant, number, **{"at": "2024-03-01T08:00:00Z", **changed})

    def message(self, tenant, number, **changed):
        return json.dumps(self.order(tenant, number, **changed)).encode()

    def up(self, *options, **how):
        return Server(self.suite.options.assay, self.folder, *options, log=os.path.join(self.suite.folder, "up.log"), **how)

    def bronze(self, tenant, topic):
        """(generation, partition, offset, number of the order) of all records."""
        rows = self.sql(tenant, 'SELECT source_generation, "partition", "offset", decode(payload) FROM bronze.record '
                                f"WHERE source_id = '{topic}' ORDER BY 1, 2, 3")
        return [(int(row[0]), int(row[1]), int(row[2]), json.loads(row[3])["no"]) for row in rows]

    def silver(self, tenant):
        return [row[0] for row in self.sql(tenant, "SELECT order_no FROM silver.order ORDER BY 1")]

    def quarantine(self, tenant):
        return collections.Counter(int(row[0]) for row in self.sql(tenant, "SELECT code FROM bronze.quarantine"))

    def count(self, tenant):
        return int(self.one(tenant, "SELECT count(*) FROM silver.order"))


class BrokerOf:
    """A broker that is ended with the block."""

    def __init__(self, folder, **settings):
        self.folder, self.settings = folder, settings

    def __enter__(self):
        self.broker = Broker(self.folder, **self.settings)
        return self.broker

    def __exit__(self, *_):
        Server.end_all()
        self.broker.kill()
