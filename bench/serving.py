"""
Requests a second of a list on gunicorn over loopback: ours and the naive one, the same server, in
turns.
"""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median

from bench import client
from bench.measuring import Line, rates, spread

SECONDS, CLIENTS = 4, 4


@contextmanager
def server(application: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        application,
        "--bind",
        f"127.0.0.1:{port}",
        "--worker-class",
        "gthread",
        "--threads",
        "8",
    ]
    process = subprocess.Popen([*command, "--log-level", "error"], env=os.environ)  # noqa: S603
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait()


def pressed(port: int, path: str) -> float:
    """Requests answered a second."""
    headers = {"Authorization": f"Bearer {client.token()}"}
    counts = [0] * CLIENTS
    until = time.perf_counter() + SECONDS

    def press(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while time.perf_counter() < until:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            counts[number] += answer.status == 200

    threads = [threading.Thread(target=press, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


FILTER = "status=active&min_lifetime_value=10000"


def measured() -> Iterator[Line]:
    with server("crm.wsgi") as one, server("bench.naive_site:application") as other:
        for name, query, bar in (("without a filter", "", 6), ("filtered", FILTER, 2)):
            taken = [
                (
                    pressed(one, f"/api/customers?per_page=50&{query}"),
                    pressed(other, f"/naive?{query}"),
                )
                for _ in range(4)
            ][1:]
            ours, naive = (median(column) for column in zip(*taken, strict=True))
            yield replace(
                rates(
                    f"requests a second, list {name}",
                    ours,
                    naive,
                    bar=bar,
                    note="gunicorn, one process, 8 threads; limit: the ordinary list",
                ),
                ordinary=naive,
                spread=spread(one / other for one, other in taken),
            )
