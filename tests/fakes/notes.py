"""The notes of the acceptance stories."""

from datetime import date
from pathlib import Path

FX_1_DAY = date(2026, 3, 4)
FX_1 = (Path(__file__).parents[1] / "data" / "fx1.txt").read_text(encoding="utf-8")
