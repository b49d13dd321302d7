//! Medians and quartiles.

/// The median of some measurements, with the quartiles as their spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) lower: f64,
    pub(crate) median: f64,
    pub(crate) upper: f64,
}

/// Summarizes measurements. `None` without any.
pub(crate) fn summary(values: &[f64]) -> Option<Summary> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    // Between two measurements, the quantile is their mean weighted by the distance.
    let quantile = |part: f64| {
        let at = part * last as f64;
        let (below, above) = (values[at.floor() as usize], values[at.ceil() as usize]);
        below + (above - below) * at.fract()
    };
    Some(Summary { lower: quantile(0.25), median: quantile(0.5), upper: quantile(0.75) })
}

/// The median of the ratios of each pair: two measurements of one run, under the same load.
pub(crate) fn ratio(ours: &[f64], theirs: &[f64]) -> Option<f64> {
    let ratios: Vec<_> = ours.iter().zip(theirs).filter(|(_, theirs)| **theirs > 0.0).map(|(a, b)| a / b).collect();
    Some(summary(&ratios)?.median)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_between_measurements() {
        let expected = Summary { lower: 1.75, median: 2.5, upper: 3.25 };
        assert_eq!(summary(&[4.0, 1.0, 3.0, 2.0]), Some(expected));
        assert_eq!(summary(&[]), None);
    }

    #[test]
    fn ratios_are_of_pairs() {
        // A slow second run affects both.
        assert_eq!(ratio(&[1.0, 30.0, 1.0], &[2.0, 60.0, 2.0]), Some(0.5));
        assert_eq!(ratio(&[1.0], &[0.0]), None);
    }
}
