//! Square matrices and tables of numbers, row by row.

use super::checked::{bad_data, finite};
use crate::error::Error;

/// The sum of a\[i\] b\[i\] over the shorter length: eight running sums, joined in one fixed order.
#[inline]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, a_rest) = a[..a.len().min(b.len())].as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (x, y) in a.iter().zip(b) {
        for lane in 0..8 {
            sums[lane] = x[lane].mul_add(y[lane], sums[lane]);
        }
    }
    // The rest of the shorter one; where `b` is longer, its next chunk holds the partners.
    let partners = b.get(a.len()).map_or(b_rest, <[f64; 8]>::as_slice);
    for (lane, (x, y)) in a_rest.iter().zip(partners).enumerate() {
        sums[lane] = x.mul_add(*y, sums[lane]);
    }
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
    ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))
}

/// A table of observations: one row a period, one column a name.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    values: &'a [f64],
    rows: usize,
    columns: usize,
}

impl<'a> Table<'a> {
    /// `rows` x `columns` finite values, row by row.
    ///
    /// # Errors
    /// `DataError` if the shape is not that of the values, if there are no columns, or a value is not finite.
    pub fn new(values: &'a [f64], rows: usize, columns: usize) -> Result<Self, Error> {
        if columns == 0 || rows.checked_mul(columns) != Some(values.len()) {
            return Err(bad_data("returns", "must be a table of periods x names", format!("{rows} x {columns}")));
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let place = format!("{} in row {}, column {}", values[at], at / columns, at % columns);
            return Err(bad_data("returns", "must be finite", place));
        }
        Ok(Self { values, rows, columns })
    }

    /// Periods.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Names.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All values, row by row.
    pub fn values(&self) -> &'a [f64] {
        self.values
    }

    /// The rows in order.
    pub fn each_row(&self) -> std::slice::ChunksExact<'a, f64> {
        self.values.chunks_exact(self.columns)
    }

    /// The mean of each column; 0 without rows.
    pub fn means(&self) -> Vec<f64> {
        let mut means = vec![0.0; self.columns];
        for row in self.each_row() {
            for (mean, value) in means.iter_mut().zip(row) {
                *mean += value;
            }
        }
        for mean in &mut means {
            *mean /= self.rows.max(1) as f64;
        }
        means
    }
}

/// A symmetric matrix, stored whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    size: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// All zero.
    pub fn zeros(size: usize) -> Self {
        Self { size, values: vec![0.0; size * size] }
    }

    /// Ones on the diagonal.
    pub fn identity(size: usize) -> Self {
        let mut made = Self::zeros(size);
        for i in 0..size {
            made.set(i, i, 1.0);
        }
        made
    }

    /// `size` x `size` values, row by row; differences across the diagonal up to 1e-8 of the largest value are evened
    /// out.
    ///
    /// # Errors
    /// `DataError` if the shape is wrong, a value is not finite, a diagonal value is negative or it is not symmetric.
    pub fn try_new(parameter: &str, size: usize, values: &[f64]) -> Result<Self, Error> {
        if size == 0 || size.checked_mul(size) != Some(values.len()) {
            return Err(bad_data(parameter, "must be square", format!("{} values", values.len())));
        }
        finite(parameter, values)?;
        let mut made = Self { size, values: values.to_vec() };
        let most = values.iter().fold(0.0f64, |most, value| most.max(value.abs()));
        for i in 0..size {
            if made.at(i, i) < 0.0 {
                return Err(bad_data(parameter, "must not be negative on its diagonal", made.at(i, i)));
            }
            for j in i + 1..size {
                let (upper, lower) = (made.at(i, j), made.at(j, i));
                if (upper - lower).abs() > 1e-8 * most {
                    let place = format!("{upper} and {lower} at {i}, {j}");
                    return Err(bad_data(parameter, "must be symmetric", place));
                }
                made.set_both(i, j, 0.5 * (upper + lower));
            }
        }
        Ok(made)
    }

    /// Rows, which are as many as columns.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Row i, column j.
    #[inline]
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.values[i * self.size + j]
    }

    /// Row i.
    #[inline]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.size..(i + 1) * self.size]
    }

    #[inline]
    pub(super) fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.values[i * self.size..(i + 1) * self.size]
    }

    /// Rows i < j at once.
    #[inline]
    pub(super) fn two_rows_mut(&mut self, i: usize, j: usize) -> (&mut [f64], &mut [f64]) {
        let (before, from) = self.values.split_at_mut(j * self.size);
        (&mut before[i * self.size..(i + 1) * self.size], &mut from[..self.size])
    }

    #[inline]
    pub(super) fn set(&mut self, i: usize, j: usize, value: f64) {
        self.values[i * self.size + j] = value;
    }

    #[inline]
    pub(super) fn set_both(&mut self, i: usize, j: usize, value: f64) {
        self.set(i, j, value);
        self.set(j, i, value);
    }

    /// All values, row by row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All values, row by row, by value.
    pub fn into_values(self) -> Vec<f64> {
        self.values
    }

    /// The diagonal.
    pub fn diagonal(&self) -> Vec<f64> {
        (0..self.size).map(|i| self.at(i, i)).collect()
    }

    /// The matrix times a vector of its size.
    pub fn times(&self, vector: &[f64]) -> Vec<f64> {
        (0..self.size).map(|i| dot(self.row(i), vector)).collect()
    }

    /// x' M x.
    pub fn quadratic(&self, vector: &[f64]) -> f64 {
        dot(&self.times(vector), vector)
    }

    /// Every value by its own function of row, column and itself.
    pub(super) fn map(&self, change: impl Fn(usize, usize, f64) -> f64) -> Self {
        let size = self.size;
        let values = self.values.iter().enumerate().map(|(at, &value)| change(at / size, at % size, value)).collect();
        Self { size, values }
    }

    /// Copies what is above the diagonal below it.
    pub(super) fn mirror(&mut self) {
        for i in 0..self.size {
            for j in 0..i {
                self.values[i * self.size + j] = self.values[j * self.size + i];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_is_the_sum_of_products_at_every_length() {
        for n in 0..40 {
            let a: Vec<f64> = (0..n).map(f64::from).collect();
            let b: Vec<f64> = (0..40).map(|i| f64::from(i) + 1.0).collect();
            let obvious: f64 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
            assert_eq!(dot(&a, &b), obvious, "{n}");
            assert_eq!(dot(&b, &a), obvious, "{n}");
        }
    }

    #[test]
    fn a_matrix_that_is_not_symmetric_is_refused() {
        assert!(Matrix::try_new("covariance", 2, &[1.0, 0.5, 0.4, 1.0]).is_err());
        assert!(Matrix::try_new("covariance", 2, &[1.0, 0.5, 0.5]).is_err());
        assert!(Matrix::try_new("covariance", 1, &[-1.0]).is_err());
        assert!(Matrix::try_new("covariance", 1, &[f64::NAN]).is_err());
    }

    #[test]
    fn a_table_names_the_place_of_what_is_not_finite() {
        let error = Table::new(&[1.0, 2.0, 3.0, f64::NAN], 2, 2).unwrap_err();
        assert_eq!(error.to_string(), "returns must be finite, was NaN in row 1, column 1");
    }
}
