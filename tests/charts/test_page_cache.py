"""The JavaScript of chart pages is made once and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from multivis.charts.backends import altair


def test_a_damaged_cache_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    altair._vega_embed.cache_clear()
    whole = altair._vega_embed()
    (kept,) = (tmp_path / "multivis").glob("vega-embed-*.js")
    kept.write_text(whole[:1000])
    altair._vega_embed.cache_clear()
    assert altair._vega_embed() == whole
    assert kept.read_text() == whole
    altair._vega_embed.cache_clear()


def test_a_cache_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(taken))
    altair._vega_embed.cache_clear()
    assert "vegaEmbed" in altair._vega_embed()
    altair._vega_embed.cache_clear()
