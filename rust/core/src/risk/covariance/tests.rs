use rayon::ThreadPoolBuilder;

use super::*;
use crate::rng::Rng;

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

fn noise(rows: usize, columns: usize) -> Vec<f64> {
    let mut rng = Rng::new(9, 1);
    (0..rows * columns).map(|_| rng.next_f64() - 0.4).collect()
}

#[test]
fn sample_and_exponential_are_the_obvious_sums() {
    for columns in [1, 3, 17, 33] {
        let values = noise(20, columns);
        let table = Table::new(&values, 20, columns).unwrap();
        let means = table.means();
        let (plain, weighted) = (sample(table, &pool(2)).unwrap(), exponential(table, 0.9, &pool(2)).unwrap());
        for i in 0..columns {
            for j in 0..columns {
                let (mut sum, mut decayed, mut total) = (0.0, 0.0, 0.0);
                for (t, row) in values.chunks(columns).enumerate() {
                    let weight = 0.9f64.powi(19 - t as i32);
                    sum += (row[i] - means[i]) * (row[j] - means[j]);
                    decayed += weight * row[i] * row[j];
                    total += weight;
                }
                assert!((plain.at(i, j) - sum / 19.0).abs() < 1e-14);
                assert!((weighted.at(i, j) - decayed / total).abs() < 1e-14);
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let values = noise(100, 50);
    let table = Table::new(&values, 100, 50).unwrap();
    for target in [Target::Identity, Target::ConstantCorrelation] {
        let one = ledoit_wolf(table, target, &pool(1)).unwrap();
        let three = ledoit_wolf(table, target, &pool(3)).unwrap();
        assert_eq!(one.matrix, three.matrix);
        assert!(one.shrinkage > 0.0 && one.shrinkage <= 1.0);
    }
    assert_eq!(sample(table, &pool(1)), sample(table, &pool(3)));
}

#[test]
fn too_few_rows_and_a_wrong_decay_are_refused() {
    let table = Table::new(&[1.0, 2.0], 1, 2).unwrap();
    assert!(sample(table, &pool(1)).is_err());
    assert!(ledoit_wolf(table, Target::Identity, &pool(1)).is_err());
    assert!(exponential(table, 1.0, &pool(1)).is_err());
    assert!(exponential(table, f64::NAN, &pool(1)).is_err());
    assert!(exponential(table, 0.94, &pool(1)).is_ok());
}

#[test]
fn names_without_variance_shrink_to_themselves() {
    let table = Table::new(&[1.0; 10], 5, 2).unwrap();
    for target in [Target::Identity, Target::ConstantCorrelation] {
        let shrunk = ledoit_wolf(table, target, &pool(1)).unwrap();
        assert_eq!(shrunk.matrix, Matrix::zeros(2));
    }
}
