"""The artefact store stays within its size."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from multivis.data.artifacts import FileArtifactStore
from multivis.errors import MultiVisError

OLD = 1_000_000_000.0


def test_the_longest_unused_go_first(tmp_path: Path) -> None:
    store = FileArtifactStore(tmp_path)
    kept = [store.put(bytes([n]) * 1000, "text/plain") for n in range(5)]
    for age, reference in enumerate(kept):
        os.utime(store.path(reference), (OLD + age, OLD + age))
    assert store.prune(3_000) == 2_000
    for gone in kept[:2]:
        with pytest.raises(MultiVisError, match="gone"):
            store.get(gone)
    assert all(len(store.get(reference)) == 1000 for reference in kept[2:])


def test_what_was_used_lately_is_kept_whatever_its_size(tmp_path: Path) -> None:
    store = FileArtifactStore(tmp_path)
    reference = store.put(b"x" * 1000, "text/plain")
    assert store.prune(0) == 0
    assert store.get(reference) == b"x" * 1000
