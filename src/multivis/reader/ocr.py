"""Recognition of text in crops, with one cached engine (rapidocr behind the `reader` extra)."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

import numpy as np

from multivis.errors import MissingExtraError
from multivis.reader.raster import Pixels, greatest

__all__ = ["recognize"]

_LOCK = threading.Lock()
_HEIGHT = 48
_BATCH = 12
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
        "Rec.rec_batch_num": _BATCH,
        # Batches are padded to this width; tick labels are much narrower than the default.
        "Rec.rec_img_shape": [3, _HEIGHT, 2 * _HEIGHT],
    }
    engine = RapidOCR(params=parameters)
    # The recogniser is loaded by the first call.
    engine(np.full((_HEIGHT, 2 * _HEIGHT, 3), 255, np.uint8), use_det=False, use_cls=False)
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
    with _LOCK:
        engine = _engine()
        from rapidocr.ch_ppocr_rec import TextRecInput

        output = engine.text_rec(TextRecInput(img=prepared))
    texts, scores = output.txts or (), output.scores or ()
    return [(str(text).strip(), float(score)) for text, score in zip(texts, scores, strict=True)]


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
