"""A second, obviously simple backtester that the engine is compared with.

Written from ``docs/simulation.md`` alone: it shares no code and no data structure with the engine, so a
rule that one of the two got wrong shows as a difference.
"""
