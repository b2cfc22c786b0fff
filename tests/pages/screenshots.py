"""Two pictures of the explorer for the README: python tests/pages/screenshots.py PAGE FOLDER

PAGE is an explorer that ``kg export`` wrote. Colours are reduced, so that the files stay small.
"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlencode

sys.path[:0] = [str(Path(__file__).parent.parent)]

from page_cases import opened  # noqa: E402
from PIL import Image  # noqa: E402

COLOURS = 256
PICTURES = {
    "explorer.png": (
        1200,
        760,
        {"lang": "en", "theme": "light"},
        ("OpenAI", "Microsoft invests in OpenAI"),
    ),
    "explorer-phone.png": (
        390,
        780,
        {"lang": "pt", "theme": "dark"},
        ("Mistral AI", "ASML investe em"),
    ),
}


def main(page: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (width, height, state, (entity, relation)) in PICTURES.items():
        with opened(page, width, height, "#" + urlencode(state)) as browser:
            browser.locator("#search").fill(entity)
            browser.keyboard.press("Enter")
            browser.locator("#panel .actions button").first.click()  # only its surroundings
            browser.locator("#panel .edges button", has_text=relation).first.click()
            browser.screenshot(path=folder / name)
        Image.open(folder / name).convert("RGB").quantize(COLOURS).save(
            folder / name, optimize=True
        )
        print(f"{folder / name}: {(folder / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
