//! What a bus measures of itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::bus::Bus;
use crate::bus::topic::Topic;
use crate::clock::wall_clock;
use crate::telemetry::{Measured, Measurement, Summary, Value};

/// What a bus has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BusMetrics {
    /// Published, heard or not.
    pub messages_published: u64,
    /// Received, by each subscription that did.
    pub messages_consumed: u64,
    /// Published while nobody listened to the topic.
    pub messages_unheard: u64,
    /// Lost by subscriptions that lose the oldest.
    pub buffer_overruns: u64,
    /// From published to received; empty where the bus does not measure.
    pub latency: Summary,
    /// Published a second, since the first.
    pub throughput: f64,
    /// Topics there are.
    pub topics: usize,
    /// Subscriptions there are.
    pub subscriptions: usize,
    /// Memory of rings in use and of payloads kept, bytes.
    pub memory_bytes: usize,
}

impl Bus {
    /// What it has done so far.
    pub fn metrics(&self) -> BusMetrics {
        let topics = self.topics();
        let sum = |of: fn(&Topic) -> u64| topics.iter().map(|topic| of(topic)).sum::<u64>();
        let published = sum(|topic| topic.published.get());
        let first = self.first.load(Ordering::Relaxed);
        let seconds = (wall_clock() - first) as f64 * 1e-9;
        BusMetrics {
            messages_published: published,
            messages_consumed: sum(|topic| topic.consumed.get()),
            messages_unheard: sum(|topic| topic.unheard.get()),
            buffer_overruns: sum(|topic| topic.lost.get()),
            latency: self.latency.as_ref().map(|latency| latency.summary()).unwrap_or_default(),
            throughput: if first == 0 || seconds <= 0.0 { 0.0 } else { published as f64 / seconds },
            topics: topics.len(),
            subscriptions: self.subscriptions(),
            memory_bytes: self.memory.used(),
        }
    }
}

impl Measured for Bus {
    fn measurements(&self) -> Vec<Measurement> {
        let metrics = self.metrics();
        let mut found = vec![
            Measurement::new("messages_published", Value::Count(metrics.messages_published)),
            Measurement::new("messages_consumed", Value::Count(metrics.messages_consumed)),
            Measurement::new("messages_unheard", Value::Count(metrics.messages_unheard)),
            Measurement::new("buffer_overruns", Value::Count(metrics.buffer_overruns)),
            Measurement::new("throughput", Value::Level(metrics.throughput)),
            Measurement::new("topics", Value::Count(metrics.topics as u64)),
            Measurement::new("subscriptions", Value::Count(metrics.subscriptions as u64)),
            Measurement::new("memory_bytes", Value::Count(metrics.memory_bytes as u64)),
        ];
        if self.latency.is_some() {
            found.push(Measurement::new("latency_ns", Value::Latency(metrics.latency)));
        }
        for topic in self.topics() {
            let of_topic =
                |name, count| Measurement::of_part("topic", Arc::clone(&topic.name), name, Value::Count(count));
            found.push(of_topic("messages_published", topic.published.get()));
            found.push(of_topic("messages_consumed", topic.consumed.get()));
            found.push(of_topic("messages_unheard", topic.unheard.get()));
            found.push(of_topic("buffer_overruns", topic.lost.get()));
            found.push(of_topic("next_sequence", topic.next_sequence()));
            found.push(of_topic("readers", topic.readers() as u64));
        }
        found
    }
}
