//! Which order a client's number stands for, and whether a number was used before.
//!
//! # Rationale
//! A number used twice is a duplicate, which must not trade twice. Memory is bounded: the last [`ClientIds::KEPT`]
//! numbers are known, older ones are forgotten. Open addressing with linear probing; what is forgotten is taken out
//! by moving its followers up, so no tombstones pile up and no call allocates.

use baconalgo_core::types::OrderId;

/// The last numbers of clients, and the orders they stand for.
#[derive(Debug)]
pub(super) struct ClientIds {
    /// `(client's number, place in the ring + 1)`; 0 is empty.
    table: Vec<(u64, u32)>,
    /// In the order of their arrival, over and over.
    ring: Vec<(u64, u64)>,
    next: usize,
    len: usize,
}

impl ClientIds {
    /// So many numbers are known.
    pub(super) const KEPT: usize = 1 << 18;

    pub(super) fn new() -> Self {
        Self::with_room(Self::KEPT)
    }

    fn with_room(kept: usize) -> Self {
        Self { table: vec![(0, 0); 2 * kept], ring: vec![(0, 0); kept], next: 0, len: 0 }
    }

    const fn home(&self, client: u64) -> usize {
        // Fibonacci hashing; the table's length is a power of two.
        let hashed = client.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (hashed >> (64 - self.table.len().trailing_zeros())) as usize
    }

    const fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.table.len() - 1)
    }

    fn slot(&self, client: u64) -> Option<usize> {
        let mut slot = self.home(client);
        while self.table[slot].1 != 0 {
            if self.table[slot].0 == client {
                return Some(slot);
            }
            slot = self.after(slot);
        }
        None
    }

    /// The order that a client's number stands for.
    pub(super) fn order(&self, client: u64) -> Option<OrderId> {
        self.slot(client).map(|slot| OrderId(self.ring[self.table[slot].1 as usize - 1].1))
    }

    /// Takes a new number; `false` if it is known already.
    pub(super) fn insert(&mut self, client: u64, order: OrderId) -> bool {
        if self.slot(client).is_some() {
            return false;
        }
        if self.len == self.ring.len() {
            self.remove(self.ring[self.next].0);
        } else {
            self.len += 1;
        }
        let mut slot = self.home(client);
        while self.table[slot].1 != 0 {
            slot = self.after(slot);
        }
        self.table[slot] = (client, self.next as u32 + 1);
        self.ring[self.next] = (client, order.0);
        self.next = (self.next + 1) % self.ring.len();
        true
    }

    fn remove(&mut self, client: u64) {
        let Some(mut hole) = self.slot(client) else { return };
        let mut slot = self.after(hole);
        while self.table[slot].1 != 0 {
            let home = self.home(self.table[slot].0);
            // It may move into the hole if its home does not lie behind it.
            let mask = self.table.len() - 1;
            if slot.wrapping_sub(home) & mask >= slot.wrapping_sub(hole) & mask {
                self.table[hole] = self.table[slot];
                hole = slot;
            }
            slot = self.after(slot);
        }
        self.table[hole] = (0, 0);
    }

    /// All that are known, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, OrderId)> + '_ {
        let first = if self.len == self.ring.len() { self.next } else { 0 };
        (0..self.len).map(move |place| {
            let (client, order) = self.ring[(first + place) % self.ring.len()];
            (client, OrderId(order))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use baconalgo_core::rng::Rng;

    use super::*;

    #[test]
    fn a_number_is_known_until_so_many_others_came() {
        let mut ids = ClientIds::with_room(4);
        for client in 1..=5 {
            assert!(ids.insert(client, OrderId(10 * client)));
            assert!(!ids.insert(client, OrderId(0)));
        }
        assert_eq!(ids.order(1), None);
        assert_eq!(ids.order(5), Some(OrderId(50)));
        assert_eq!(ids.iter().map(|(client, _)| client).collect::<Vec<_>>(), [2, 3, 4, 5]);
    }

    #[test]
    fn the_table_agrees_with_a_list_of_the_last_numbers() {
        let mut rng = Rng::new(3, 0);
        let mut ids = ClientIds::with_room(64);
        let mut list: VecDeque<(u64, u64)> = VecDeque::new();
        for order in 0..20_000u64 {
            // Few and far apart: many collisions and many repetitions.
            let client = ((rng.next_u64() % 200) << 57) | (rng.next_u64() % 3);
            let known = list.iter().find(|(other, _)| *other == client).map(|(_, order)| OrderId(*order));
            assert_eq!(ids.order(client), known);
            assert_eq!(ids.insert(client, OrderId(order)), known.is_none());
            if known.is_none() {
                list.push_back((client, order));
                if list.len() > 64 {
                    list.pop_front();
                }
            }
        }
        assert!(ids.iter().eq(list.iter().map(|(client, order)| (*client, OrderId(*order)))));
    }
}
