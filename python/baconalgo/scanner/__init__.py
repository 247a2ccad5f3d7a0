"""A scan of thousands of instruments: filter, rank, score and say why.

The rules - filters, score, sessions, what is skipped - are written down in ``docs/scanner.md``.
"""

from baconalgo.scanner._scanner import QuantumScanner, ScannerStats
from baconalgo.scanner._settings import QuantumScannerConfig, ScanFilter
from baconalgo.scanner._table import ScanResult, ScanTable

__all__ = ["QuantumScanner", "QuantumScannerConfig", "ScanFilter", "ScanResult", "ScanTable", "ScannerStats"]
