"""What goes wrong around a workspace, one situation a case: a clear error and a hint, an exit code that is not 0, and
nothing half done: afterwards `assay verify` passes and trying again works.
"""

import contextlib
import fcntl
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from suite import Skip, Suite  # noqa: E402

TENANT = "acme"
SPARES = [0, 16 << 10, 48 << 10, 80 << 10, 112 << 10, 256 << 10, 512 << 10, 1 << 20]  # room that a full disk still has
SPARES_CI = [0, 48 << 10, 256 << 10]
NOBODY = 65534

# Ten mistakes: (file, what stands there, what to write instead, the text that its message must point at, its code).
MISTAKES = [
    ("assay.yaml", "description: One", "descriptoin: One", "descriptoin", "yaml_unknown_key"),
    ("assay.yaml", "# limits:", "limits: {depth_max: many} #", "many", "yaml_bad_value"),
    ("entities/all.yaml", "key: [customer_id]", "key: [customer]", "customer]", "reference_unknown"),
    ("entities/all.yaml", "quantity: {type: int64}", "quantity: {type: integer}", "integer", "yaml_bad_value"),
    ("entities/all.yaml", "order_no: {type: string}", "tenant_id: {type: string}\n  order_no: {type: string}",
     "tenant_id", "yaml_bad_value"),
    ("tenants/acme/shop/v1.yaml", "$.orderedAt", "$orderedAt", "$orderedAt", "path_invalid"),
    ("tenants/acme/shop/v1.yaml", 'article: "@.article"', 'artikel: "@.article"', "artikel", "reference_unknown"),
    ("sources/files.yaml", "kind: file", "kind: [file]", "[file]", "yaml_wrong_type"),
    ("metrics/sales.yaml", "numerator: revenue", "numerator: revenu", "revenu", "reference_unknown"),
    ("metrics/sales.yaml", "metric: average_order_value", "metric: revenue", "revenue\n    type: ratio", "name_duplicate"),
]

COMMANDS = {
    "plan": ["plan"], "apply": ["apply"], "ingest": ["ingest", "orders.json"], "run": ["run"], "status": ["status"],
    "manifest": ["manifest", "list"], "sql": ["sql", "SELECT 1", "--tenant", TENANT],
    "ask": ["ask", "revenue", "--tenant", TENANT], "verify": ["verify"],
}


