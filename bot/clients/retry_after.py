"""How long a service asks us to wait."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST_SECONDS = 86_400.0


def retry_after_seconds(header: str, now: datetime) -> float | None:
    """Read Retry-After: seconds, whole or not, or a date; None when it says nothing we can read.

    Units: seconds from `now`, none below 0 and none above a day. Source: RFC 9110, 10.2.3.
    """
    try:
        seconds = float(header)
    except ValueError:
        try:
            when = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds()
    return None if math.isnan(seconds) else min(max(seconds, 0.0), _LONGEST_SECONDS)
