//! Where the measurements of a process are found.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Weak};

use parking_lot::Mutex;

use crate::telemetry::Summary;

/// A measured value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A count that only grows.
    Count(u64),
    /// A level, a rate.
    Level(f64),
    /// Times.
    Latency(Summary),
    /// A word, such as a state.
    Word(String),
}

/// A measurement: what, of which part, how much.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// What was measured, as `messages_published`.
    pub name: &'static str,
    /// Of which part of the component, as `("topic", "trades")`; `None` for all of it.
    pub part: Option<(&'static str, Arc<str>)>,
    /// How much.
    pub value: Value,
}

impl Measurement {
    /// A measurement of a whole component.
    pub fn new(name: &'static str, value: Value) -> Self {
        Self { name, part: None, value }
    }

    /// A measurement of a part of it.
    pub fn of_part(kind: &'static str, part: Arc<str>, name: &'static str, value: Value) -> Self {
        Self { name, part: Some((kind, part)), value }
    }
}

/// A component that measures itself.
pub trait Measured: Send + Sync {
    /// What it has measured so far; must not wait for whoever writes.
    fn measurements(&self) -> Vec<Measurement>;
}

/// The components of a process, by name.
#[derive(Default)]
pub struct Registry {
    components: Mutex<Components>,
}

#[derive(Default)]
struct Components {
    known: BTreeMap<(&'static str, u64), Weak<dyn Measured>>,
    given: BTreeMap<&'static str, u64>,
}

/// The name that a component has in the registry, such as `bus-1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// What it is.
    pub kind: &'static str,
    /// The how manieth of its kind, from 1.
    pub number: u64,
}

impl std::fmt::Display for Registration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.kind, self.number)
    }
}

impl Registry {
    /// The registry of this process.
    pub fn of_process() -> &'static Self {
        static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);
        &REGISTRY
    }

    /// Makes a component known until it is dropped.
    pub fn register(&self, kind: &'static str, component: Weak<dyn Measured>) -> Registration {
        let mut components = self.components.lock();
        components.known.retain(|_, component| component.strong_count() > 0);
        let number = components.given.entry(kind).or_default();
        *number += 1;
        let number = *number;
        components.known.insert((kind, number), component);
        Registration { kind, number }
    }

    /// The components that live, by kind and number.
    pub fn components(&self) -> Vec<(Registration, Arc<dyn Measured>)> {
        let components = self.components.lock();
        let alive = components.known.iter().filter_map(|(key, component)| Some((*key, component.upgrade()?)));
        alive.map(|((kind, number), component)| (Registration { kind, number }, component)).collect()
    }

    /// Forgets all components, in a process that they are not part of: the child of a fork.
    pub fn forget(&self) {
        self.components.lock().known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Counter;

    struct Worker(Counter);

    impl Measured for Worker {
        fn measurements(&self) -> Vec<Measurement> {
            vec![Measurement::new("done", Value::Count(self.0.get()))]
        }
    }

    fn worker(registry: &Registry) -> (Arc<Worker>, String) {
        let worker = Arc::new(Worker(Counter::new()));
        let weak: Weak<dyn Measured> = Arc::<Worker>::downgrade(&worker);
        let name = registry.register("worker", weak).to_string();
        (worker, name)
    }

    #[test]
    fn components_are_found_while_they_live() {
        let registry = Registry::default();
        let ((first, one), (second, two)) = (worker(&registry), worker(&registry));
        assert_eq!((one.as_str(), two.as_str()), ("worker-1", "worker-2"));
        second.0.add(7);
        let found = registry.components();
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].1.measurements(), [Measurement::new("done", Value::Count(7))]);
        drop((first, found));
        let found = registry.components();
        assert_eq!(found.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>(), ["worker-2"]);
        assert_eq!(worker(&registry).1, "worker-3");
        registry.forget();
        assert!(registry.components().is_empty());
    }
}
