"""Isovalues of skin, skull and brain on 20 random head phantoms, after 150 and 300 views.

An error is |isovalue − truth| as a part of the range of the data (greatest minus least value);
the truth is the value halfway between the two tissues. The rule: after 300 views every error is
at most 5 %, every isovalue still shows its feature, and no error is larger than after 150 views
by more than one standard deviation of the noise. Beside it stands the error as a part of the
contrast of the two tissues, which is much stricter for the brain.

    python benchmarks/volume_features.py [--phantoms 20] [--views 300] [--index FILE]

With `--index` views are kept, and a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from multivis.volumes import head_phantom, open_volume
from multivis.volumes.features import FeatureIndex, learn
from multivis.volumes.features.cycle import believed, volume_number
from multivis.volumes.features.observe import Observer

FEATURES = {"skin": "skin", "bone": "skull", "brain": "brain"}
FIRST_SEED = 100


def measure(seed: int, views: int, index: FeatureIndex) -> tuple[dict[str, list[float]], float]:
    """Errors of one phantom: feature → [after half, after all, of contrast, shows it, noise]."""
    truth = head_phantom(64, seed).truth
    started = time.perf_counter()
    with open_volume(f"phantom:head?seed={seed}") as source:
        learn(source, index, views=views, pictures=False)
        observer = Observer(source)
        volume = volume_number(index, observer)
        assert index.count(volume) == views
        kept = {}
        for name, known in FEATURES.items():
            found = []
            for count in (views // 2, views):
                every = believed(index, observer, first=count)
                found.append(next((one for one in every if one.name == name), None))
            here = truth[known]
            extent, noise = observer.grid.range, observer.grid.noise
            errors = [
                abs(one.isovalue - here.isovalue) / extent if one else float("inf") for one in found
            ]
            last = found[1]
            contrast = (here.isovalue - here.minimum) / (0.25 if name == "brain" else 0.3)
            kept[name] = [
                *errors,
                errors[1] * extent / contrast,
                float(last is not None and here.minimum < last.isovalue < here.maximum),
                noise / extent,
            ]
    return kept, time.perf_counter() - started


def main() -> int:
    """Measure, print, and say whether the rule holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--phantoms", type=int, default=20)
    parser.add_argument("--views", type=int, default=300)
    parser.add_argument("--index", type=Path)
    given = parser.parse_args()
    rows: dict[str, list[list[float]]] = {name: [] for name in FEATURES}
    with FeatureIndex(given.index or ":memory:") as index:
        for seed in range(FIRST_SEED, FIRST_SEED + given.phantoms):
            found, seconds = measure(seed, given.views, index)
            told = "  ".join(f"{name} {100 * row[1]:.3f} %" for name, row in found.items())
            print(f"seed {seed}: {told}  ({seconds:.0f} s)", flush=True)
            for name, row in found.items():
                rows[name].append(row)
    half, fine = given.views // 2, True
    print(
        f"\n{'feature':8} {'mean':>8} {'worst':>8} {f'mean {half}':>9} {'contrast':>9} {'shown':>6}"
    )
    for name, every in rows.items():
        half_way, whole, contrast, shown, noise = (list(part) for part in zip(*every, strict=True))
        known_half = [value for value in half_way if value < float("inf")]
        print(
            f"{name:8} {100 * sum(whole) / len(whole):7.3f}% {100 * max(whole):7.3f}% "
            f"{100 * sum(known_half) / max(1, len(known_half)):8.3f}% "
            f"{100 * sum(contrast) / len(contrast):8.1f}% {sum(shown):3.0f}/{len(shown)}"
        )
        fine &= max(whole) <= 0.05 and all(shown)
        fine &= all(b <= a + n for a, b, n in zip(half_way, whole, noise, strict=True))
    print("The rule holds." if fine else "The rule does NOT hold.")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
