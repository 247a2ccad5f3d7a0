use super::{BlockSource, code};
use crate::bar::{BarBuilder, BarRule, FloatBar, Sample};
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Record};
use crate::types::{Instrument, InstrumentId, Px, Qty, Ts};

/// The price that goes into a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceOf {
    /// The middle of bid and ask, `(bid + ask) x 0.5` of their floats.
    Mid,
    /// The bid.
    Bid,
    /// The ask.
    Ask,
    /// The trade, or the bar.
    Trade,
}

/// Reads a source to its end and hands out its bars, one for each of `prices`, together: rows without
/// one of the prices go into none.
///
/// `emit(instrument, bars)` is called for each finished set of bars, in the order in which they finish;
/// what is left at the end of the data comes last, in the order of the instruments.
///
/// # Errors
/// What the source raises; `DataError` if no row has the prices asked for, or a size is needed and not
/// there.
pub fn aggregate(
    source: &mut impl BlockSource,
    instruments: &[Instrument],
    rule: BarRule,
    prices: &[PriceOf],
    mut emit: impl FnMut(InstrumentId, &[FloatBar]),
) -> Result<(), Error> {
    let builders = |instrument: &Instrument| {
        let multiplier = instrument.multiplier().to_f64();
        prices.iter().map(|_| BarBuilder::try_new(rule, multiplier)).collect::<Result<Vec<_>, _>>()
    };
    let mut building = instruments.iter().map(builders).collect::<Result<Vec<_>, _>>()?;
    let sized = matches!(rule, BarRule::Volume(_) | BarRule::Dollars(_));
    let (mut taken, mut with_size) = (false, false);
    let mut samples = Vec::with_capacity(prices.len());
    let mut finished = Vec::with_capacity(prices.len());
    while let Some(block) = source.next_block()? {
        for row in 0..block.len() {
            let event = block.event(row, 0);
            let instrument = &instruments[event.instrument.index()];
            samples.clear();
            samples.extend(prices.iter().filter_map(|price| sample(&event, instrument, *price)));
            if samples.len() < prices.len() {
                continue;
            }
            taken = true;
            with_size |= samples.iter().any(|sample| sample.volume > 0.0);
            finished.clear();
            let builders = &mut building[event.instrument.index()];
            finished.extend(builders.iter_mut().zip(&samples).filter_map(|(bars, sample)| bars.update(sample)));
            if !finished.is_empty() {
                emit(event.instrument, &finished);
            }
        }
    }
    if !taken && source.counts().rows > 0 {
        let rule = "must be a price that the rows have";
        return Err(Error::new(ErrorKind::Data, code::COLUMN, "price", rule, format!("{prices:?}")));
    }
    if taken && sized && !with_size {
        let must = "must be a time or a number of ticks where the data has no sizes";
        return Err(Error::new(ErrorKind::Data, code::COLUMN, "every", must, format!("{rule:?}")));
    }
    for (id, builders) in (0..).map(InstrumentId).zip(&mut building) {
        finished.clear();
        finished.extend(builders.iter_mut().filter_map(BarBuilder::finish));
        if !finished.is_empty() {
            emit(id, &finished);
        }
    }
    Ok(())
}

/// Reads a source to its end and hands out what its rows say about prices: the trade or the bar, else the
/// middle of the quote, with the time at which it is over - later than its own only for bars. Rows
/// without a price are left out.
///
/// # Errors
/// What the source and `take` raise.
pub fn samples(
    source: &mut impl BlockSource,
    instruments: &[Instrument],
    mut take: impl FnMut(InstrumentId, &Sample, Ts) -> Result<(), Error>,
) -> Result<(), Error> {
    while let Some(block) = source.next_block()? {
        for row in 0..block.len() {
            let event = block.event(row, 0);
            let instrument = &instruments[event.instrument.index()];
            let traded = sample(&event, instrument, PriceOf::Trade);
            let Some(sample) = traded.or_else(|| sample(&event, instrument, PriceOf::Mid)) else { continue };
            let end = match event.record {
                Record::Bar(bar) => bar.ts_close,
                _ => sample.ts,
            };
            take(event.instrument, &sample, end)?;
        }
    }
    Ok(())
}

fn sample(event: &Event, instrument: &Instrument, price: PriceOf) -> Option<Sample> {
    let float = |px: Px| instrument.price(px);
    let units = |qty: Option<Qty>| qty.map_or(f64::NAN, |qty| instrument.quantity(qty));
    let (quote, trade) = match &event.record {
        Record::Quote(quote) => (Some(quote), None),
        Record::Tick(quote, trade) => (Some(quote), Some(trade)),
        Record::Trade(trade) => (None, Some(trade)),
        Record::Bar(bar) => {
            let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(float);
            let volume = units(bar.volume.get());
            let sample = Sample { ts: bar.ts_open, open, high, low, close, volume, side: None };
            return (price == PriceOf::Trade).then_some(sample);
        }
    };
    let price = match price {
        PriceOf::Trade => float(trade?.px),
        PriceOf::Bid => float(quote?.bid.get()?),
        PriceOf::Ask => float(quote?.ask.get()?),
        PriceOf::Mid => (float(quote?.bid.get()?) + float(quote?.ask.get()?)) * 0.5,
    };
    let volume = trade.map_or(f64::NAN, |trade| units(trade.qty.get()));
    Some(Sample::price(event.ts_event, price, volume, trade.and_then(|trade| trade.side)))
}
