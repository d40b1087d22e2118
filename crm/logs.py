"""Logs: one JSON object a line (plain text in development), with the request's id and no personal data."""

import logging
from typing import TypedDict

import structlog


class LogSettings(TypedDict):
    level: str
    human: bool


def configure(settings: LogSettings) -> None:
    """Routes structlog and the standard library's loggers through one formatter on standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False) if settings["human"] else structlog.processors.JSONRenderer()
    )
    errors: list[structlog.typing.Processor] = [] if settings["human"] else [structlog.processors.format_exc_info]
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *errors, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings["level"])
    logging.getLogger("django.request").setLevel(logging.ERROR)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
