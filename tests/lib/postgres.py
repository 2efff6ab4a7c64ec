# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL 15 of a test's own, from Debian's package: in a temporary folder, on a unix socket
and a free port of loopback, run by the user postgres where the test is root.

    with postgres.Server() as server:
        uri = server.create("hub")       # a fresh database; its URI holds a password
        server.stop()                    # as if it crashed (-m immediate)
        server.start()
"""

import os
import pathlib
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
USER = "sekisho"


def why_not():
    """Why there can be none here; None when there can."""
    if not (PROGRAMS / "initdb").exists():
        return "postgresql is not installed"
    if os.geteuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            return "there is no user postgres"
    return None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """folder: where its data goes (made and removed; default: a temporary one); fsync: whether
    what is committed survives the machine, not just the server; wal: the log's own folder;
    settings: lines of postgresql.conf."""

    def __init__(self, folder=None, fsync=False, wal=None, settings=()):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="sekisho-pg-"))
        self.wal, self.fsync, self.settings = wal, fsync, settings
        self.password = secrets.token_hex(16)
        self.port = 0

    def run(self, program, *arguments, **keywords):
        command = [str(PROGRAMS / program), *map(str, arguments)]
        as_postgres = {}
        if os.geteuid() == 0:
            entry = pwd.getpwnam("postgres")
            as_postgres = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=120,
                              env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                              **as_postgres, **keywords)  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"
        return done.stdout

    def own(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        return folder

    def __enter__(self):
        try:
            self.own(self.folder)
            self.folder.chmod(0o755)  # the client is another user than the server
            word = self.folder / "password"
            word.write_text(self.password)
            wal = ["-X", self.own(pathlib.Path(self.wal)) / "log"] if self.wal else []
            self.run("initdb", "-D", self.folder / "data", "-U", USER, "-A", "scram-sha-256",
                     "--pwfile", word, "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync", *wal,
                     *(["--wal-segsize", "1"] if self.wal else []))  # fmt: skip
            word.unlink()
            with open(self.folder / "data/postgresql.conf", "a", encoding="utf-8") as file:
                print(f"fsync = {'on' if self.fsync else 'off'}", "listen_addresses = '127.0.0.1'",
                      f"unix_socket_directories = '{self.folder}'", "shared_buffers = 32MB",
                      *self.settings, sep="\n", file=file)  # fmt: skip
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        for attempt in range(5):  # another may take the port between our looking and its binding
            self.port = self.port or free_port()
            try:
                self.run("pg_ctl", "-D", self.folder / "data", "-w", "-s", "-o",
                         f"-p {self.port}", "-l", self.folder / "data/log", "start")  # fmt: skip
                return
            except AssertionError:
                log = (self.folder / "data/log").read_text()
                if attempt == 4 or "could not bind" not in log:
                    raise
                self.port = 0

    def stop(self, mode="immediate"):
        self.run("pg_ctl", "-D", self.folder / "data", "-w", "-s", "-m", mode, "stop")

    def uri(self, name="postgres", over_socket=False):
        if over_socket:
            place = str(self.folder).replace("/", "%2F")
            return f"postgresql://{USER}:{self.password}@{place}:{self.port}/{name}"
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{name}"

    def sql(self, text, name="postgres"):
        """Runs text and returns what psql prints, without headings."""
        done = subprocess.run([str(PROGRAMS / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1"],
                              input=text, capture_output=True, text=True, timeout=120,
                              env={"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": USER,
                                   "PGPASSWORD": self.password, "PGDATABASE": name})  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def create(self, name):
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return self.uri(name)

    def __exit__(self, *_):
        if (self.folder / "data/postmaster.pid").exists():
            try:
                self.stop()
            except (AssertionError, subprocess.SubprocessError):
                pass  # it had ended already
        for folder in (self.folder, self.wal):
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
