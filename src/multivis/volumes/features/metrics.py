"""How good captions and isovalues are: the measures of VizGenie §8.1."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multivis.errors import OptionError

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

__all__ = ["MannWhitney", "consistency", "mann_whitney_u", "pairwise_similarities", "vocabulary"]

MOST_PAIRS = 20_000
"""Most pairs that are compared; of more, an even part."""


def words_of(text: str) -> list[str]:
    """Words of a caption, lower case; numbers are no words."""
    return re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower())


def vocabulary(captions: Sequence[str]) -> int:
    """Number of different words."""
    return len({word for caption in captions for word in words_of(caption)})


def pairwise_similarities(
    captions: Sequence[str], *, embeddings: Embeddings | None = None
) -> NDArray[np.float64]:
    """Cosine similarities of all pairs of captions, at most 20,000 of them.

    Args:
        captions: Texts.
        embeddings: Any LangChain embeddings; without, captions are counts of words.

    Returns:
        Similarities (pairs,); empty for fewer than two captions.
    """
    import numpy as np

    if len(captions) < 2:
        return np.zeros(0)
    if embeddings is not None:
        vectors = np.asarray(embeddings.embed_documents(list(captions)), dtype=np.float64)
    else:
        vectors = _counts(captions)
    lengths = np.linalg.norm(vectors, axis=1)
    unit = vectors / np.where(lengths > 0, lengths, 1.0)[:, None]
    rows, columns = np.triu_indices(len(captions), 1)
    step = max(1, -(-len(rows) // MOST_PAIRS))
    rows, columns = rows[::step], columns[::step]
    similarities: NDArray[np.float64] = np.einsum("ij,ij->i", unit[rows], unit[columns])
    return similarities


def _counts(captions: Sequence[str]) -> NDArray[Any]:
    """Counts of words (captions, words)."""
    import numpy as np

    counted = [Counter(words_of(caption)) for caption in captions]
    place = {word: number for number, word in enumerate(sorted(set().union(*counted)))}
    vectors = np.zeros((len(captions), max(1, len(place))))
    for row, counts in enumerate(counted):
        for word, count in counts.items():
            vectors[row, place[word]] = count
    return vectors


def consistency(captions: Sequence[str], *, embeddings: Embeddings | None = None) -> float:
    """Semantic consistency: the mean similarity of all pairs; 0 for fewer than two captions."""
    similarities = pairwise_similarities(captions, embeddings=embeddings)
    return float(similarities.mean()) if len(similarities) else 0.0


@dataclass(frozen=True)
class MannWhitney:
    """The result of the test.

    Attributes:
        u: U of the first sample: pairs in which its value is larger, ties count half.
        p: Two-sided probability, by the normal approximation with corrections for ties and
            continuity.
        effect: u / (n₁ n₂): the probability that a value of the first sample is larger.
    """

    u: float
    p: float
    effect: float


def mann_whitney_u(first: Sequence[float] | Any, second: Sequence[float] | Any) -> MannWhitney:
    """Whether two samples lie at the same place (Mann and Whitney 1947).

    Args:
        first: Values.
        second: Other values.

    Raises:
        OptionError: A sample is empty, or holds what is no number.
    """
    import numpy as np

    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if not len(one) or not len(two) or not np.isfinite(np.concatenate([one, two])).all():
        raise OptionError(
            "The Mann-Whitney test needs two samples of numbers.", hint="Give at least one each."
        )
    both = np.concatenate([one, two])
    _, inverse, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    n1, n2, n = len(one), len(two), len(both)
    u = float(ranks[:n1].sum() - n1 * (n1 + 1) / 2.0)
    ties = float((counts.astype(float) ** 3 - counts).sum())
    variance = n1 * n2 / 12.0 * ((n + 1) - ties / (n * (n - 1)))
    distance = max(0.0, abs(u - n1 * n2 / 2.0) - 0.5)
    p = 1.0 if variance <= 0 else math.erfc(distance / math.sqrt(variance) / math.sqrt(2.0))
    return MannWhitney(u, min(1.0, p), u / (n1 * n2))
