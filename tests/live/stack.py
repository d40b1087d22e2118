"""
The product as real processes, embedded (one, on SQLite) or in full (several, on PostgreSQL and
Redis), and a client that signs in.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import requests

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "demo-password"
SIGNED_IN = 600
"""Seconds after which a client signs in again; a token is good for fifteen minutes."""
UNLIMITED = {
    f"RATE_LIMIT_{name}": "off" for name in ("USER", "KEY", "BULK", "EXPORT", "ORGANIZATION")
}


class Stack:
    """
    Processes by name, each the leader of a group of its own, with one environment. Whatever they
    say is in `folder/<name>.log`.

    With `redis` the web serves from two processes and Celery works beside it; without, one process
    does everything. `sources` is the folder of the product's code.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database: str = "",
        redis: str = "",
        sources: Path = ROOT,
        **more: str,
    ) -> None:
        self.folder, self.redis, self.sources = folder, redis, sources
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        given = {
            "DEBUG": "true",
            "VAR_DIR": str(folder),
            "DATABASE_URL": database,
            "REDIS_URL": redis,
            "PYTHONUNBUFFERED": "1",
        }
        self.environment = {
            **os.environ,
            **given,
            **UNLIMITED,
            "WEB_CONCURRENCY": "2" if redis else "1",
            **more,
        }
        self.environment.pop("CRM_TESTING", None)

    @property
    def names(self) -> list[str]:
        return ["web", "short", "long", "beat"] if self.redis else ["web"]

    def start(self, *names: str) -> None:
        """Starts those named, or all, and waits until the web answers."""
        for name in names or self.names:
            command = [sys.executable, "-m", *self._command(name)]
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    command,
                    cwd=self.sources,
                    env=self.environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        if "web" in (names or self.names):
            wait_for(
                self._answers, seconds=40, what=lambda: f"the web to answer: {self.log('web')}"
            )

    def _command(self, name: str) -> list[str]:
        if name == "web":
            return [
                "gunicorn",
                "crm.wsgi",
                "--config",
                "crm/gunicorn.py",
                "--bind",
                f"127.0.0.1:{self.port}",
            ]
        if name == "beat":
            return ["celery", "-A", "crm", "beat"]
        return [
            "celery",
            "-A",
            "crm",
            "worker",
            "--queues",
            name,
            "--hostname",
            f"{name}@%h",
            "--concurrency",
            "2",
            "--loglevel",
            "INFO",
        ]

    def _answers(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.address}/readyz", timeout=5).status_code == 200
        return False

    def children(self, name: str) -> list[int]:
        """The ids of the process's children that live; none of one that has ended."""
        parent = self.processes[name].pid
        try:
            told = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        except OSError:
            return []
        return [int(pid) for pid in told.split()]

    def start_again(self) -> list[str]:
        """Starts those that have ended by themselves, as a supervisor does; says which."""
        ended = [name for name, process in self.processes.items() if process.poll() is not None]
        for name in ended:
            self.kill(name)  # what is left of its children
        if ended:
            self.start(*ended)
        return ended

    def kill(self, name: str) -> None:
        """The process and its children, as a power cut would."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def end(self, seconds: float = 30) -> dict[str, int]:
        """
        Asks every process to end and returns what each ended with; -9 for one that had to be
        killed.
        """
        for process in self.processes.values():
            process.terminate()
        until = time.monotonic() + seconds
        codes: dict[str, int] = {}
        for name, process in self.processes.items():
            try:
                codes[name] = process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                codes[name] = process.wait(10)
        self.processes.clear()
        return codes

    def manage(self, *arguments: str, **more: str) -> str:
        """
        What a management command prints. Raises AssertionError with what it said when it fails.
        """
        done = self.tried(*arguments, **more)
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def tried(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """A management command, whether it fails or not."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command,
            cwd=self.sources,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, code: str) -> str:
        """What a piece of code inside the product prints."""
        return self.manage("shell", "--verbosity", "0", "-c", code).strip()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]

    def files(self) -> list[str]:
        """What lies in the folder of exports and in the workplace."""
        folders = (self.folder / "exports", self.folder / "exporting")
        return sorted(
            path.name for folder in folders if folder.exists() for path in folder.iterdir()
        )

    def client(self, login: str = "admin@demo.test") -> "Client":
        return Client(self.address, login)

    def browser(self, login: str = "admin@demo.test") -> "Browser":
        return Browser(self.address, login)


