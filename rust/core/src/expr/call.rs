//! Nodes that remember: indicators, patterns, and what a user has written.

use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::node::NodeId;
use crate::error::Error;
use crate::indicators::{Spec, Stream};

/// The most inputs or outputs that a call can have.
pub const MOST: usize = 16;

/// A running indicator with its settings and inputs, once for all of its outputs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// What runs.
    pub callee: Callee,
    /// Values of its parameters, in order; those that are not given have their defaults.
    pub settings: Vec<Setting>,
    /// What it reads, one node an input. An optional input that is left out is a constant 0.
    pub inputs: Vec<NodeId>,
}

/// The value of a parameter of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Setting {
    /// The bits of a number.
    Fixed(u64),
    /// The value of a parameter of the graph, by its place in [`super::Graph::params`].
    Param(usize),
}

impl Setting {
    /// A number.
    pub fn number(value: f64) -> Self {
        Self::Fixed(value.to_bits())
    }
}

/// What a call runs.
#[derive(Clone, Debug)]
pub enum Callee {
    /// An indicator or a pattern.
    Spec(&'static Spec),
    /// What a user has written.
    Custom(Arc<dyn Custom>),
}

/// A user's own indicator. It sees every row, missing values as NaN, and gives NaN where it has no value.
pub trait Custom: Debug + Send + Sync {
    /// Its name.
    fn name(&self) -> &str;
    /// How many series it reads.
    fn inputs(&self) -> usize;
    /// How many series it gives.
    fn outputs(&self) -> usize;
    /// One that has seen nothing.
    fn make(&self) -> Box<dyn CustomStream>;
}

/// A running [`Custom`].
pub trait CustomStream: Debug + Send + Sync {
    /// Takes rows, writes the outputs after each.
    ///
    /// # Errors
    /// Whatever goes wrong in it.
    fn extend(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> Result<(), Error>;
    /// A copy, with its state.
    fn boxed_clone(&self) -> Box<dyn CustomStream>;
}

impl Callee {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Spec(spec) => spec.name,
            Self::Custom(custom) => custom.name(),
        }
    }

    pub(super) fn inputs(&self) -> usize {
        match self {
            Self::Spec(spec) => spec.inputs.len(),
            Self::Custom(custom) => custom.inputs(),
        }
    }

    pub(super) fn outputs(&self) -> usize {
        match self {
            Self::Spec(spec) => spec.outputs.len(),
            Self::Custom(custom) => custom.outputs(),
        }
    }
}

impl PartialEq for Callee {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Spec(one), Self::Spec(two)) => std::ptr::eq(*one, *two),
            (Self::Custom(one), Self::Custom(two)) => Arc::ptr_eq(one, two),
            _ => false,
        }
    }
}

impl Eq for Callee {}

impl Hash for Callee {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

/// The memory of a call.
#[derive(Debug)]
pub(super) enum Runner {
    Stream(Stream),
    Custom(Box<dyn CustomStream>),
}

impl Clone for Runner {
    fn clone(&self) -> Self {
        match self {
            Self::Stream(stream) => Self::Stream(stream.clone()),
            Self::Custom(custom) => Self::Custom(custom.boxed_clone()),
        }
    }
}

/// The indicator or pattern of a name.
pub fn spec_of(name: &str) -> Option<&'static Spec> {
    crate::indicators::spec_of(name).or_else(|| crate::patterns::spec_of(name))
}
