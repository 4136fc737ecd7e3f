"""Recognition of text in crops, with one cached engine (rapidocr behind the `reader` extra)."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multivis.errors import MissingExtraError
from multivis.reader.raster import Pixels, greatest

__all__ = ["recognize"]

_LOCK = threading.Lock()
_HEIGHT = 48
_STEP = 96  # columns
_BATCH = 12 * _STEP  # columns
_JOBS = 2
_TINY = 7  # rows


@lru_cache(maxsize=1)
def _engine() -> Any:
    """The recogniser alone: finding text is done by geometry, which is far cheaper."""
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise MissingExtraError("Reading charts from pictures", extra="reader") from error
    parameters = {
        "Global.log_level": "critical",
        "Global.use_cls": False,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    engine = RapidOCR(params=parameters)
    # The recogniser is loaded by the first call.
    engine(np.full((_HEIGHT, _STEP, 3), 255, np.uint8), use_det=False, use_cls=False)
    return engine


def recognize(crops: list[Pixels]) -> list[tuple[str, float]]:
    """The text of each crop and how sure the recogniser is (0..1).

    Args:
        crops: Upright single lines of text, RGB, dark on light or light on dark.

    Raises:
        MissingExtraError: rapidocr is not installed.
    """
    if not crops:
        return []
    prepared = [_prepare(crop) for crop in crops]
    batches = _batches([image.shape[1] for image in prepared])
    with _LOCK:
        recogniser = _engine().text_rec

        def read(batch: list[int]) -> list[tuple[str, float]]:
            answers, _ = recogniser.postprocess_op(recogniser.session(_padded(prepared, batch)))
            return [(str(text).strip(), float(score)) for text, score in answers]

        # One after the other costs as much work, and the other core would have none.
        jobs = min(_JOBS, os.cpu_count() or 1, len(batches))
        if jobs > 1:
            with ThreadPoolExecutor(jobs) as pool:
                answers = list(pool.map(read, batches))
        else:
            answers = [read(batch) for batch in batches]
    found: dict[int, tuple[str, float]] = {}
    for batch, texts in zip(batches, answers, strict=True):
        found.update(zip(batch, texts, strict=True))
    return [found[index] for index in range(len(crops))]


def _batches(widths: list[int]) -> list[list[int]]:
    """Indices of crops that are recognised together, the most work first.

    The work goes with the columns, and a crop is padded to whole steps of width: a long title
    does not make the tick labels beside it as wide, and no text is read otherwise for what
    stands elsewhere in the picture.
    """
    by_width: dict[int, list[int]] = {}
    for index, width in enumerate(widths):
        by_width.setdefault(-(-width // _STEP) * _STEP, []).append(index)
    batches = []
    for width, members in sorted(by_width.items(), reverse=True):
        size = max(1, _BATCH // width)
        batches += [members[start : start + size] for start in range(0, len(members), size)]
    return sorted(batches, key=lambda batch: -len(batch) * max(widths[index] for index in batch))


def _padded(images: list[Pixels], batch: list[int]) -> NDArray[np.float32]:
    """Images as the recogniser takes them: -1 to 1, padded with grey to whole steps of width."""
    wide = -(-max(images[index].shape[1] for index in batch) // _STEP) * _STEP
    values = np.zeros((len(batch), 3, _HEIGHT, wide), dtype=np.float32)
    for row, index in enumerate(batch):
        image = images[index]
        part = image.transpose(2, 0, 1).astype(np.float32) / np.float32(255)
        values[row, :, :, : image.shape[1]] = (part - np.float32(0.5)) / np.float32(0.5)
    return values


def _prepare(crop: Pixels) -> Pixels:
    """Enlarge to the recogniser's height with a margin; dark on light."""
    import cv2

    image = crop
    if image.mean() < 110:
        image = 255 - image
    height, width = image.shape[:2]
    factor = (_HEIGHT - 12) / height
    size = (max(8, round(width * factor)), _HEIGHT - 12)
    paper = np.median(
        np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]]), axis=0
    ).tolist()
    if _is_tiny_word(image, paper):
        # Letters of few pixels are told apart better when they are wide and without steps.
        size = (round(size[0] * 1.25), size[1])
        large = cv2.GaussianBlur(
            cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), (0, 0), 1.5
        )
    else:
        large = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    framed = cv2.copyMakeBorder(large, 6, 6, 10, 10, cv2.BORDER_CONSTANT, value=paper)
    return np.ascontiguousarray(framed[:, :, ::-1])


def _is_tiny_word(image: Pixels, paper: list[float]) -> bool:
    """Whether a crop holds several letters, each of few rows."""
    ink = greatest(np.abs(image.astype(np.float64) - paper)) > 60
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return False
    height = int(rows[-1] - rows[0] + 1)
    return height <= _TINY and int(columns[-1] - columns[0] + 1) > 2.4 * height
