//! One reader of one topic: an end of its ring, and what it has taken from there.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use baconalgo_bus::{Closed, Consumer, Tap};
use baconalgo_core::event::{Message, MessageKind};

use crate::bus::payload::{Payload, Position};
use crate::bus::topic::Topic;

/// How a reader hangs on its ring.
pub(crate) enum End {
    /// Publishers wait for it.
    Gate(Consumer<Message>),
    /// Nobody does.
    Tap(Tap<Message>),
}

impl End {
    pub(crate) fn next_sequence(&self) -> u64 {
        match self {
            Self::Gate(consumer) => consumer.next_sequence(),
            Self::Tap(tap) => tap.next_sequence(),
        }
    }
}

/// A reader of a topic.
pub(crate) struct Reader {
    pub(crate) topic: Arc<Topic>,
    base: u64,
    /// `None` once it has left.
    end: Option<End>,
    position: Arc<Position>,
    /// Taken from the ring and not handed out: from `at` on.
    records: Vec<Message>,
    sequences: Vec<u64>,
    /// What had been overwritten in all when each was taken.
    losses: Vec<u64>,
    at: usize,
    /// Messages overwritten before they were taken.
    overwritten: u64,
    /// Messages whose payload was thrown away before they were taken.
    missed: u64,
}

/// A record, its sequence, and what belongs to it.
pub(crate) struct Taken {
    pub(crate) sequence: u64,
    pub(crate) record: Message,
    pub(crate) payload: Option<Payload>,
}

impl Reader {
    pub(crate) fn new(topic: Arc<Topic>, base: u64, end: End, position: Arc<Position>) -> Self {
        let (records, sequences, losses) = (Vec::new(), Vec::new(), Vec::new());
        Self { topic, base, end: Some(end), position, records, sequences, losses, at: 0, overwritten: 0, missed: 0 }
    }

    /// Whether there is something to hand out; takes up to `max` of one kind from the ring if there is not. With 0,
    /// nothing is taken that holds publishers back.
    pub(crate) fn fill(&mut self, max: usize) -> Result<bool, Closed> {
        self.records.drain(..self.at);
        self.sequences.drain(..self.at);
        self.losses.drain(..self.at);
        self.at = 0;
        match &mut self.end {
            _ if !self.records.is_empty() && max <= self.records.len() => {}
            None => return Err(Closed),
            Some(End::Gate(_)) if !self.records.is_empty() => {}
            Some(End::Gate(consumer)) => {
                if let Some(mut batch) = consumer.try_read(max.max(1))? {
                    let (front, back) = batch.as_slices();
                    let kind = front.first().map(|record| record.kind);
                    let run = front.iter().chain(back).take(max).take_while(|record| Some(record.kind) == kind).count();
                    let (front_run, first) = (run.min(front.len()), self.base + batch.first_sequence());
                    self.records.extend_from_slice(&front[..front_run]);
                    self.records.extend_from_slice(&back[..run - front_run]);
                    self.sequences.extend(first..first + run as u64);
                    self.losses.resize(run, 0);
                    batch.release(run);
                    // What is not of the run stays in the ring: dropping the batch would release it too.
                    std::mem::forget(batch);
                    return Ok(true);
                }
            }
            Some(End::Tap(tap)) => {
                while self.records.len() < max.max(1) {
                    match tap.try_recv() {
                        Ok(Some(received)) => {
                            self.records.push(received.event);
                            self.sequences.push(self.base + received.sequence);
                            self.losses.push(tap.lost());
                        }
                        Err(Closed) if self.records.is_empty() => return Err(Closed),
                        Ok(None) | Err(Closed) => break,
                    }
                }
            }
        }
        if self.records.is_empty()
            && let Some(End::Tap(tap)) = &self.end
        {
            let lost = tap.lost();
            self.count_lost(lost);
        }
        Ok(!self.records.is_empty())
    }

    /// Waits until there is something to hand out.
    pub(crate) fn wait(&mut self, timeout: Duration) -> Result<bool, Closed> {
        if self.fill(0)? {
            return Ok(true);
        }
        match &mut self.end {
            None => return Err(Closed),
            Some(End::Gate(consumer)) => {
                let found = consumer.read(1, timeout)?;
                // Only looked at: it stays in the ring.
                return Ok(found.map(std::mem::forget).is_some());
            }
            Some(End::Tap(tap)) => match tap.recv(timeout)? {
                Some(received) => {
                    self.records.push(received.event);
                    self.sequences.push(self.base + received.sequence);
                    self.losses.push(tap.lost());
                }
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    /// Counts what was overwritten before what is handed out, or before nothing.
    fn count_lost(&mut self, overwritten: u64) {
        if overwritten > self.overwritten {
            self.topic.lost.add(overwritten - self.overwritten);
            self.overwritten = overwritten;
        }
    }

    /// Hands out the next one; `None` if there is none, or its payload is gone: then it counts as lost.
    pub(crate) fn take(&mut self) -> Option<Taken> {
        let (record, sequence) = (*self.records.get(self.at)?, *self.sequences.get(self.at)?);
        self.count_lost(self.losses[self.at]);
        self.at += 1;
        let taken = if record.kind == MessageKind::Payload as u8 {
            let payload = self.topic.payloads.get(sequence);
            self.move_to(sequence + 1);
            // The receiver holds this payload; the others, which lossy readers have passed, go here.
            drop(self.topic.forget_read());
            match payload {
                None => {
                    self.miss();
                    return None;
                }
                payload => Taken { sequence, record, payload },
            }
        } else {
            self.move_to(sequence + 1);
            Taken { sequence, record, payload: None }
        };
        Some(taken)
    }

    /// Hands out a run of records of one kind, none of them payloads, up to `max`.
    pub(crate) fn take_run(&mut self, max: usize, records: &mut Vec<Message>, sequences: &mut Vec<u64>) {
        let ready = &self.records[self.at..];
        let Some(kind) = ready.first().map(|record| record.kind) else { return };
        if records.last().is_some_and(|last| last.kind != kind) || kind == MessageKind::Payload as u8 {
            return;
        }
        let count = ready.iter().take(max).take_while(|record| record.kind == kind).count();
        records.extend_from_slice(&ready[..count]);
        sequences.extend_from_slice(&self.sequences[self.at..self.at + count]);
        self.at += count;
        self.count_lost(self.losses[self.at - 1]);
        if let Some(last) = sequences.last() {
            self.move_to(last + 1);
        }
    }

    /// The kind of what would be handed out next.
    pub(crate) fn next_kind(&self) -> Option<u8> {
        self.records.get(self.at).map(|record| record.kind)
    }

    /// Messages that were lost, as far as it knows.
    pub(crate) fn lost(&self) -> u64 {
        self.overwritten + self.missed
    }

    /// Claimed and not handed out yet.
    pub(crate) fn backlog(&self) -> u64 {
        let in_ring = match &self.end {
            None => 0,
            Some(End::Gate(consumer)) => consumer.lag(),
            Some(End::Tap(tap)) => tap.lag(),
        };
        in_ring + (self.records.len() - self.at) as u64
    }

    fn miss(&mut self) {
        self.topic.lost.add(1);
        self.missed += 1;
    }

    fn move_to(&self, next: u64) {
        // Release: what was read at the position happens before it is thrown away.
        self.position.next.store(next, Ordering::Release);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.end = None;
        self.topic.leave(&self.position);
    }
}
