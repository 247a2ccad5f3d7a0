use crate::types::{DAY_NS, Ts};

/// The text of a time: `2014-05-01T05:00:01.787Z`, with as many decimals as it needs (0, 3, 6 or 9).
///
/// ```
/// assert_eq!(baconalgo_core::data::utc_text(1_398_920_401_787_000_000), "2014-05-01T05:00:01.787Z");
/// ```
pub fn utc_text(ts: Ts) -> String {
    let (year, month, day) = civil(ts.div_euclid(DAY_NS));
    let of_day = ts.rem_euclid(DAY_NS);
    let (seconds, nanos) = (of_day / 1_000_000_000, of_day % 1_000_000_000);
    let fraction = match nanos {
        0 => String::new(),
        n if n % 1_000_000 == 0 => format!(".{:03}", n / 1_000_000),
        n if n % 1_000 == 0 => format!(".{:06}", n / 1_000),
        n => format!(".{n:09}"),
    };
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar.
///
/// Counts in 400-year eras of 146,097 days from 0000-03-01, so that the leap day ends a year.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_iso_8601() {
        assert_eq!(utc_text(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc_text(-1), "1969-12-31T23:59:59.999999999Z");
        assert_eq!(utc_text(951_782_400_000_000_000), "2000-02-29T00:00:00Z");
        assert_eq!(utc_text(1_709_251_199_000_001_000), "2024-02-29T23:59:59.000001Z");
    }
}
