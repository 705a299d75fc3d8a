"""Writes the sheets that a company fills in, Turkish and English: python tools/templates.py [FOLDER]."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scrm_helpers.ingestion.templates import write  # noqa: E402

if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", nargs="?", type=Path, default=ROOT / "data" / "templates")
    for path in write(asked.parse_args().folder):
        print(path.name)
