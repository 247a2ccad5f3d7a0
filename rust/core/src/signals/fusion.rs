use super::panel::MEMBERS;

/// What one timeframe says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opinion {
    /// Place of the timeframe in the configuration.
    pub frame: usize,
    /// Its weight.
    pub weight: f64,
    /// Weighted mean of the votes cast, -1 to 1.
    pub score: f64,
    /// What each member voted.
    pub votes: [i8; MEMBERS.len()],
}

impl Opinion {
    /// From votes and the weights of the members.
    pub fn of(frame: usize, weight: f64, votes: [i8; MEMBERS.len()], weights: &[f64; MEMBERS.len()]) -> Self {
        let (mut cast, mut sum) = (0.0, 0.0);
        for (vote, weight) in votes.iter().zip(weights).filter(|(vote, _)| **vote != 0) {
            cast += weight;
            sum += f64::from(*vote) * weight;
        }
        Self { frame, weight, score: if cast > 0.0 { sum / cast } else { 0.0 }, votes }
    }
}

/// What all timeframes say together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// How many timeframes vote.
    pub voting: usize,
    /// Share of the weights that are long, and short.
    pub consensus: [f64; 2],
    /// Confidence in long, and in short, 0 to 100.
    pub confidence: [f64; 2],
    /// The timeframe that counts most on each side: the largest weight times score, the shorter one of two.
    pub lead: [Option<usize>; 2],
}

/// Fuses the opinions of the timeframes that have one. A score of at least `min_score` is a direction.
pub fn fuse(opinions: impl Iterator<Item = Opinion>, min_score: f64) -> View {
    let mut all = 0.0;
    let (mut agree, mut strength) = ([0.0; 2], [0.0; 2]);
    let mut most = [0.0; 2];
    let mut view = View { voting: 0, consensus: [0.0; 2], confidence: [0.0; 2], lead: [None; 2] };
    for opinion in opinions {
        view.voting += 1;
        all += opinion.weight;
        let size = opinion.score.abs();
        if size < min_score {
            continue;
        }
        let side = usize::from(opinion.score < 0.0);
        agree[side] += opinion.weight;
        strength[side] += opinion.weight * size;
        if opinion.weight * size > most[side] {
            most[side] = opinion.weight * size;
            view.lead[side] = Some(opinion.frame);
        }
    }
    for side in 0..2 {
        if agree[side] > 0.0 {
            view.consensus[side] = agree[side] / all;
            view.confidence[side] = 100.0 * strength[side] / agree[side];
        }
    }
    view
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opinion(frame: usize, weight: f64, score: f64) -> Opinion {
        Opinion { frame, weight, score, votes: [0; MEMBERS.len()] }
    }

    #[test]
    fn consensus_is_of_weights_and_confidence_of_those_that_agree() {
        let view = fuse(
            [opinion(0, 1.0, 0.9), opinion(1, 2.0, 0.6), opinion(2, 1.0, -0.5), opinion(3, 1.0, 0.1)].into_iter(),
            0.2,
        );
        assert_eq!(view.voting, 4);
        assert_eq!(view.consensus, [0.6, 0.2]);
        assert!((view.confidence[0] - 70.0).abs() < 1e-12);
        assert_eq!(view.lead, [Some(1), Some(2)]);
    }

    #[test]
    fn nobody_voting_says_nothing() {
        let view = fuse(std::iter::empty(), 0.2);
        assert_eq!((view.voting, view.consensus, view.lead), (0, [0.0; 2], [None; 2]));
    }

    #[test]
    fn votes_not_cast_do_not_dilute() {
        let mut votes = [0; MEMBERS.len()];
        (votes[0], votes[1], votes[2]) = (1, 1, -1);
        let score = Opinion::of(0, 1.0, votes, &[1.0; MEMBERS.len()]).score;
        assert!((score - 1.0 / 3.0).abs() < 1e-15);
    }
}
