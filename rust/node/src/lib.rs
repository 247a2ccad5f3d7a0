//! Everything of baconalgo that touches the world: threads, clocks, files, sockets.
