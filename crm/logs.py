"""
Logs: one JSON object a line (plain text in development), with the request's id and no personal
data.
"""

import logging
import re
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import TypedDict

import structlog

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

_VALUES = re.compile(r"^(DETAIL|CONTEXT|HINT):.*\n?", re.MULTILINE)
_QUOTED = re.compile(r"(?<!\w)'(?:[^'\\]|\\.)*'|(?<=: )\"(?:[^\"\\]|\\.)*\"")
"""
What Python and PostgreSQL quote of a value (`could not convert string to float: 'x'`, `invalid
input syntax for type date: "x"`), but not what they call a table or constraint.
"""


def without_values(exc_info: ExcInfo) -> str:
    """
    The traceback, without local variables, without the rows that PostgreSQL quotes in an error's
    details, and without the values that an error's message quotes.
    """
    whole = _VALUES.sub("", "".join(traceback.format_exception(*exc_info)))
    return "".join(_lines_without_quotes(whole))


def _lines_without_quotes(text: str) -> Iterator[str]:
    """The lines of code of a traceback, which hold no values, stay as they are."""
    is_code = False
    for line in text.splitlines(keepends=True):
        is_code = line.startswith('  File "') or (is_code and line.startswith("    "))
        yield line if is_code else _QUOTED.sub("'…'", line)


class LogSettings(TypedDict):
    level: str
    human: bool


_TOKEN = re.compile(r"([?&]token=)[^&\s\"']+")


class Record(logging.LogRecord):
    """
    A log record that tells no access token: one documented download carries it in its address,
    which servers like to log.
    """

    def getMessage(self) -> str:  # noqa: N802
        return _TOKEN.sub(r"\1…", super().getMessage())


def configure(settings: LogSettings) -> None:
    """
    Routes structlog and the standard library's loggers through one formatter on standard error.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False)
        if settings["human"]
        else structlog.processors.JSONRenderer()
    )
    errors = structlog.processors.ExceptionRenderer(without_values)
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                errors,
                renderer,
            ],
        )
    )
    logging.setLogRecordFactory(Record)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings["level"])
    logging.getLogger("django.request").setLevel(logging.ERROR)
    # several tasks a minute succeed with nothing to tell; what fails is an error
    logging.getLogger("celery.app.trace").setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(
        logging.ERROR
    )  # it tells of addresses with secrets in them
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
