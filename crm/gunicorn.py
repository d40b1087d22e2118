"""The application server: one process with threads when embedded, several processes behind a proxy otherwise."""

import os

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 120
graceful_timeout = 30
keepalive = 5
limit_request_line = 8190
accesslog = None
