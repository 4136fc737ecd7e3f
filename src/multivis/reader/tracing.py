"""Samples of lines: where, column by column, a colour crosses, to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from multivis.reader.raster import Floats, runs

__all__ = ["Trace", "trace_colours"]

Mask = NDArray[np.bool_]


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
    collected: list[list[tuple[float, float, float, float]]] = [[] for _ in colours]
    palette = np.array(colours)
    for column in range(area.shape[1]):
        pixels = area[:, column]
        ground = background[:, column]
        for first, last in _joined_runs(front[:, column]):
            begin, finish = max(first - 1, 0), min(last + 1, len(pixels))
            _sample_run(
                pixels[begin:finish], ground[begin:finish], palette, begin, column, collected
            )
    traces = []
    for samples in collected:
        data = np.array(samples, dtype=np.float64).reshape(-1, 4)
        traces.append(
            Trace(data[:, 0] + left + 0.5, data[:, 1] + top + 0.5, data[:, 2], data[:, 3])
        )
    return traces


def _joined_runs(column: Mask) -> list[tuple[int, int]]:
    """Runs, joined across gaps of one pixel."""
    joined: list[tuple[int, int]] = []
    for first, last in runs(column):
        if joined and first - joined[-1][1] <= 1:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _sample_run(
    pixels: Floats,
    ground: Floats,
    palette: Floats,
    begin: int,
    column: int,
    collected: list[list[tuple[float, float, float, float]]],
) -> None:
    offset = pixels - ground
    total = offset.sum(axis=0)
    directions = palette[:, None, :] - ground[None, :, :]
    mean_direction = directions.mean(axis=1)
    lengths = np.maximum((mean_direction**2).sum(axis=1), 1.0)
    cover = (mean_direction @ total) / lengths
    rest = np.linalg.norm(total - cover[:, None] * mean_direction, axis=1)
    rest /= max(float(np.linalg.norm(total)), 1.0)
    order = np.argsort(rest)
    best = int(order[0])
    rows = np.arange(begin, begin + len(pixels))
    if rest[best] < 0.1 and cover[best] > 0.45:
        share = (offset @ mean_direction[best]) / lengths[best]
        left_over = np.abs(offset - share[:, None] * mean_direction[best]).max()
        if left_over < 40:
            weight = 1.0
            if len(order) > 1 and rest[order[1]] < rest[best] + 0.03:
                weight = 0.3
            positive = np.clip(share, 0.0, None)
            centre = float((rows * positive).sum() / positive.sum())
            collected[best].append((column, centre, float(cover[best]), weight))
            return
    _sample_mixed(offset, directions, rows, column, collected)


def _sample_mixed(
    offset: Floats,
    directions: Floats,
    rows: NDArray[np.int64],
    column: int,
    collected: list[list[tuple[float, float, float, float]]],
) -> None:
    """A run of several lines: label each pixel with the colour that explains it fully."""
    apart = np.linalg.norm(offset[None] - directions, axis=2)
    lengths = np.maximum((directions**2).sum(axis=2), 1.0)
    share = np.clip((offset[None] * directions).sum(axis=2) / lengths, 0, 1)
    rest = np.linalg.norm(offset[None] - share[..., None] * directions, axis=2)
    pure = apart.argmin(axis=0)
    is_pure = apart.min(axis=0) < 22
    for index in range(len(directions)):
        own = is_pure & (pure == index)
        for first, last in runs(own):
            weight = 0.12
            low, high = float(first), float(last)
            clean = 0
            if first > 0 and rest[index, first - 1] < 14 and share[index, first - 1] > 0.02:
                low -= float(share[index, first - 1])
                clean += 1
            elif first > 0 and np.abs(offset[first - 1]).max() < 14:
                clean += 1
            if last < len(rows) and rest[index, last] < 14 and share[index, last] > 0.02:
                high += float(share[index, last])
                clean += 1
            elif last < len(rows) and np.abs(offset[last]).max() < 14:
                clean += 1
            if clean == 2:
                weight = 0.5
            elif clean == 0:
                weight = 0.05
            collected[index].append(
                (column, float(rows[0]) + (low + high) / 2 - 0.5, high - low, weight)
            )
