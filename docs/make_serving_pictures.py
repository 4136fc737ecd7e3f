"""Draw the picture of docs/serving.md: LangServe's playground, asked in a real browser.

Run by `make docs-pictures`. Needs the extras `serve` and `png`, and Chrome or Chromium.
"""

from __future__ import annotations

import asyncio
import base64
import io
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import choreographer
import uvicorn
from PIL import Image

from multivis.serve import create_app

PICTURE = Path(__file__).parent / "pictures" / "serving-1-playground.png"
SALES = "region,amount\nNorth,621\nSouth,702\nEast,655\nWest,690\n"
QUESTION = "Total amount by region as a bar chart, highest first"

# The page is one of React: a value that is set has to be told as typed.
TYPE = """
const boxes = [...document.querySelectorAll("textarea")];
const named = box => (box.closest(".control") || box.parentElement).innerText;
const box = boxes.find(one => /question/i.test(named(one)));
Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, QUESTION);
box.dispatchEvent(new Event("input", {bubbles: true}));
"""
START = """
[...document.querySelectorAll("button")].find(one => /start/i.test(one.innerText)).click()
"""


async def playground(address: str) -> bytes:
    """The page after a question was asked, as PNG."""
    async with choreographer.Browser(headless=True) as browser:
        tab = await browser.create_tab(address)
        session = await tab.create_session()
        size = {"width": 900, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
        await session.send_command("Emulation.setDeviceMetricsOverride", size)
        await session.send_command("Emulation.setScrollbarsHidden", {"hidden": True})

        async def run(script: str) -> Any:
            told = await session.send_command(
                "Runtime.evaluate", {"expression": script, "returnByValue": True}
            )
            return told["result"]["result"].get("value")

        await until(run, 'document.querySelectorAll("textarea").length > 0')
        await run("{" + TYPE.replace("QUESTION", repr(QUESTION)) + "}")
        await asyncio.sleep(1)
        await run(START)
        await until(run, "/Intermediate steps/.test(document.body.innerText)")
        await asyncio.sleep(1)
        shot = await session.send_command("Page.captureScreenshot", {"format": "png"})
        return base64.b64decode(shot["result"]["data"])


async def until(run: Any, condition: str) -> None:
    """Wait until a page says so, for at most a minute."""
    for _ in range(120):
        if await run(condition):
            return
        await asyncio.sleep(0.5)
    raise SystemExit(f"the page never came to {condition}")


def main() -> None:
    """Serve a small table and draw the page."""
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        data = Path(folder) / "sales.csv"
        data.write_text(SALES)
        config = uvicorn.Config(create_app({"sales": str(data)}), log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.1)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/multivis_agent/playground/"
        try:
            picture = asyncio.run(playground(address))
        finally:
            server.should_exit = True
            thread.join()
    with Image.open(io.BytesIO(picture)) as opened:
        opened.convert("RGB").quantize(64).save(PICTURE, optimize=True)
    print(f"{PICTURE}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
