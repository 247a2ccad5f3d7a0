"""Indicators against their definitions."""
