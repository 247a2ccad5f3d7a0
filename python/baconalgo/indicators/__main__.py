"""Writes the reference page of all indicators: ``python -m baconalgo.indicators > docs/indicators.md``."""

from __future__ import annotations

import sys

from baconalgo.indicators._reference import page

sys.stdout.write(page())
