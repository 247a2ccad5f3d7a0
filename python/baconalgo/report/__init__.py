"""How a result shows itself: the terminal table, the charts, the tearsheet."""
