//! Lock-free ring buffers in the manner of the LMAX Disruptor, generic over the event.
