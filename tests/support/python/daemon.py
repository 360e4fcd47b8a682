"""A real daemon on free ports with a data directory of its own, for tests."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
DATA = os.path.join(TOP, "tests", "data")

# Sanitizers must not let a leak or a race pass as success.
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:abort_on_error=0:exitcode=99",
                   UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:exitcode=99",
                   TSAN_OPTIONS="halt_on_error=0:exitcode=98:second_deadlock_stack=1")


def command(binary, *words):
    """The thread sanitizer of gcc 12 wants addresses where it expects them."""
    if "tsan" in binary and shutil.which("setarch"):
        return ["setarch", "-R", binary, *words]
    return [binary, *words]


def import_table(binary, data_dir, table, *files, schema=None):
    words = ["import", "--data-dir", data_dir]
    if schema:
        words += ["--schema", schema]
    done = subprocess.run(command(binary, *words, table, *files), env=ENVIRONMENT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"import of {table} ended with {done.returncode}: {done.stdout}")
    return done.stdout


def import_samples(binary, data_dir):
    """All tables of tests/data, under the names the quickstart gives them."""
    for name in sorted(os.listdir(DATA)):
        if not name.endswith(".csv"):
            continue
        table = name[:-4].replace("-", "_")
        schema = os.path.join(DATA, name[:-4] + ".schema.json")
        import_table(binary, data_dir, table, os.path.join(DATA, name),
                     schema=schema if os.path.exists(schema) else None)


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)


class Daemon:
    """Started by start() or as a context; stop() checks the exit code."""

    def __init__(self, binary, data_dir=None, settings=()):
        self.binary = binary
        self.owns_dir = data_dir is None
        self.data_dir = data_dir or tempfile.mkdtemp(prefix="sluice-test.")
        self.settings = list(settings)
        self.process = None
        self.port = self.controller_port = 0
        self.log_path = os.path.join(self.data_dir, "test-daemon.log")

    def start(self, **popen):
        """No terminal, wherever the tests run; popen may give it one."""
        words = ["serve", "--data-dir", self.data_dir]
        for setting in ["pinot.broker.client.queryPort=0", "controller.port=0", *self.settings]:
            words += ["--set", setting]
        os.makedirs(self.data_dir, exist_ok=True)
        self.log = open(self.log_path, "wb")
        self.process = subprocess.Popen(command(self.binary, *words), stderr=self.log, stdout=self.log,
                                        env=ENVIRONMENT, **{"stdin": subprocess.DEVNULL, **popen})
        deadline = time.time() + 60
        while time.time() < deadline:
            found = re.search(r"event=ready.* broker=http://\S*:(\d+) controller=http://\S*:(\d+) ",
                              self.read_log())
            if found:
                self.port, self.controller_port = int(found[1]), int(found[2])
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError("the daemon did not start:\n" + self.read_log())

    def log_tail(self):
        """The end of the log, long lines cut."""
        return "\n".join(line[:300] for line in self.read_log().splitlines()[-40:])

    def read_log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def request(self, method, path, body=None, headers=None, port=None, timeout=120):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def delete(self, path, **kw):
        return self.request("DELETE", path, **kw)

    def query(self, sql, path="/query/sql", **kw):
        body = {"sql": sql}
        if "options" in kw:
            body["queryOptions"] = kw.pop("options")
        return self.request("POST", path, json.dumps(body), **kw)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def stop(self, expect=0):
        """SIGTERM; what the daemon says on the way out is part of a failure's message."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(90)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        code, log = self.process.returncode, self.log_tail()
        if self.owns_dir:
            shutil.rmtree(self.data_dir, ignore_errors=True)
        if code != expect:
            raise RuntimeError(f"the daemon ended with {code}:\n{log}")

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.stop()
        else:
            self.process.kill()
            self.process.wait()
            self.log.close()
            if self.owns_dir:
                shutil.rmtree(self.data_dir, ignore_errors=True)
