//! Eigenvalues and eigenvectors of a symmetric matrix.
//!
//! The matrix is brought to three diagonals by Householder reflections, and these to one by QL steps with implicit
//! shifts (G. Golub and C. Van Loan, "Matrix Computations", 4th edition, sections 8.3.1 and 8.3.3).

use super::matrix::{Matrix, dot};

/// M = sum over k of value\[k\] vector\[k\] vector\[k\]'.
#[derive(Clone, Debug)]
pub struct Eigen {
    /// The eigenvalues, the smallest first.
    pub values: Vec<f64>,
    /// Row k is the vector of eigenvalue k, of length one; its largest component is positive.
    pub vectors: Matrix,
}

/// More QL steps for one value than are ever needed (two or three are).
const STEPS: usize = 60;

impl Eigen {
    /// Of a symmetric matrix; what is below its diagonal is not read. O(n^3).
    pub fn of(matrix: &Matrix) -> Self {
        let size = matrix.size();
        let most = matrix.values().iter().fold(0.0f64, |most, value| most.max(value.abs()));
        if most == 0.0 {
            return Self { values: vec![0.0; size], vectors: Matrix::identity(size) };
        }
        let mut work = matrix.map(|_, _, value| value / most);
        work.mirror();
        // Rows of `turned` are the columns of the product of all reflections and rotations.
        let mut turned = Matrix::identity(size);
        reflect(&mut work, &mut turned);
        let mut diagonal = work.diagonal();
        let mut beside: Vec<f64> = (1..size).map(|i| work.at(i, i - 1)).chain([0.0]).collect();
        rotate(&mut diagonal, &mut beside, &mut turned);

        let mut order: Vec<usize> = (0..size).collect();
        order.sort_by(|&a, &b| diagonal[a].total_cmp(&diagonal[b]));
        let mut vectors = Matrix::zeros(size);
        for (row, &from) in order.iter().enumerate() {
            let found = turned.row(from);
            let largest = found.iter().fold(0.0f64, |best, &x| if x.abs() > best.abs() { x } else { best });
            let sign = if largest < 0.0 { -1.0 } else { 1.0 };
            for (value, x) in vectors.row_mut(row).iter_mut().zip(found) {
                *value = sign * x;
            }
        }
        Self { values: order.iter().map(|&k| diagonal[k] * most).collect(), vectors }
    }

    /// The matrix with these vectors and other values.
    pub(super) fn with_values(&self, values: &[f64]) -> Matrix {
        let size = self.values.len();
        // Row i of `scaled` holds component i of every vector, times the root of its value.
        let mut scaled = Matrix::zeros(size);
        for (k, value) in values.iter().enumerate() {
            for (i, x) in self.vectors.row(k).iter().enumerate() {
                scaled.set(i, k, x * value.max(0.0).sqrt());
            }
        }
        let mut made = Matrix::zeros(size);
        for i in 0..size {
            for j in i..size {
                made.set_both(i, j, dot(scaled.row(i), scaled.row(j)));
            }
        }
        made
    }
}

/// Householder: leaves three diagonals in `work`.
fn reflect(work: &mut Matrix, turned: &mut Matrix) {
    let size = work.size();
    for k in 0..size.saturating_sub(2) {
        let mut normal: Vec<f64> = (k + 1..size).map(|i| work.at(i, k)).collect();
        let length = dot(&normal, &normal).sqrt();
        if length == 0.0 {
            continue;
        }
        let image = if normal[0] > 0.0 { -length } else { length };
        normal[0] -= image;
        let square = dot(&normal, &normal);
        if square == 0.0 {
            continue;
        }
        let twice = 2.0 / square;
        let pushed: Vec<f64> = (k + 1..size).map(|i| twice * dot(&work.row(i)[k + 1..], &normal)).collect();
        let half = 0.5 * twice * dot(&normal, &pushed);
        let other: Vec<f64> = pushed.iter().zip(&normal).map(|(p, v)| p - half * v).collect();
        for i in 0..normal.len() {
            let row = &mut work.row_mut(k + 1 + i)[k + 1..];
            for ((value, v), w) in row.iter_mut().zip(&normal).zip(&other) {
                *value -= normal[i] * w + other[i] * v;
            }
        }
        work.set_both(k, k + 1, image);
        for i in k + 2..size {
            work.set_both(k, i, 0.0);
        }
        let mut along = vec![0.0; size];
        for (i, v) in normal.iter().enumerate() {
            for (sum, x) in along.iter_mut().zip(turned.row(k + 1 + i)) {
                *sum = v.mul_add(*x, *sum);
            }
        }
        for (i, v) in normal.iter().enumerate() {
            for (value, sum) in turned.row_mut(k + 1 + i).iter_mut().zip(&along) {
                *value -= twice * v * sum;
            }
        }
    }
}