class Client:
    """
    Signed in with a password, again before its token ends; answers are those of `requests`.
    """

    def __init__(self, address: str, login: str) -> None:
        self.address, self.login = address, login
        self.session = requests.Session()
        self._sign_in()

    def _sign_in(self) -> None:
        sent = {"email": self.login, "password": PASSWORD}
        answer = requests.post(f"{self.address}/api/auth/token", json=sent, timeout=60)
        assert answer.status_code == 200, answer.text
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access']}"
        self.signed_in = time.monotonic()

    def _send(self, method: str, path: str, **more: Any) -> requests.Response:
        if time.monotonic() - self.signed_in > SIGNED_IN:
            self._sign_in()
        return self.session.request(method, self.address + path, timeout=60, **more)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self._send("GET", path, params=query)

    def post(self, path: str, body: Any = None) -> requests.Response:
        return self._send("POST", path, json=body)

    def delete(self, path: str) -> requests.Response:
        return self._send("DELETE", path)

    def started(self, path: str, **body: Any) -> str:
        """The id of what was started."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def followed(self, path: str, seconds: float = 60) -> dict[str, Any]:
        """The job or export at `path` when it has ended, in whichever way."""
        seen: dict[str, Any] = {}

        def ended() -> bool:
            seen.update(self.get(path).json()["data"])
            return seen["state"] not in ("queued", "running")

        wait_for(ended, seconds=seconds, what=lambda: f"the end of {path}: {seen}")
        return seen

    def listed(self, path: str, key: str = "id", **query: Any) -> set[str]:
        """The ids of every row that a list has, page by page; as many as its total says."""
        ids: list[str] = []
        page = {"has_next": True, "total": 0, "page": 0}
        while page["has_next"]:
            answer = self.get(path, page=page["page"] + 1, per_page=100, **query).json()
            ids += [row[key] for row in answer["data"]]
            page = answer["pagination"]
        assert len(ids) == len(set(ids)) == page["total"]
        return set(ids)


class Browser:
    """Signed in to the admin, with the forms it answers."""

    def __init__(self, address: str, login: str) -> None:
        self.address, self.session = address, requests.Session()
        self.send("/app/sign-in/", email=login, password=PASSWORD)
        assert "sessionid" in self.session.cookies, "signed in"

    def send(self, path: str, **typed: str) -> str:
        """
        The form at `path` with some of its values typed anew, sent. Returns where that leads to.
        """
        page = self.session.get(self.address + path, timeout=60)
        form = {
            **_Form.values_of(page.text),
            **typed,
            "csrfmiddlewaretoken": self.session.cookies["csrftoken"],
        }
        answer = self.session.post(
            self.address + path, data=form, allow_redirects=False, timeout=60
        )
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


class _Form(HTMLParser):
    """The values that a page's fields begin with."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.select = self.text = ""

    @classmethod
    def values_of(cls, page: str) -> dict[str, str]:
        parser = cls()
        parser.feed(page)
        return parser.values

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "input" and name and kind not in ("submit", "button", "file"):
            if kind not in ("checkbox", "radio") or "checked" in given:
                self.values[name] = given.get("value", "on" if kind == "checkbox" else "")
        elif tag in ("select", "textarea"):
            self.select, self.text = (name, "") if tag == "select" else ("", name)
        elif (
            tag == "option"
            and self.select
            and ("selected" in given or self.select not in self.values)
        ):
            self.values[self.select] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self.text:
            self.values[self.text] = data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self.select = self.text = ""


def wait_for(
    there: Callable[[], Any], *, seconds: float, what: Callable[[], str], every: float = 0.1
) -> None:
    """Until `there` is true. Raises AssertionError naming `what` after so many seconds."""
    until = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < until, f"waited {seconds:.0f} s for {what()}"
        time.sleep(every)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def own_database(url: str) -> Iterator[str]:
    """A new PostgreSQL database beside the one that `url` names, gone afterwards."""
    parts = urlsplit(url)
    name = f"{parts.path.strip('/')}_{os.getpid()}_{free_port()}"
    with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield parts._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
