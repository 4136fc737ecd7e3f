"""Web pages that show one chart, with nothing loaded from anywhere and no script in the data.

Data is put into a page as JSON in which every ``<``, ``>`` and ``&`` is written as an escape,
so no text of a title, a name or a value can end the element it stands in. A content security
policy forbids the page every connection.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

__all__ = ["chart_page", "safe_json"]

_ESCAPES = {
    ord("<"): "\\u003c",
    ord(">"): "\\u003e",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'{evaluation}; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; worker-src blob:; base-uri 'none'; form-action 'none'"
)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 0; padding: 16px; background: white; font-family: sans-serif; }}
#chart {{ max-width: 100%; overflow-x: auto; }}
</style>
{library}
</head>
<body>
<div id="chart">{content}</div>
{program}
</body>
</html>
"""


def safe_json(value: Any) -> str:
    """JSON that may stand inside a ``<script>`` element whatever the value holds."""
    return json.dumps(value, ensure_ascii=False, default=str).translate(_ESCAPES)


def chart_page(
    *,
    title: str,
    library: str = "",
    program: str = "",
    spec: Mapping[str, Any] | None = None,
    content: str = "",
    evaluates: bool = False,
) -> str:
    """One self-contained page.

    Args:
        title: Title of the page, as plain text.
        library: JavaScript of the chart library; trusted.
        program: JavaScript that draws `spec` into the element ``chart``; trusted.
        spec: What to draw; available to `program` as the constant ``spec``.
        content: HTML that stands in the element ``chart``; trusted.
        evaluates: Whether the library compiles functions at run time.
    """
    # no text of a library may end its own element either
    safe_library = library.replace("</script", r"<\/script")
    parts = []
    if spec is not None:
        parts.append(f'<script type="application/json" id="spec">{safe_json(spec)}</script>')
    if program:
        read = 'const spec = JSON.parse(document.getElementById("spec").textContent);'
        parts.append(f"<script>\n{read if spec is not None else ''}\n{program}\n</script>")
    return _PAGE.format(
        policy=_POLICY.format(evaluation=" 'unsafe-eval'" if evaluates else ""),
        title=html.escape(title),
        library=f"<script>{safe_library}</script>" if library else "",
        content=content,
        program="\n".join(parts),
    )
