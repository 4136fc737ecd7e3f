"""A conformance suite for memories.

```python
class TestMyMemory(MemoryConformance):
    def make_memory(self):
        return MyMemory()
```
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from multivis.protocols import Example, Memory

__all__ = ["MemoryConformance"]


def _example(number: int = 1, description: str = "Total sales by region") -> Example:
    """An example; `number` makes its code its own."""
    return Example(
        name=f"example {number}",
        category="Bar Charts",
        description=description,
        backend="altair",
        code=f"chart = alt.Chart(df).mark_bar().encode(x='region:N', y='sales:Q')  # {number}",
    )


class MemoryConformance:
    """What every `multivis.protocols.Memory` must do. Subclass it and override `make_memory`."""

    def make_memory(self) -> Memory:
        """A new, empty memory."""
        raise AssertionError("override make_memory() to return an empty memory")

    def test_an_example_on_other_data_is_recalled_on_the_same_schema(self) -> None:
        """Data that changed since do not hide what was learned on their schema."""
        memory = self.make_memory()
        memory.remember(_example(), schema="s", data="monday", evidence={})
        assert list(memory.recall("sales", schema="s", data="tuesday")) == [_example()]

    def test_it_is_a_memory(self) -> None:
        """It has the methods of the protocol."""
        memory = self.make_memory()
        for name in ("remember", "recall", "forget", "__iter__"):
            assert callable(getattr(memory, name, None)), name

    def test_what_is_remembered_is_recalled_whole(self) -> None:
        """An example comes back as it was given."""
        memory = self.make_memory()
        key = memory.remember(_example(), schema="s", evidence={"passed": True})
        assert list(memory.recall("sales per region", schema="s")) == [_example()]
        assert list(memory) == [key]

    def test_nothing_is_recalled_on_another_schema(self) -> None:
        """The same words on another schema find nothing."""
        memory = self.make_memory()
        memory.remember(_example(), schema="s", evidence={})
        assert list(memory.recall("Total sales by region", schema="t")) == []

    def test_the_same_example_is_kept_once(self) -> None:
        """Remembering again changes neither the key nor the number."""
        memory = self.make_memory()
        first = memory.remember(_example(), schema="s", evidence={})
        assert memory.remember(_example(), schema="s", evidence={}) == first
        assert len(list(memory)) == 1

    def test_words_decide_the_order_on_one_schema(self) -> None:
        """The example that shares words with the question comes first."""
        memory = self.make_memory()
        memory.remember(_example(1, "Average delay by airline"), schema="s", evidence={})
        memory.remember(_example(2, "Histogram of student ages"), schema="s", evidence={})
        memory.remember(_example(3, "Rainfall over the year"), schema="s", evidence={})
        for question, number in (("ages of students", 2), ("which airline has delays", 1)):
            assert memory.recall(question, schema="s")[0].name == f"example {number}"

    def test_no_more_than_the_limit_is_recalled(self) -> None:
        """`limit` bounds the answer."""
        memory = self.make_memory()
        for number in range(5):
            memory.remember(_example(number), schema="s", evidence={})
        assert len(memory.recall("sales", schema="s", limit=2)) == 2
        assert len(memory.recall("sales", schema="s", limit=10)) == 5

    def test_what_is_forgotten_is_gone(self) -> None:
        """Forgetting says whether there was something to forget."""
        memory = self.make_memory()
        key = memory.remember(_example(), schema="s", evidence={})
        assert memory.forget(key) is True
        assert memory.forget(key) is False
        assert list(memory.recall("sales", schema="s")) == []
        assert list(memory) == []

    def test_operators_and_quotes_in_a_question_are_only_words(self) -> None:
        """No question can break the search."""
        memory = self.make_memory()
        memory.remember(_example(), schema="s", evidence={})
        for question in (
            '"',
            "AND OR NOT",
            "a NEAR(b",
            "sales*",
            "text:x",
            "'; DROP TABLE example",
            "",
        ):
            assert len(memory.recall(question, schema="s")) <= 3
        assert list(memory.recall("sales", schema="s")) == [_example()]

    def test_threads_may_use_it_at_once(self) -> None:
        """Eight threads remember and recall; nothing is lost."""
        memory = self.make_memory()

        def work(number: int) -> int:
            memory.remember(_example(number), schema="s", evidence={})
            return len(memory.recall("sales", schema="s"))

        with ThreadPoolExecutor(8) as threads:
            assert all(count >= 1 for count in threads.map(work, range(24)))
        assert len(list(memory)) == 24
