//! The loops over columns, and the small memories that some of them carry.

use super::node::{Binary, Compare, Cross, Logic, Trend, Unary};

#[inline(always)]
fn map<A: Copy, O>(a: &[A], out: &mut [O], f: impl Fn(A) -> O) {
    for (out, a) in out.iter_mut().zip(a) {
        *out = f(*a);
    }
}

#[inline(always)]
fn zip<A: Copy, O>(a: &[A], b: &[A], out: &mut [O], f: impl Fn(A, A) -> O) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = f(*a, *b);
    }
}

pub(crate) fn unary(op: Unary, a: &[f64], out: &mut [f64]) {
    match op {
        Unary::Neg => map(a, out, |a| -a),
        Unary::Abs => map(a, out, f64::abs),
        Unary::Log => map(a, out, f64::ln),
        Unary::Exp => map(a, out, f64::exp),
        Unary::Sqrt => map(a, out, f64::sqrt),
        Unary::Sign => map(a, out, |a| if a == 0.0 || a.is_nan() { a } else { 1.0f64.copysign(a) }),
    }
}

pub(crate) fn binary(op: Binary, a: &[f64], b: &[f64], out: &mut [f64]) {
    match op {
        Binary::Add => zip(a, b, out, |a, b| a + b),
        Binary::Sub => zip(a, b, out, |a, b| a - b),
        Binary::Mul => zip(a, b, out, |a, b| a * b),
        Binary::Div => zip(a, b, out, |a, b| a / b),
        Binary::Pow => zip(a, b, out, f64::powf),
        Binary::Min => zip(a, b, out, |a, b| if a.is_nan() || a < b { a } else { b }),
        Binary::Max => zip(a, b, out, |a, b| if a.is_nan() || a > b { a } else { b }),
    }
}

pub(crate) fn compare(op: Compare, a: &[f64], b: &[f64], out: &mut [u8]) {
    match op {
        Compare::Lt => zip(a, b, out, |a, b| u8::from(a < b)),
        Compare::Le => zip(a, b, out, |a, b| u8::from(a <= b)),
        Compare::Gt => zip(a, b, out, |a, b| u8::from(a > b)),
        Compare::Ge => zip(a, b, out, |a, b| u8::from(a >= b)),
        Compare::Eq => zip(a, b, out, |a, b| u8::from(a == b)),
        Compare::Ne => zip(a, b, out, |a, b| u8::from(a < b) | u8::from(a > b)),
    }
}

pub(crate) fn logic(op: Logic, a: &[u8], b: &[u8], out: &mut [u8]) {
    match op {
        Logic::And => zip(a, b, out, |a, b| a & b),
        Logic::Or => zip(a, b, out, |a, b| a | b),
    }
}

pub(crate) fn not(a: &[u8], out: &mut [u8]) {
    map(a, out, |a| a ^ 1);
}

pub(crate) fn choose(condition: &[u8], a: &[f64], b: &[f64], out: &mut [f64]) {
    for (((out, condition), a), b) in out.iter_mut().zip(condition).zip(a).zip(b) {
        *out = if *condition != 0 { *a } else { *b };
    }
}

/// Clears the rows of `ready` at which `values` has no number.
pub(super) fn strike_missing(values: &[f64], ready: &mut [u8]) {
    for (ready, value) in ready.iter_mut().zip(values) {
        *ready &= u8::from(!value.is_nan());
    }
}

/// Whether no value is NaN.
pub(super) fn complete(values: &[f64]) -> bool {
    values.iter().fold(true, |all, value| all & !value.is_nan())
}

/// The row before, and how many rows in a row went one way.
#[derive(Clone, Copy, Debug)]
pub(super) struct TrendMemory {
    rows: usize,
    before: f64,
    run: usize,
}

impl TrendMemory {
    pub(super) const fn new(rows: usize) -> Self {
        Self { rows, before: f64::NAN, run: 0 }
    }

    pub(super) fn run(&mut self, trend: Trend, a: &[f64], out: &mut [u8]) {
        for (out, a) in out.iter_mut().zip(a) {
            let goes_on = match trend {
                Trend::Rising => *a > self.before,
                Trend::Falling => *a < self.before,
            };
            self.run = if goes_on { self.run.saturating_add(1) } else { 0 };
            self.before = *a;
            *out = u8::from(self.run >= self.rows);
        }
    }
}

/// The row before, of both sides of a cross.
#[derive(Clone, Copy, Debug)]
pub(super) struct CrossMemory {
    a: f64,
    b: f64,
}

impl CrossMemory {
    pub(super) const fn new() -> Self {
        Self { a: f64::NAN, b: f64::NAN }
    }

    pub(super) fn run(&mut self, cross: Cross, a: &[f64], b: &[f64], out: &mut [u8]) {
        match cross {
            Cross::Above => self.over(a, b, out),
            Cross::Below => self.over(b, a, out),
        }
    }

    /// `up` rises above `down`; which of the two was `a` does not matter to the memory as long as it is
    /// always the same.
    fn over(&mut self, up: &[f64], down: &[f64], out: &mut [u8]) {
        let (Some(first_up), Some(first_down)) = (up.first(), down.first()) else {
            return;
        };
        out[0] = u8::from(first_up > first_down) & u8::from(self.a <= self.b);
        let rows = up.len();
        let now = up[1..].iter().zip(&down[1..rows]);
        let before = up[..rows - 1].iter().zip(&down[..rows - 1]);
        for ((out, (up, down)), (up_before, down_before)) in out[1..].iter_mut().zip(now).zip(before) {
            *out = u8::from(up > down) & u8::from(up_before <= down_before);
        }
        (self.a, self.b) = (up[rows - 1], down[rows - 1]);
    }
}

/// The last rows of a column.
#[derive(Clone, Debug)]
pub(super) struct LagMemory {
    rows: usize,
    /// Up to `rows` values, in a ring once it is full.
    last: Vec<f64>,
    oldest: usize,
}

impl LagMemory {
    pub(super) const fn new(rows: usize) -> Self {
        Self { rows, last: Vec::new(), oldest: 0 }
    }

    pub(super) fn run(&mut self, a: &[f64], out: &mut [f64]) {
        if self.rows == 0 {
            out.copy_from_slice(a);
            return;
        }
        for (out, a) in out.iter_mut().zip(a) {
            if self.last.len() < self.rows {
                self.last.push(*a);
                *out = f64::NAN;
                continue;
            }
            *out = std::mem::replace(&mut self.last[self.oldest], *a);
            self.oldest = if self.oldest + 1 == self.rows { 0 } else { self.oldest + 1 };
        }
    }
}
