//! Throughput and latency of the rings and of their peers, one JSON line a result.
//!
//! `cargo bench -p baconalgo-bus --bench rings [-- FILTER...]`. Events of 64 bytes, rings of 1,024 and 65,536; every
//! result is the median, the lowest and the highest of several runs, and every consumer checks the sum of what it saw.
//! `base` is the same loop with no ring: what the harness itself costs. `raw-copy` is a handing over with hardly any
//! protocol, the floor of what two cores can do: see `plain`. Producers are pinned to the first core,
//! consumers to the second; a topology that has more threads than the machine has cores says so in `oversubscribed`,
//! and uses whatever of a peer gives up the core.
//!
//! Latencies run from when an event was *planned* to be sent, whether or not the producer was in time.
//! `BACONALGO_BENCH=quick` makes everything short: it shows that the benchmark works, not how fast anything is.

#![allow(unsafe_code, reason = "the plain ring that is compared with, and the clock of the processor")]
#![allow(clippy::print_stdout, reason = "results are its output")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

mod clock;
mod latency;
mod links;
mod plain;
mod shapes;
mod throughput;

/// What is sent: a number from 0, when it was planned to be sent, and a load.
pub(crate) type Event = [u64; 8];

/// Which results to make, and how thoroughly.
pub(crate) struct Plan {
    filters: Vec<String>,
    quick: bool,
}

impl Plan {
    /// Runs of each.
    pub(crate) fn runs(&self) -> usize {
        if self.quick { 1 } else { 7 }
    }

    /// A number of events, or few of them.
    pub(crate) fn events(&self, events: u64) -> u64 {
        if self.quick { events / 100 } else { events }
    }

    /// This result is wanted.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| name.contains(filter.as_str()))
    }
}

fn main() {
    let filters = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let quick = std::env::var("BACONALGO_BENCH").is_ok_and(|value| value == "quick");
    let plan = Plan { filters, quick };
    throughput::run(&plan);
    latency::run(&plan);
}
