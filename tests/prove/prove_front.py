"""
Behind the shipped proxy nobody takes the places of others: not by requests that stall, nor by
guesses from one network, nor by uploads (guarantees 12 and 21). Needs nginx.
"""

import contextlib
import datetime as dt
import shutil
import socket
import ssl
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.lanes import POSTGRESQL
from tests.live.stack import ROOT, Stack, free_port, own_database, wait_for
from tests.prove.conftest import MEASURED, record_proof

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="there is no nginx")

KEY = {"x-api-key": "crm_live_demo_0123456789abcdef"}
ROUND = 60
"""Requests of which a 95th percentile is taken."""


class Proxy:
    """nginx with the shipped configuration, but for addresses and paths."""

    def __init__(self, folder: Path, behind: int) -> None:
        self.folder, self.port = folder, free_port()
        _certificate(folder)
        text = (ROOT / "docs" / "nginx.conf").read_text()
        for shipped, ours in {
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{behind};",
            "/etc/nginx/crm": str(folder / "crm"),
            "/var/log/nginx": str(folder),
            "events {": f"pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{",
            "server_tokens off;": "server_tokens off;\n"
            f"client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;",
        }.items():
            assert shipped in text, shipped
            text = text.replace(shipped, ours)
        (folder / "nginx.conf").write_text(text)
        command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        self.process = subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
        wait_for(self._listens, seconds=10, what=lambda: (folder / "error.log").read_text())

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def connect(self, sent: bytes) -> socket.socket:
        context = ssl._create_unverified_context()
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        client = context.wrap_socket(plain)
        client.sendall(sent)
        return client

    def get(self, path: str) -> requests.Response:
        address = f"https://127.0.0.1:{self.port}{path}"
        return requests.get(address, headers=KEY, verify=False, timeout=60)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "crm.example.com")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "crm.pem").write_bytes(certificate)
    (folder / "crm.key").write_bytes(private)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, Proxy]]:
    urllib3.disable_warnings()
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("front")
        product = Stack(folder, database=stack.enter_context(own_database(POSTGRESQL)), redis="")
        product.environment |= {"TRUSTED_PROXIES": "1", "WEB_CONCURRENCY": "1"}
        product.manage("migrate", "--verbosity", "0")
        product.manage("seed_demo", "--customers", "1000")
        product.start("web")
        stack.callback(product.end)
        proxy = Proxy(folder, product.port)
        stack.callback(proxy.stop)
        yield product, proxy


def p95(proxy: Proxy) -> float:
    """Milliseconds of a plain list, one after another, slow enough for anybody's allowance."""
    taken = []
    for _ in range(ROUND):
        begun = time.perf_counter()
        assert proxy.get("/api/customers").status_code == 200
        taken.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.05)
    return statistics.quantiles(taken, n=20)[-1]


def memory(stack: Stack) -> int:
    """Kilobytes of the web processes."""
    pids = [stack.processes["web"].pid, *stack.children("web")]
    status = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
    return sum(int(text.split("VmRSS:")[1].split()[0]) for text in status)


def measured(
    front: tuple[Stack, Proxy], name: str, attack: Callable[[], None], guarantee: int = 12
) -> None:
    """Others' p95 beside the attack and before it, and what memory it cost."""
    stack, proxy = front
    proxy.get("/api/customers")
    calm, before = p95(proxy), memory(stack)
    attacker = threading.Thread(target=attack)
    attacker.start()
    time.sleep(1)
    beside = p95(proxy)
    more = (memory(stack) - before) // 1024
    attacker.join()
    told = f"p95 {calm:.0f} -> {beside:.0f} ms ({beside / calm:.2f} x), memory +{more} MB"
    MEASURED.append((name, told))
    assert beside < 2 * max(calm, 20)
    assert more < 100
    record_proof(guarantee, f"beside {name} others' {told}")


def test_stalled_bodies(front: tuple[Stack, Proxy]) -> None:
    head = b"POST /api/auth/token HTTP/1.1\r\nHost: crm.example.com\r\nContent-Length: 100\r\n\r\nx"

    def attack() -> None:
        clients = [front[1].connect(head) for _ in range(12)]
        time.sleep(8)
        for client in clients:
            client.close()

    measured(front, "12 stalled bodies", attack)


def test_half_open_headers(front: tuple[Stack, Proxy]) -> None:
    """200 connections, of which the proxy keeps as many as one client may have."""

    def attack() -> None:
        clients = []
        for _ in range(200):
            try:
                clients.append(front[1].connect(b"GET / HTTP/1.1\r\nHost: crm"))
            except OSError:
                continue
        time.sleep(8)
        for client in clients:
            client.close()

    measured(front, "200 half-open headers", attack)


def test_guessing(front: tuple[Stack, Proxy]) -> None:
    codes: list[int] = []

    def guess() -> None:
        body = '{"email": "admin@demo.test", "password": "wrong"}'
        address = f"https://127.0.0.1:{front[1].port}/api/auth/token"
        until = time.monotonic() + 8
        while time.monotonic() < until:
            sent = {"Content-Type": "application/json"}
            answer = requests.post(address, body, headers=sent, verify=False, timeout=60)
            codes.append(answer.status_code)

    def attack() -> None:
        guessers = [threading.Thread(target=guess) for _ in range(4)]
        for guesser in guessers:
            guesser.start()
        for guesser in guessers:
            guesser.join()

    measured(front, "4 guessers", attack, 21)
    assert set(codes) == {401, 429}
    assert codes.count(401) <= 14  # ten, and those that were under way together


def test_uploads_from_nobody_fill_no_disk(front: tuple[Stack, Proxy]) -> None:
    """400 MB are refused by their length; of those that don't say it, ten are read."""
    folder = front[1].folder
    head = b"POST /app/sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; "
    head += b"boundary=x\r\n"
    with front[1].connect(head + b"Content-Length: 419430400\r\n\r\n") as said:
        assert said.recv(100).startswith(b"HTTP/1.1 413")
    client = front[1].connect(head + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    with client, contextlib.suppress(OSError):
        for _ in range(400):
            client.sendall(chunk)
    written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert written < 20 * 2**20
    record_proof(12, f"an upload of 400 MB leaves {written // 2**20} MB on the disk")
