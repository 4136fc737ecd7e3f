"""Samples of lines: where, column by column, a colour crosses, to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multivis.reader.raster import Floats, greatest

__all__ = ["Trace", "trace_colours"]

Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]

_BLOCK = 300_000  # pixels times colours that are looked at together


@dataclass
class Trace:
    """Samples of one line.

    Attributes:
        x, y: Pixel positions in the picture (column centres; sub-pixel rows).
        cover: Vertical extent of the line there in pixels.
        weight: Trust, 0..1: 1 where the line is alone, less where it touches others.
        rank: How much better the next colour fits (0: as well, 1: not at all).
    """

    x: Floats
    y: Floats
    cover: Floats
    weight: Floats


def trace_colours(
    area: Floats, background: Floats, front: Mask, colours: list[Floats], left: int, top: int
) -> list[Trace]:
    """Samples of every colour in every column.

    A vertical run of foreground that one colour explains by itself (background + share * colour)
    gives an exact centre. In runs with several colours, the pixels that one colour explains
    give a sample with less weight, and none when it is cut by another line.

    Args:
        area, background: Panel pixels with and without marks, height x width x 3.
        front: Where they differ.
        colours: RGB of each line.
        left, top: Offset of the panel in the picture.
    """
    palette = np.array(colours)
    columns, begins, ends = _joined_runs(front)
    most = max(1, _BLOCK // len(palette))
    block = np.cumsum(ends - begins) // most
    parts = [np.zeros((0, 6))]
    for number in np.unique(block).tolist():
        chosen = block == number
        runs = _Runs(area, background, columns[chosen], begins[chosen], ends[chosen])
        parts.append(_samples(runs, palette))
    samples = np.concatenate(parts)
    traces = []
    for index in range(len(palette)):
        _, x, y, cover, weight, _ = samples[samples[:, 0] == index].T
        traces.append(Trace(x + left + 0.5, y + top + 0.5, cover, weight))
    return traces


def _joined_runs(front: Mask) -> tuple[Counts, Counts, Counts]:
    """Column, first and last row of all vertical runs, with a pixel more at both ends.

    Runs are joined across gaps of one pixel.
    """
    padded = np.pad(front, ((2, 2), (0, 0))).T
    closed = padded[:, 1:-1] | (padded[:, :-2] & padded[:, 2:])
    change = np.diff(closed.astype(np.int8), axis=1)
    columns, begins = np.nonzero(change == 1)
    ends = np.nonzero(change == -1)[1]
    return columns, np.maximum(begins - 1, 0), np.minimum(ends + 1, front.shape[0])


class _Runs:
    """The pixels of vertical runs, one run after the other.

    Attributes:
        columns, begins, sizes: Of each run.
        starts: Where each run starts among the pixels.
        of: The run of each pixel.
        rows: The row of each pixel.
        ground, offset: The background of each pixel, and how far it is from it.
    """

    def __init__(
        self, area: Floats, background: Floats, columns: Counts, begins: Counts, ends: Counts
    ) -> None:
        self.columns, self.begins, self.sizes = columns, begins, ends - begins
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.of = np.repeat(np.arange(len(columns)), self.sizes)
        self.rows = np.arange(len(self.of)) - self.starts[self.of] + begins[self.of]
        places = self.rows, columns[self.of]
        self.ground = background[places]
        self.offset = area[places] - self.ground

    def sums(self, values: Floats) -> Floats:
        """The sum of a value of the pixels over each run."""
        return np.asarray(np.add.reduceat(values, self.starts, axis=0))


def _length(vectors: Floats) -> Floats:
    """The lengths of vectors along the last axis."""
    return np.asarray(np.sqrt(_product(vectors, vectors)))


def _product(first: Floats, second: Floats) -> Floats:
    """The scalar products of vectors along the last axis."""
    parts = [first[..., channel] * second[..., channel] for channel in range(3)]
    return np.asarray(parts[0] + parts[1] + parts[2])


def _samples(runs: _Runs, palette: Floats) -> Floats:
    """Samples of runs: colour, column, row, cover, weight, and the pixel by which they are sorted.

    A run of one colour gives one sample; the others are looked at pixel by pixel.
    """
    count = runs.sizes[:, None].astype(np.float64)
    total = runs.sums(runs.offset)
    direction = (count[..., None] * palette - runs.sums(runs.ground)[:, None]) / count[..., None]
    lengths = np.maximum(_product(direction, direction), 1.0)
    cover = _product(direction, total[:, None]) / lengths
    rest = _length(total[:, None] - cover[..., None] * direction)
    rest /= np.maximum(_length(total), 1.0)[:, None]
    order = np.argsort(rest, axis=1, kind="stable")
    each, best = np.arange(len(order)), order[:, 0]
    direction, cover = direction[each, best], cover[each, best]
    along = direction[runs.of]
    share = _product(runs.offset, along) / lengths[each, best][runs.of]
    left_over = greatest(np.abs(runs.offset - share[:, None] * along))
    alone = (rest[each, best] < 0.1) & (cover > 0.45)
    alone &= np.maximum.reduceat(left_over, runs.starts) < 40
    weight = np.ones(len(order))
    if len(palette) > 1:
        weight[rest[each, order[:, 1]] < rest[each, best] + 0.03] = 0.3
    positive = np.clip(share, 0.0, None)
    centre = runs.sums(runs.rows * positive) / np.maximum(runs.sums(positive), 1e-300)
    whole = np.column_stack([best, runs.columns, centre, cover, weight, runs.starts])[alone]
    samples = np.concatenate([whole, _mixed(runs, palette, np.flatnonzero(~alone[runs.of]))])
    return np.asarray(samples[np.argsort(samples[:, 5], kind="stable")])


def _mixed(runs: _Runs, palette: Floats, pixels: Counts) -> Floats:
    """Runs of several lines: label each pixel with the colour that explains it fully."""
    if not len(pixels):
        return np.zeros((0, 6))
    offset, of = runs.offset[pixels], runs.of[pixels]
    shape = (len(palette), len(pixels))
    apart, share, rest = np.empty(shape), np.empty(shape), np.empty(shape)
    for index, colour in enumerate(palette):
        direction = colour - runs.ground[pixels]
        lengths = np.maximum(_product(direction, direction), 1.0)
        apart[index] = _length(offset - direction)
        share[index] = np.clip(_product(offset, direction) / lengths, 0, 1)
        rest[index] = _length(offset - share[index][:, None] * direction)
    faint = greatest(np.abs(offset)) < 14
    label = np.where(apart.min(axis=0) < 22, apart.argmin(axis=0), -1)
    # Stretches of one colour within one run; `ends` is the pixel behind each.
    new = np.flatnonzero((np.diff(label, prepend=-2) != 0) | (np.diff(of, prepend=-1) != 0))
    ends = np.append(new[1:], len(label))
    firsts, ends = new[label[new] >= 0], ends[label[new] >= 0]
    own, run = label[firsts], of[firsts]
    first = runs.rows[pixels[firsts]] - runs.begins[run]
    low, high = first.astype(np.float64), (first + ends - firsts).astype(np.float64)
    clean = np.zeros(len(firsts), dtype=np.int64)
    before, after = firsts - 1, np.minimum(ends, len(label) - 1)
    for beside, there, end, sign in (
        (before, first > 0, low, -1.0),
        (after, high < runs.sizes[run], high, 1.0),
    ):
        soft = there & (rest[own, beside] < 14) & (share[own, beside] > 0.02)
        end += np.where(soft, sign * share[own, beside], 0.0)
        clean += soft | (there & faint[beside])
    weight = np.array([0.05, 0.12, 0.5])[clean]
    middle = runs.begins[run] + (low + high) / 2 - 0.5
    return np.column_stack([own, runs.columns[run], middle, high - low, weight, pixels[firsts]])
