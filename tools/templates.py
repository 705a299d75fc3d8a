"""Writes the sheets that a company fills in, Turkish and English: python tools/templates.py [FOLDER]."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scrm_helpers.ingestion.templates import write  # noqa: E402

if __name__ == "__main__":
    for path in write(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data" / "templates"):
        print(path.name)
