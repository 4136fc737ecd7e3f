"""Is one system better than another? Paired differences on the same cases, with intervals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multivis.bench.multivis_bench.record import SCORES
from multivis.errors import InputError, OptionError

__all__ = ["Difference", "bootstrap", "compare_scores", "paired_values", "read_scores"]

_RESAMPLES = 10_000


@dataclass(frozen=True)
class Difference:
    """A paired difference, second minus first, on a scale from -1 to 1.

    Attributes:
        metric: For example ``published overall``.
        scenario: ``A`` to ``D``, or ``all``.
        cases: How many pairs.
        first: Mean of the first system.
        second: Mean of the second.
        difference: Mean difference.
        low: Lower end of the 95 % interval.
        high: Upper end.
        better: Pairs in which the second is better.
        worse: Pairs in which it is worse.
    """

    metric: str
    scenario: str
    cases: int
    first: float
    second: float
    difference: float
    low: float
    high: float
    better: int
    worse: int

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def read_scores(path: Path) -> dict[str, Any]:
    """The scores of a run: its folder, or its ``scores.json``.

    Raises:
        InputError: There are none.
    """
    file = path / SCORES if path.is_dir() else path
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"The scores {file} cannot be read: {error}.",
            hint="Score the predictions first: multivis bench score.",
        ) from error
    if not isinstance(found, dict) or not isinstance(found.get("cases"), dict):
        raise InputError(f"The file {file} holds no scores.", hint="Score the predictions first.")
    return found


def compare_scores(
    first: Path, second: Path, *, dimensions: bool = False, seed: int = 0
) -> list[Difference]:
    """Compare two runs on the cases that both were scored on.

    Args:
        first: A run's folder or ``scores.json``.
        second: Likewise.
        dimensions: Also every dimension, not only each metric's overall.
        seed: Of the bootstrap: the same seed gives the same interval.

    Returns:
        For every metric and scenario one `Difference`.

    Raises:
        InputError: Scores cannot be read.
        OptionError: The runs have no case in common.
    """
    a, b = read_scores(first)["cases"], read_scores(second)["cases"]
    common = [name for name in a if name in b]
    if not common:
        raise OptionError("The two runs have no case in common.", hint="Run both on the same data.")
    scenarios = sorted({name[0] for name in common})
    found = []
    for metric in ("published", "strict", "picture", "perceptual"):
        for key in _keys(a, common, metric, dimensions):
            for scenario in [*scenarios, "all"] if len(scenarios) > 1 else scenarios:
                names = [n for n in common if scenario in (n[0], "all")]
                left, right = paired_values(a, b, names, metric, key)
                if left:
                    found.append(_difference(f"{metric} {key}", scenario, left, right, seed))
    return found


def _keys(
    cases: Mapping[str, Any], names: Sequence[str], metric: str, dimensions: bool
) -> list[str]:
    first: Mapping[str, Any] = next((cases[n][metric] for n in names if cases[n].get(metric)), {})
    return [key for key in first if dimensions or key == "overall"]


def paired_values(
    first: Mapping[str, Any],
    second: Mapping[str, Any],
    names: Sequence[str],
    metric: str,
    key: str = "overall",
) -> tuple[list[float], list[float]]:
    """The scores of cases that both have, in the same order."""
    pairs = [
        (float(first[name][metric][key]), float(second[name][metric][key]))
        for name in names
        if first[name].get(metric) and second[name].get(metric)
    ]
    return [a for a, _ in pairs], [b for _, b in pairs]


def bootstrap(
    differences: Sequence[float], *, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Percentile interval of the mean, from 10,000 resamples.

    Args:
        differences: One number a pair.
        level: Share of the resampled means inside.
        seed: The same seed gives the same interval.
    """
    import numpy as np

    values = np.asarray(differences, dtype=float)
    generator = np.random.default_rng(seed)
    means = np.empty(_RESAMPLES)
    step = max(1, 2_000_000 // len(values))  # a few MB at a time
    for start in range(0, _RESAMPLES, step):
        count = min(step, _RESAMPLES - start)
        picked = generator.integers(0, len(values), (count, len(values)))
        means[start : start + count] = values[picked].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _difference(
    metric: str, scenario: str, first: Sequence[float], second: Sequence[float], seed: int
) -> Difference:
    each = [b - a for a, b in zip(first, second, strict=True)]
    low, high = bootstrap(each, seed=seed)
    count = len(each)
    return Difference(
        metric=metric,
        scenario=scenario,
        cases=count,
        first=sum(first) / count,
        second=sum(second) / count,
        difference=sum(each) / count,
        low=low,
        high=high,
        better=sum(value > 1e-9 for value in each),
        worse=sum(value < -1e-9 for value in each),
    )
