"""Two caches of one person's, changed at the same time, made one: nothing either got is lost.

Shape: MSAL's own, the unified cache schema: sections by kind, entries by key, each a flat object.
"""

import json
from typing import Any

_ACCESS, _REFRESH = "AccessToken", "RefreshToken"


def merged(theirs: str, ours: str) -> str:
    """Give a cache with every entry of both; of two under one key the one made later."""
    base, added = json.loads(theirs), json.loads(ours)
    for section, entries in added.items():
        kept = base.setdefault(section, {})
        for key, entry in entries.items():
            if key not in kept or _made_at(entry) >= _made_at(kept[key]):
                kept[key] = entry
    return json.dumps(base)


def without_access_tokens(text: str) -> str:
    """Give the cache without access tokens: what a service no longer takes is not given again."""
    cache = json.loads(text)
    cache.pop(_ACCESS, None)
    return json.dumps(cache)


def refresh_token_in(text: str) -> str | None:
    """Give the newest refresh token of a cache."""
    entries = json.loads(text).get(_REFRESH, {}).values()
    newest = max(entries, key=_made_at, default=None)
    return None if newest is None else newest.get("secret")


def _made_at(entry: dict[str, Any]) -> int:
    """Say when an entry was made: seconds since 1970, 0 where it does not say."""
    value = entry.get("last_modification_time") or entry.get("cached_at") or 0
    return int(value)
