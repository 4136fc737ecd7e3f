"""Near names: what someone may have meant by a name that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

__all__ = ["nearest", "similarity", "words_of"]

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GAP = re.compile(r"[^0-9a-zA-Z\u0080-\U0010ffff]+")


@lru_cache(maxsize=16_384)
def words_of(name: str) -> str:
    """A name as lower-case words: ``"HomeTeam_ID"`` → ``"home team id"``."""
    return " ".join(part for part in _GAP.split(_CAMEL.sub(" ", name)) if part).lower()


def similarity(left: str, right: str) -> float:
    """How alike two names are, 0 to 100; case, order of words and separators count little."""
    from rapidfuzz import fuzz

    one, two = words_of(left), words_of(right)
    if not one or not two:
        return 0.0
    return float(max(fuzz.ratio(one, two), fuzz.token_sort_ratio(one, two) * 0.98))


def nearest(
    name: str, names: Iterable[str], *, limit: int = 3, cutoff: float = 55.0
) -> Sequence[str]:
    """The names most like `name`, best first; ties keep the given order.

    Args:
        name: What was asked for.
        names: What exists.
        limit: Most names returned.
        cutoff: Least similarity, 0 to 100.
    """
    scored = [(similarity(name, other), other) for other in dict.fromkeys(names)]
    near = [pair for pair in scored if pair[0] >= cutoff]
    near.sort(key=lambda pair: -pair[0])
    return [other for _, other in near[:limit]]