class Workspaces:
    def __init__(self, suite):
        self.suite = suite
        os.chmod(suite.folder, 0o755)  # other users take part

    # Making and reading.

    def make(self, name, applied=True, folder=None):
        folder = os.path.join(folder or self.suite.folder, name)
        self.suite.run("init", folder)
        if applied:
            self.suite.run("-C", folder, "apply")
        return folder

    def orders(self, folder, name, count, noise=0):
        """NDJSON where the workspace's route finds it; `noise` random bytes a record do not compress."""
        path = os.path.join(folder, "data", TENANT, "shop", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            for index in range(count):
                order = {"orderNo": f"{name}-{index}", "orderedAt": "2026-01-31T10:00:00Z", "currency": "eur",
                         "customer": {"id": f"C-{index % 7}", "name": "Ada"},
                         "lines": [{"article": "pen", "quantity": index + 1, "priceCents": 250}],
                         "note": self.suite.random.randbytes(noise).hex()}
                file.write(json.dumps(order) + "\n")
        return path

    def order_count(self, folder):
        rows = self.suite.json("-C", folder, "sql", "SELECT count(*) FROM silver.order_line", "--tenant", TENANT)["rows"]
        return int(rows[0][0])

    def verify(self, folder):
        proof = self.suite.json("-C", folder, "verify")
        assert proof["ok"] is True and proof["problems"] == [], proof

    def fails(self, folder, *arguments, code=None, hint=True, **options):
        """The command fails with a message that names the error, and a hint; gives the error's JSON."""
        result = self.suite.run("--json", "-C", folder, *arguments, expect="error", **options)
        assert not result.out.strip(), f"an error, and yet output: {result.out[:500]}"
        error = json.loads(result.err)["error"]
        assert error["message"] and error["code"] != 9001, error
        assert error["hint"] or not hint, f"no hint: {error}"
        assert code is None or error["name"] in code, f"{error['name']} is not {code}: {error}"
        text = self.suite.run("-C", folder, *arguments, expect="error", **options).err
        assert f"error A{error['code']} {error['name']}" in text, text
        return error

    # Ten mistakes.

    def ten_mistakes(self):
        folder = self.make("mistakes", applied=False)
        originals = {}
        for path, old, new, _, _ in MISTAKES:
            with open(os.path.join(folder, path), encoding="utf-8") as file:
                originals.setdefault(path, file.read())
            self.replace(os.path.join(folder, path), old, new)
        for command in ("plan", "apply"):
            result = self.suite.run("--json", "-C", folder, command, expect=2)
            error = json.loads(result.err)["error"]
            assert error["name"] == "workspace_invalid" and error["hint"], error
            self.check_problems(folder, error["problems"])
            lines = self.suite.run("-C", folder, command, expect=2).err.splitlines()
            located = [line for line in lines if re.match(r"[\w/.]+:\d+:\d+: error A\d+ \w+: .+ \(expected .+\)$", line)]
            assert len(located) == len(error["problems"]), "\n".join(lines)
        assert not os.path.exists(os.path.join(folder, ".assay")), "a refused apply left something"
        for path, text in originals.items():
            with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
                file.write(text)
        self.suite.run("-C", folder, "apply")

    def check_problems(self, folder, problems):
        left = list(problems)
        for path, _, _, target, name in MISTAKES:
            found = [problem for problem in left
                     if (problem["file"], problem["name"]) == (path, name) and self.points_at(folder, problem, target)]
            assert found, f"no {name} at \"{target}\" of {path}; left: {json.dumps(left, indent=1)}"
            assert found[0]["message"] and found[0]["expected"], found[0]
            left.remove(found[0])
        assert not left, f"problems that nobody made: {left}"

    @staticmethod
    def points_at(folder, problem, target):
        with open(os.path.join(folder, problem["file"]), encoding="utf-8") as file:
            lines = file.read().splitlines(keepends=True)
        rest = lines[problem["line"] - 1][problem["column"] - 1:] + "".join(lines[problem["line"]:])
        return rest.startswith(target)

    @staticmethod
    def replace(path, old, new):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert text.count(old) >= 1, f"{old} is not in {path}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new, 1))

    # No workspace, and none applied.

    def no_workspace(self, command):
        folder = os.path.join(self.suite.folder, f"empty-{command}")
        os.makedirs(folder)
        with open(os.path.join(folder, "orders.json"), "w", encoding="utf-8") as file:
            file.write("{}\n")
        error = self.fails(folder, *COMMANDS[command], code=["no_workspace"])
        assert "assay init" in error["hint"], error
        assert os.listdir(folder) == ["orders.json"], f"{command} left something: {os.listdir(folder)}"

    def not_applied(self):
        folder = self.make("not-applied", applied=False)
        before = self.files_of(folder)
        self.orders(folder, "orders.json", 1)
        for command, arguments in COMMANDS.items():
            if command in ("plan", "apply"):
                continue
            arguments = [folder + "/data" if argument == "orders.json" else argument for argument in arguments]
            error = self.fails(folder, *arguments, code=["plan_not_applied"])
            assert "assay apply" in error["hint"], error
        shutil.rmtree(os.path.join(folder, "data"))
        assert self.files_of(folder) == before, "a refused command left something"

    @staticmethod
    def files_of(folder):
        return sorted(os.path.join(base, name) for base, _, names in os.walk(folder) for name in names)

    # A second init.

    def init_over_a_workspace(self):
        folder = self.make("twice", applied=False)
        with open(os.path.join(folder, "assay.yaml"), "a", encoding="utf-8") as file:
            file.write("# mine\n")
        self.fails(folder, "init", code=["workspace_exists"])
        with open(os.path.join(folder, "assay.yaml"), encoding="utf-8") as file:
            assert file.read().endswith("# mine\n")
        self.fails(folder, "init", "--example", "no-such", "other", code=["example_unknown"])
        assert not os.path.exists(os.path.join(folder, "other"))

    def init_over_a_file(self):
        folder = os.path.join(self.suite.folder, "taken")
        os.makedirs(os.path.join(folder, "sources"))
        with open(os.path.join(folder, "sources", "files.yaml"), "w", encoding="utf-8") as file:
            file.write("mine")
        self.fails(folder, "init", code=["file_exists"])
        assert self.files_of(folder) == [os.path.join(folder, "sources", "files.yaml")], self.files_of(folder)

    def breaking_change(self):
        """Refused with what depends on it, once something is stored; before that, it is only a change."""
        folder = self.make("breaking")
        entities = os.path.join(folder, "entities", "all.yaml")
        self.replace(entities, "quantity: {type: int64}", "quantity: {type: int32}")
        self.suite.run("-C", folder, "apply")
        self.replace(entities, "quantity: {type: int32}", "quantity: {type: int64}")
        self.suite.run("-C", folder, "ingest", self.orders(folder, "orders.json", 3))
        self.suite.run("-C", folder, "run")
        self.replace(entities, "quantity: {type: int64}", "quantity: {type: boolean}")
        plan = self.suite.json("-C", folder, "plan")
        assert plan["breaking"] == 1, plan
        error = self.fails(folder, "apply", code=["plan_breaking"])
        for word in ("quantity", "metric \"revenue\"", "acme/shop/v1"):
            assert word in error["detail"], error
        self.replace(entities, "quantity: {type: boolean}", "quantity: {type: int64}")
        self.suite.run("-C", folder, "apply")
        assert self.suite.json("-C", folder, "plan")["nothing_to_do"] is True
        self.verify(folder)

    # Locked.

    @contextlib.contextmanager
    def busy_workspace(self, folder):
        """Another assay that waits for its input holds the workspace."""
        holder = subprocess.Popen(
            [self.suite.options.assay, "-C", folder, "ingest", "-", "--tenant", TENANT, "--application", "shop"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 60
            while not self.is_locked(folder):
                assert holder.poll() is None and time.monotonic() < until, "the holder never took the lock"
                time.sleep(0.02)
            yield holder
        finally:
            holder.stdin.close()
            holder.wait(timeout=60)

    @staticmethod
    def is_locked(folder):
        with open(os.path.join(folder, ".assay", "lock"), "a", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def locked(self):
        folder = self.make("locked")
        path = self.orders(folder, "orders.json", 5)
        with self.busy_workspace(folder) as holder:
            for command in (["ingest", path], ["run"]):
                error = self.fails(folder, *command, code=["lease_held"])
                assert str(holder.pid) in error["message"], error
            for command in (["plan"], ["status"], ["manifest", "list"]):
                self.suite.run("-C", folder, *command)  # looking is allowed
            self.suite.run("-C", folder, "apply")  # a transaction of its own
        self.suite.run("-C", folder, "ingest", path)
        self.suite.run("-C", folder, "run")
        assert self.order_count(folder) == 5
        self.verify(folder)

    # A full disk.

    @contextlib.contextmanager
    def small_disk(self, name):
        folder = os.path.join(self.suite.folder, name)
        os.makedirs(folder)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m,mode=755", "tmpfs", folder],
                          capture_output=True).returncode != 0:
            raise Skip("a small disk cannot be mounted here; the cases with a file-size limit stand in for it")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=True)

    @contextlib.contextmanager
    def filled(self, disk, spare):
        """Takes all room of the disk but `spare` bytes."""
        filler = os.path.join(disk, "filler")
        room = os.statvfs(disk)
        with open(filler, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, room.f_bavail * room.f_frsize - spare))
        try:
            yield
        finally:
            os.unlink(filler)

    def full_disk_ingest(self, spare):
        with self.small_disk(f"disk-ingest-{spare}") as disk:
            folder = self.make("workspace", folder=disk)
            self.suite.run("-C", folder, "ingest", self.orders(folder, "first.json", 10))
            self.suite.run("-C", folder, "run")
            big = self.orders(folder, "big.json", 500, noise=4096)
            with self.filled(disk, spare):
                self.fails(folder, "ingest", big, code=["disk_full"])
            self.verify(folder)
            assert self.order_count(folder) == 10
            self.finish(folder, big, 510)

    def full_disk_run(self, spare):
        with self.small_disk(f"disk-run-{spare}") as disk:
            folder = self.make("workspace", folder=disk)
            big = self.orders(folder, "big.json", 500, noise=4096)
            self.suite.run("-C", folder, "ingest", big)
            with self.filled(disk, spare):
                self.fails(folder, "run", code=["disk_full"])
            self.verify(folder)
            self.finish(folder, big, 500)

    def full_disk_apply(self):
        with self.small_disk("disk-apply") as disk:
            folder = self.make("workspace", applied=False, folder=disk)
            with self.filled(disk, 0):
                self.fails(folder, "apply", code=["disk_full"])
                self.fails(disk, "init", "other", code=["disk_full"])
                assert self.files_of(os.path.join(disk, "other")) == []
            self.suite.run("-C", folder, "apply")
            self.finish(folder, self.orders(folder, "orders.json", 4), 4)

    def finish(self, folder, path, count):
        """Trying again brings everything in, once."""
        self.suite.run("-C", folder, "ingest", path)
        self.suite.run("-C", folder, "run")
        assert self.order_count(folder) == count
        again = self.suite.json("-C", folder, "ingest", path)
        assert again["records"] == 0, again
        self.verify(folder)

    def limited(self, bytes_max):
        """Options of a run whose files end at a size: what a full disk is to one file."""
        return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, bytes_max)),
                "restore_signals": False}

    def file_size_limit(self, command):
        folder = self.make(f"limit-{command}", applied=command != "apply")
        path = self.orders(folder, "big.json", 500, noise=1024)
        arguments = {"apply": ["apply"], "ingest": ["ingest", path], "run": ["run"]}[command]
        if command == "run":
            self.suite.run("-C", folder, "ingest", path)
        limit = (16 << 10) if command == "apply" else (200 << 10)
        result = subprocess.run([self.suite.options.assay, "-C", folder, *arguments], capture_output=True, text=True,
                                timeout=300, check=False, **self.limited(limit))
        assert result.returncode > 0, f"exit {result.returncode}: {result.stdout[-500:]}{result.stderr[-500:]}"
        assert re.search(r"error A\d+ \w+: ", result.stderr) and "A9001" not in result.stderr, result.stderr
        assert "Hint: " in result.stderr, result.stderr
        if command == "apply":
            self.suite.run("-C", folder, "apply")
        self.verify(folder)
        self.finish(folder, path, 500)

    # Unreadable files.

    def unreadable(self, name, spoil, mend, word):
        folder = self.make(f"unreadable-{name}")
        spoil(folder)
        for command in ("plan", "apply"):
            error = self.suite.run("-C", folder, command, expect="error").err
            assert word in error and "Hint: " in error and "A9001" not in error, error
        mend(folder)
        self.suite.run("-C", folder, "apply")
        self.finish(folder, self.orders(folder, "orders.json", 2), 2)

    def root_file_is_a_folder(self):
        def spoil(folder):
            os.rename(os.path.join(folder, "assay.yaml"), os.path.join(folder, "kept"))
            os.mkdir(os.path.join(folder, "assay.yaml"))

        def mend(folder):
            os.rmdir(os.path.join(folder, "assay.yaml"))
            os.rename(os.path.join(folder, "kept"), os.path.join(folder, "assay.yaml"))

        self.unreadable("root", spoil, mend, "assay.yaml")

    def link(self, target, name):
        def spoil(folder):
            os.symlink(os.path.join(folder, "entities", target), os.path.join(folder, "entities", name))

        self.unreadable(name, spoil, lambda folder: os.unlink(os.path.join(folder, "entities", name)), name)

    def other_user(self, arguments):
        """The same command as a user who may not read everything."""
        if os.getuid() != 0:
            return arguments
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *arguments]
        probe = [*command[:4], self.suite.options.assay, "--version"]
        if shutil.which("setpriv") is None or subprocess.run(probe, capture_output=True).returncode != 0:
            raise Skip("no second user may run assay here, and permissions do not bind root")
        return command

    def forbidden_file(self):
        folder = self.make("forbidden", applied=False)
        path = os.path.join(folder, "entities", "all.yaml")
        os.chmod(path, 0)
        result = subprocess.run(self.other_user([self.suite.options.assay, "-C", folder, "plan"]), capture_output=True,
                                text=True, check=False)
        assert result.returncode > 0, result.stdout
        assert "entities/all.yaml:1:1: error A7005 file_permission" in result.stderr, result.stderr
        assert "Hint: " in result.stderr, result.stderr
        os.chmod(path, 0o644)
        self.suite.run("-C", folder, "apply")

    def forbidden_folder(self):
        folder = self.make("forbidden-folder", applied=False)
        os.chmod(folder, 0o555)
        result = subprocess.run(self.other_user([self.suite.options.assay, "-C", folder, "apply"]), capture_output=True,
                                text=True, check=False)
        assert result.returncode > 0, result.stdout
        assert "error A7005 file_permission" in result.stderr and "Hint: " in result.stderr, result.stderr
        os.chmod(folder, 0o755)
        self.suite.run("-C", folder, "apply")

    def unreadable_input(self, kind):
        folder = self.make(f"input-{kind}")
        good = self.orders(folder, "good.json", 3)
        bad = os.path.join(folder, "data", TENANT, "shop", "bad.json")
        if kind == "missing-link":
            os.symlink("/nowhere/at/all", bad)
        elif kind == "missing":
            assert not os.path.exists(bad)
        error = self.suite.run("-C", folder, "ingest", good, bad, expect="error").err
        assert bad in error and "Hint: " in error, error
        if kind == "missing-link":
            os.unlink(bad)
        self.orders(folder, "bad.json", 2)
        self.suite.run("-C", folder, "ingest", bad)
        self.finish(folder, good, 5)

    def piped_input(self, kind):
        """What can be read only once counts as much as a file."""
        folder = self.make(f"pipe-{kind}")
        path = self.orders(folder, "orders.json", 6)
        destination = ["--tenant", TENANT, "--application", "shop"]
        if kind == "anonymous":
            with open(path, "rb") as file, subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE) as cat:
                pipe = cat.stdout.fileno()
                ingest = subprocess.run([self.suite.options.assay, "--json", "-C", folder, "ingest", f"/dev/fd/{pipe}", *destination],
                                        pass_fds=[pipe], capture_output=True, check=True, timeout=60)
        else:
            fifo = os.path.join(self.suite.folder, "orders.fifo")
            os.mkfifo(fifo)
            with subprocess.Popen(["cp", path, fifo]):
                ingest = subprocess.run([self.suite.options.assay, "--json", "-C", folder, "ingest", fifo, *destination],
                                        capture_output=True, check=True, timeout=60)
        assert json.loads(ingest.stdout)["records"] == 6, ingest.stdout
        assert os.listdir(os.path.join(folder, ".assay", "spool")) == [], "the copy was left behind"
        again = self.suite.json("-C", folder, "ingest", path, *destination)
        assert again["records"] == 0, again
        self.suite.run("-C", folder, "run")
        assert self.order_count(folder) == 6
        self.verify(folder)

    def device_input(self):
        folder = self.make("device")
        error = self.fails(folder, "ingest", "/dev/zero", "--tenant", TENANT, "--application", "shop",
                           code=["source_unreadable"])
        assert "/dev/zero" in error["message"], error

    def unknown_destination(self):
        folder = self.make("destination")
        path = self.orders(folder, "orders.json", 1)
        for tenant, application, known in ((TENANT, "shopp", "shop"), ("acne", "shop", TENANT)):
            result = self.suite.run("-C", folder, "ingest", path, "--tenant", tenant, "--application", application,
                                    expect="error")
            assert "tenant_unknown" in result.err and "Known" in result.err and known in result.err, result.err
        assert self.suite.json("-C", folder, "ingest", path)["records"] == 1

    def full_output(self):
        """Output that cannot be written is an error, however much has been printed before."""
        folder = self.make("output")
        self.suite.run("-C", folder, "ingest", self.orders(folder, "orders.json", 3000))
        self.suite.run("-C", folder, "run")
        for arguments in (["sql", "SELECT * FROM silver.order_line", "--tenant", TENANT], ["status"],
                          ["sql", "SELECT range FROM range(3000000)", "--tenant", TENANT], ["--json", "verify"]):
            with open("/dev/full", "wb") as full:
                result = subprocess.run([self.suite.options.assay, "-q", "-C", folder, *arguments], stdout=full,
                                        stderr=subprocess.PIPE, text=True, timeout=120)
            assert result.returncode == 6, f"{arguments}: exit {result.returncode}: {result.stderr}"
            assert "standard output" in result.stderr and "disk_full" in result.stderr, result.stderr

    def damaged_table(self):
        """A table that cannot be appended to stops the run, leaves nothing behind and blocks no ingestion."""
        folder = self.make("damaged-table")
        self.suite.run("-C", folder, "ingest", self.orders(folder, "first.json", 4))
        self.suite.run("-C", folder, "run")
        metadata = os.path.join(folder, ".assay", "lake", "silver", "order", "metadata")
        whole = {}
        for name in os.listdir(metadata):
            path = os.path.join(metadata, name)
            with open(path, "rb") as file:
                whole[path] = file.read()
            with open(path, "wb") as file:
                file.write(b"{ damaged")
        second = self.orders(folder, "second.json", 3)
        self.suite.run("-C", folder, "ingest", second)
        before = self.files_of(os.path.join(folder, ".assay", "lake"))
        for _ in range(2):
            result = self.suite.run("-C", folder, "run", expect="error", timeout=120)
            assert "silver/order" in result.err, result.err
            assert self.files_of(os.path.join(folder, ".assay", "lake")) == before, "files of a failed epoch were left"
        third = self.orders(folder, "third.json", 2)
        self.suite.run("-C", folder, "ingest", third)
        for path, data in whole.items():
            with open(path, "wb") as file:
                file.write(data)
        self.finish(folder, second, 9)

    def interrupted_and_gone(self):
        """An ingestion that was killed and whose input is gone is named, and the others go on."""
        folder = self.make("gone")
        path = self.orders(folder, "orders.json", 5)
        killed = self.suite.run("-C", folder, "ingest", path, expect="any",
                                environment={"ASSAY_KILL_AT": "control_transaction.before:1"})
        assert killed.returncode == -9, killed.returncode
        kept = path + ".kept"
        os.rename(path, kept)
        result = self.suite.run("-C", folder, "ingest", self.orders(folder, "other.json", 2), expect="error")
        assert path in result.err and "ingest its inputs again" in result.err, result.err
        os.rename(kept, path)
        self.finish(folder, path, 7)

    def damaged_control(self):
        folder = self.make("damaged")
        database = os.path.join(folder, ".assay", "control.db")
        for name in os.listdir(os.path.dirname(database)):
            if name.startswith("control.db"):
                shutil.move(os.path.join(os.path.dirname(database), name), os.path.join(folder, name))
        with open(database, "w", encoding="utf-8") as file:
            file.write("this is no database\n" * 200)
        for command in (["plan"], ["apply"], ["status"], ["run"]):
            self.fails(folder, *command, hint=True)
        for name in os.listdir(folder):
            if name.startswith("control.db"):
                shutil.move(os.path.join(folder, name), os.path.join(os.path.dirname(database), name))
        self.finish(folder, self.orders(folder, "orders.json", 2), 2)


