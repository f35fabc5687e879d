"""Logs as JSON lines, carrying turn and run ids; secrets are struck out before they are written.

What libraries log goes the same way.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

_SECRET_NAME = re.compile(r"(?i)(token|secret|password|authorization|assertion|api[_-]?key|cookie)")
_SECRET_VALUE = re.compile(
    r"(?i)\b(bearer\s+)\S+|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|(?<=://)[^\s/@]+(?=@)"
)


def _strike(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET_VALUE.sub("[removed]", value)
    if isinstance(value, dict):
        return {
            key: "[removed]" if _SECRET_NAME.search(str(key)) else _strike(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_strike(inner) for inner in value]
    return value


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Strike secrets out of a log line, by the name of a field and by the look of a value."""
    struck: dict[str, Any] = _strike(dict(event))
    return struck


def set_up_logging(*, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Write JSON log lines to a stream (standard error unless another is given)."""
    out = stream or sys.stderr
    begin: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    end: list[Processor] = [
        structlog.processors.format_exc_info,
        redact,
        structlog.processors.JSONRenderer(default=str),
    ]
    structlog.configure(
        processors=[*begin, *end],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    # Malformed HTTP is the sender's fault; a trace of it in our log would be noise to drown in.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    logging.basicConfig(stream=out, level=logging.WARNING, force=True)
    of_libraries = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=begin,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *end],
    )
    for handler in logging.getLogger().handlers:
        handler.setFormatter(of_libraries)
