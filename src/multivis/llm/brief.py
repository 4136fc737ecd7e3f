"""Briefs: what a worker is told, as tagged sections that people, models and code can read.

```
<question>
Show the number of flights a month
</question>
<schema>
…
</schema>
```

A section's text can hold anything: a line that begins like a tag is escaped with a backslash,
and `parse_brief` undoes it, so that data can never open or close a section.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["parse_brief", "render_brief"]

_TAG = re.compile(r"^(\\*)(</?[a-z_]+>)", re.MULTILINE)
_SECTION = re.compile(r"^<([a-z_]+)>\n(.*?)^</\1>$", re.MULTILINE | re.DOTALL)


def render_brief(sections: Mapping[str, str]) -> str:
    """Write sections as one text; empty ones are left out.

    Args:
        sections: Names (lower case, underscores) to texts.
    """
    parts = []
    for name, text in sections.items():
        if not text:
            continue
        safe = _TAG.sub(r"\\\1\2", text)
        parts.append(f"<{name}>\n{safe}\n</{name}>")
    return "\n".join(parts)


def parse_brief(text: str) -> dict[str, str]:
    """Read the sections back; the inverse of `render_brief`."""
    return {
        name: re.sub(r"^\\(\\*</?[a-z_]+>)", r"\1", body[:-1], flags=re.MULTILINE)
        for name, body in _SECTION.findall(text)
    }
