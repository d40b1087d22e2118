"""
The application server: one process with threads when embedded, several processes behind a proxy
otherwise.
"""

import os

from django.utils.module_loading import import_string

worker_class = "crm.worker.Worker"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 120
graceful_timeout = 30
keepalive = 5
limit_request_line = 8190
# seconds that the database may take, of which somebody waits for each (settings)
os.environ.setdefault("STATEMENT_TIMEOUT", "30")
os.environ.setdefault("LOCK_TIMEOUT", "10")
os.environ.setdefault("IDLE_TRANSACTION_TIMEOUT", "60")
accesslog = None
loglevel = os.environ.get("LOG_LEVEL", "warning").lower()
control_socket_disable = True  # it would lie in the home directory


def post_worker_init(worker: object) -> None:
    """Embedded, this process also does the background work."""
    import_string("crm.collector.set_collector")()
    import_string("crm.embedded.start")()
