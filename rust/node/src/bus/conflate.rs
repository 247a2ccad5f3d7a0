//! The latest message of each key.
//!
//! Everything that is there is drained when somebody asks, and what is older than the latest of its key is dropped and
//! counted. What is left is handed out in the order of the last updates.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use baconalgo_core::error::{Error, ErrorKind};
use baconalgo_core::event::{Body, Message, MessageKind};

use crate::bus::reader::Taken;
use crate::bus::topic::Topic;

/// What messages are the same thing, of which only the latest counts. A payload has no fields: all payloads of a topic
/// are one thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Key {
    /// The symbol.
    #[default]
    Symbol,
    /// The kind, whatever the symbol.
    Kind,
    /// Kind and symbol.
    KindAndSymbol,
    /// The side, or the action of a signal, and the symbol.
    Side,
    /// The number of the order, of those that have one.
    OrderId,
}

impl Key {
    /// The key of a name.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn of(name: &str) -> Result<Self, Error> {
        Ok(match name {
            "symbol" => Self::Symbol,
            "kind" => Self::Kind,
            "kind_symbol" => Self::KindAndSymbol,
            "side" => Self::Side,
            "order_id" => Self::OrderId,
            _ => {
                let rule = "must be one of symbol, kind, kind_symbol, side, order_id";
                return Err(Error::new(ErrorKind::Bus, 1001, "key", rule, format!("{name:?}")));
            }
        })
    }

    fn value(self, record: &Message) -> u64 {
        let symbol = u64::from(record.symbol);
        if record.kind == MessageKind::Payload as u8 {
            return 1 << 63;
        }
        match self {
            Self::Symbol => symbol,
            Self::Kind => record.kind.into(),
            Self::KindAndSymbol => u64::from(record.kind) << 32 | symbol,
            Self::Side => u64::from(record.side as u8) << 32 | symbol,
            Self::OrderId => match record.body() {
                Some(
                    Body::Order { order_id, .. }
                    | Body::Cancel { order_id }
                    | Body::Fill { order_id, .. }
                    | Body::Update { order_id, .. },
                ) => order_id,
                _ => 0,
            },
        }
    }
}

/// Messages that wait to be handed out, one a key.
#[derive(Default)]
pub(crate) struct Latest {
    key: Key,
    /// When the message of a key came.
    came: HashMap<(u32, u64), u64>,
    waiting: BTreeMap<u64, (Arc<Topic>, Taken)>,
    clock: u64,
    /// How many were replaced by later ones.
    replaced: u64,
}

impl Latest {
    pub(crate) fn new(key: Key) -> Self {
        Self { key, ..Self::default() }
    }

    pub(crate) fn put(&mut self, topic: &Arc<Topic>, taken: Taken) {
        let key = (topic.number, self.key.value(&taken.record));
        self.clock += 1;
        if let Some(before) = self.came.insert(key, self.clock) {
            self.waiting.remove(&before);
            self.replaced += 1;
        }
        self.waiting.insert(self.clock, (topic.clone(), taken));
    }

    pub(crate) fn take(&mut self) -> Option<(Arc<Topic>, Taken)> {
        let (_, (topic, taken)) = self.waiting.pop_first()?;
        self.came.remove(&(topic.number, self.key.value(&taken.record)));
        Some((topic, taken))
    }

    /// Topic and kind of what would be taken next.
    pub(crate) fn next(&self) -> Option<(u32, u8)> {
        let (topic, taken) = self.waiting.first_key_value()?.1;
        Some((topic.number, taken.record.kind))
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn replaced(&self) -> u64 {
        self.replaced
    }
}
