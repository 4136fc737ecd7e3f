"""What a person reads when a file is not what its ending says."""

from __future__ import annotations

from pathlib import Path

import pytest

from multivis.data import open_source
from multivis.errors import SourceFormatError


def test_the_message_never_quotes_the_statement_that_multivis_wrote(tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    path.write_text("region,amount\nNorth,1\n")
    with pytest.raises(SourceFormatError, match="PARQUET") as caught:
        open_source(path)
    assert "VIEW" not in str(caught.value)
    assert "LINE" not in str(caught.value)
