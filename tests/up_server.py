"""`assay up` as a process of its own, for suites and benches that look at it from outside."""

import http.client
import json
import os
import re
import signal
import subprocess
import time

WAIT_SECONDS = 180  # for what comes within seconds; a bound, not an expectation


class Server:
    running = []
    wait_seconds = WAIT_SECONDS

    def __init__(self, assay, folder, *options, log, environment=None, ready=True):
        """`ready`: it must come up; else `port` is None where it ended before."""
        self.log = open(log, "a+", encoding="utf-8")
        self.log_begin = self.log.seek(0, os.SEEK_END)
        self.process = subprocess.Popen(
            [assay, "-C", folder, "--json", "up", "--listen", "127.0.0.1:0", *options],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env={**os.environ, **(environment or {})})
        self.running.append(self)
        line = self.process.stdout.readline()
        if not line and ready:
            self.process.wait(timeout=self.wait_seconds)
            raise AssertionError(f"no server, exit {self.process.returncode}: {self.said()[-2000:]}")
        self.port = int(json.loads(line)["url"].rsplit(":", 1)[1]) if line else None

    def said(self):
        with open(self.log.name, encoding="utf-8") as file:
            file.seek(self.log_begin)
            return file.read()

    def events(self, name):
        lines = [json.loads(line) for line in self.said().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    def request(self, method, path, body=None, headers=None, timeout=None):
        """Status, text, headers. OSError or HTTPException where no whole answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout or self.wait_seconds)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        finally:
            connection.close()

    def metrics(self):
        found = re.findall(r"^([a-z_]+(?:\{[^}]*\})?) (\S+)$", self.request("GET", "/metrics")[1], re.MULTILINE)
        return {name: float(value) for name, value in found}

    def lag(self):
        return sum(value for name, value in self.metrics().items() if name.startswith("assay_source_lag_records"))

    def alarm(self, error, source="events"):
        return self.metrics().get(f'assay_source_alarm{{source="{source}",error="{error}"}}', 0)

    def wait_for(self, what, condition, seconds=None):
        end = time.monotonic() + (seconds or self.wait_seconds)
        while not condition():
            assert self.process.poll() is None, f"the server ended by itself: {self.said()[-2000:]}"
            assert time.monotonic() < end, f"in vain waited for {what}: {self.said()[-2000:]}"
            time.sleep(0.1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=self.wait_seconds)

    def kill(self):
        """True if it died of our signal, or of that of a kill point."""
        self.process.send_signal(signal.SIGKILL)
        return self.process.wait(timeout=self.wait_seconds) == -signal.SIGKILL

    @classmethod
    def end_all(cls):
        for server in cls.running:
            if server.process.poll() is None:
                server.kill()
        cls.running.clear()