/// QL: leaves one diagonal.
fn rotate(diagonal: &mut [f64], beside: &mut [f64], turned: &mut Matrix) {
    let size = diagonal.len();
    for low in 0..size {
        for _ in 0..STEPS {
            let small = |i: usize| beside[i].abs() <= f64::EPSILON * (diagonal[i].abs() + diagonal[i + 1].abs());
            let high = (low..size - 1).find(|&i| small(i)).unwrap_or(size - 1);
            if high == low {
                break;
            }
            let slope = (diagonal[low + 1] - diagonal[low]) / (2.0 * beside[low]);
            let root = slope.mul_add(slope, 1.0).sqrt();
            let signed = if slope < 0.0 { slope - root } else { slope + root };
            let mut g = diagonal[high] - diagonal[low] + beside[low] / signed;
            let (mut sine, mut cosine, mut shift) = (1.0, 1.0, 0.0);
            let mut split = false;
            for i in (low..high).rev() {
                let (f, b) = (sine * beside[i], cosine * beside[i]);
                let length = (f * f + g * g).sqrt();
                beside[i + 1] = length;
                if length == 0.0 {
                    diagonal[i + 1] -= shift;
                    beside[high] = 0.0;
                    split = true;
                    break;
                }
                (sine, cosine) = (f / length, g / length);
                g = diagonal[i + 1] - shift;
                let turn = (diagonal[i] - g) * sine + 2.0 * cosine * b;
                shift = sine * turn;
                diagonal[i + 1] = g + shift;
                g = cosine * turn - b;
                let (lower, upper) = turned.two_rows_mut(i, i + 1);
                for (x, y) in lower.iter_mut().zip(upper) {
                    let (before, after) = (*x, *y);
                    *y = sine * before + cosine * after;
                    *x = cosine * before - sine * after;
                }
            }
            if split {
                continue;
            }
            diagonal[low] -= shift;
            beside[low] = g;
            beside[high] = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn values_and_vectors_make_the_matrix_again() {
        let mut rng = Rng::new(5, 0);
        for size in 1..30 {
            let mut matrix = Matrix::zeros(size);
            for i in 0..size {
                for j in i..size {
                    matrix.set_both(i, j, rng.next_f64() - 0.5);
                }
            }
            let eigen = Eigen::of(&matrix);
            assert!(eigen.values.is_sorted());
            for k in 0..size {
                let vector = eigen.vectors.row(k);
                assert!((dot(vector, vector) - 1.0).abs() < 1e-12);
                for (image, x) in matrix.times(vector).iter().zip(vector) {
                    assert!((image - eigen.values[k] * x).abs() < 1e-12, "size {size}");
                }
            }
        }
    }

    #[test]
    fn a_matrix_of_ones_has_one_value_and_else_zero() {
        let ones = Matrix::try_new("m", 5, &[1.0; 25]).unwrap();
        let values = Eigen::of(&ones).values;
        assert!((values[4] - 5.0).abs() < 1e-12);
        assert!(values[..4].iter().all(|value| value.abs() < 1e-12));
        assert_eq!(Eigen::of(&Matrix::zeros(3)).values, [0.0; 3]);
    }
}