def main():
    suite = Suite("workspace-errors")
    workspaces = Workspaces(suite)
    suite.case("ten mistakes give ten located messages in one run", workspaces.ten_mistakes)
    for command in COMMANDS:
        suite.case(f"no workspace: assay {command}", workspaces.no_workspace, command)
    suite.case("a workspace that was not applied", workspaces.not_applied)
    suite.case("init where a workspace is", workspaces.init_over_a_workspace)
    suite.case("init where a file is in the way", workspaces.init_over_a_file)
    suite.case("a change that breaks what is stored", workspaces.breaking_change)
    suite.case("a locked workspace", workspaces.locked)
    for spare in SPARES if suite.full else SPARES_CI:
        suite.case(f"a disk with {spare} bytes left: assay ingest", workspaces.full_disk_ingest, spare)
        suite.case(f"a disk with {spare} bytes left: assay run", workspaces.full_disk_run, spare)
    suite.case("a full disk: assay apply and init", workspaces.full_disk_apply)
    for command in ("apply", "ingest", "run"):
        suite.case(f"a file-size limit: assay {command}", workspaces.file_size_limit, command)
    suite.case("assay.yaml is a folder", workspaces.root_file_is_a_folder)
    suite.case("an entity's file is a link to itself", workspaces.link, "loop.yaml", "loop.yaml")
    suite.case("an entity's file is a link to nothing", workspaces.link, "nowhere.yaml", "dangling.yaml")
    suite.case("a file that the user may not read", workspaces.forbidden_file)
    suite.case("a folder that the user may not write", workspaces.forbidden_folder)
    for kind in ("missing", "missing-link"):
        suite.case(f"an input that cannot be read: {kind}", workspaces.unreadable_input, kind)
    for kind in ("anonymous", "named"):
        suite.case(f"an input through a pipe: {kind}", workspaces.piped_input, kind)
    suite.case("an input that is a device", workspaces.device_input)
    suite.case("a tenant or an application that is not there", workspaces.unknown_destination)
    suite.case("output that cannot be written", workspaces.full_output)
    suite.case("a damaged table", workspaces.damaged_table)
    suite.case("a killed ingestion whose input is gone", workspaces.interrupted_and_gone)
    suite.case("a damaged control database", workspaces.damaged_control)
    suite.finish()


if __name__ == "__main__":
    main()
