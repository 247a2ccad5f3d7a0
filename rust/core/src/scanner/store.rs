//! Bars of many instruments, eight instruments side by side.

use std::ops::Range;

use rayon::ThreadPool;

use super::plan::Universe;
use super::tile::Tile;
use crate::error::{Error, ErrorKind};
use crate::expr::{Graph, Input, NodeId, Table, evaluate_universe};
use crate::indicators::LANES;
use crate::types::Ts;

/// The columns of a universe, one instrument after the other.
#[derive(Clone, Copy, Debug)]
pub struct Long<'a> {
    /// Names and values, all of one length.
    pub columns: &'a [(&'a str, &'a [f64])],
    /// When each bar began, ns since the epoch, UTC.
    pub times: &'a [i64],
    /// Where each instrument's rows begin, and at last where they end.
    pub offsets: &'a [usize],
    /// How long a bar lasts, ns; 0 if that is not known.
    pub span: i64,
    /// How many bars of an instrument are kept, at least one: the last ones. `usize::MAX` for all.
    pub most: usize,
}

impl Long<'_> {
    /// The rows of an instrument that are kept.
    pub(super) fn rows_of(&self, instrument: usize) -> Range<usize> {
        let (begin, end) = (self.offsets[instrument], self.offsets[instrument + 1]);
        begin.max(end.saturating_sub(self.most))..end
    }
}

/// Bars of many instruments: tiles of eight, a row of a tile being one value of each of its instruments.
///
/// # Rationale
/// What waits for the value before it (an average, a sum) runs for eight instruments in one vector, and
/// every column is read once, in order. Instruments with the same number of bars stand together; those
/// left over share tiles with others, aligned at their last bar.
///
/// # Complexity
/// `8 (columns + 1)` bytes a bar; at most twice that for a universe in which no four instruments have the
/// same number of bars.
#[derive(Debug)]
pub struct Store {
    names: Vec<String>,
    tiles: Vec<Tile>,
    /// Where each instrument is: the lanes of all tiles are counted through.
    places: Vec<usize>,
    /// How long a bar lasts, ns.
    span: i64,
    /// How many bars of an instrument are kept.
    most: usize,
}

fn refused(parameter: &str, rule: impl Into<String>, value: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Data, 1001, parameter, rule, value)
}

impl Store {
    /// Takes a copy of the bars.
    ///
    /// # Errors
    /// `DataError` if lengths differ or an instrument's times do not rise.
    pub fn try_new(long: Long<'_>) -> Result<Self, Error> {
        let rows = long.times.len();
        for (name, column) in long.columns {
            if column.len() != rows {
                return Err(refused(name, format!("must have {rows} rows as the times"), column.len()));
            }
        }
        let is_cut = long.offsets.windows(2).all(|pair| pair[0] <= pair[1]);
        if !is_cut || long.offsets.first() != Some(&0) || long.offsets.last() != Some(&rows) {
            return Err(refused("offsets", format!("must rise from 0 to {rows}"), "something else"));
        }
        if long.most == 0 {
            return Err(refused("max_bars", "must be at least 1", 0));
        }
        let lengths: Vec<usize> =
            (0..long.offsets.len() - 1).map(|instrument| long.rows_of(instrument).len()).collect();
        for times in long.offsets.windows(2).map(|pair| &long.times[pair[0]..pair[1]]) {
            if let Some(pair) = times.windows(2).find(|pair| pair[0] >= pair[1]) {
                return Err(refused("ts", format!("must rise within a symbol, after {}", pair[0]), pair[1]));
            }
        }
        let mut places = vec![0; lengths.len()];
        let mut tiles = Vec::new();
        for members in groups(&lengths) {
            for (lane, member) in members.iter().enumerate() {
                places[*member] = tiles.len() * LANES + lane;
            }
            tiles.push(Tile::new(&long, &members));
        }
        let names = long.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        Ok(Self { names, tiles, places, span: long.span, most: long.most })
    }

    /// How many instruments there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The names of its columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// When each bar of an instrument began.
    pub fn times(&self, instrument: usize) -> &[Ts] {
        let (tile, lane) = self.place(instrument);
        self.tiles[tile].times(lane)
    }

    /// A column of an instrument, a copy.
    pub fn column(&self, instrument: usize, column: usize) -> Vec<f64> {
        let (tile, lane) = self.place(instrument);
        let tile = &self.tiles[tile];
        tile.column(column)[tile.start(lane)..].iter().map(|row| row[lane]).collect()
    }

    /// The columns of an expression that compares instruments, by instrument.
    pub(super) fn evaluate(
        &self,
        graph: &Graph,
        root: NodeId,
        values: &[f64],
        pool: &ThreadPool,
    ) -> Result<Vec<Vec<f64>>, Error> {
        let known: Vec<Option<Input>> = self.names.iter().map(|name| Input::from_name(name)).collect();
        let copies: Vec<Vec<Vec<f64>>> = (0..self.len())
            .map(|instrument| (0..self.names.len()).map(|column| self.column(instrument, column)).collect())
            .collect();
        let table = |instrument: usize| {
            let times = self.times(instrument);
            let mut table = Table { ts: Some(times), span: self.span, ..Table::default() };
            for (input, column) in known.iter().zip(&copies[instrument]) {
                if let Some(input) = input {
                    table[*input as usize] = Some(column);
                }
            }
            (table, times.len())
        };
        let tables: Vec<(Table<'_>, usize)> = (0..self.len()).map(table).collect();
        evaluate_universe(graph, root, values, &tables, pool)
    }

    /// The last row's value of a column; NaN where there is no row.
    pub fn last(&self, instrument: usize, column: usize) -> f64 {
        let (tile, lane) = self.place(instrument);
        match self.times(instrument).is_empty() {
            true => f64::NAN,
            false => self.tiles[tile].column(column).last().map_or(f64::NAN, |row| row[lane]),
        }
    }

    /// Bytes of memory that the bars take, padding and room for more included.
    pub fn bytes(&self) -> usize {
        self.tiles.iter().map(Tile::bytes).sum()
    }

    pub(super) fn tiles(&self) -> &[Tile] {
        &self.tiles
    }

    pub(super) fn tiles_mut(&mut self) -> &mut [Tile] {
        &mut self.tiles
    }

    pub(super) fn universe(&self) -> Universe<'_> {
        Universe { names: &self.names, span: self.span }
    }

    pub(super) fn place(&self, instrument: usize) -> (usize, usize) {
        let place = self.places[instrument];
        (place / LANES, place % LANES)
    }

    /// Adds instruments without bars.
    pub fn add(&mut self, count: usize) {
        let first = self.len();
        for members in (first..first + count).collect::<Vec<_>>().chunks(LANES) {
            for lane in 0..members.len() {
                self.places.push(self.tiles.len() * LANES + lane);
            }
            self.tiles.push(Tile::empty(self.names.len(), members, self.most));
        }
    }
}

/// Which instruments stand together: of one length where there are enough of them.
fn groups(lengths: &[usize]) -> Vec<Vec<usize>> {
    const ENOUGH: usize = 4;
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|place| lengths[*place]);
    let (mut tiles, mut mixed) = (Vec::new(), Vec::new());
    for alike in order.chunk_by(|one, other| lengths[*one] == lengths[*other]) {
        for members in alike.chunks(LANES) {
            match members.len() >= ENOUGH {
                true => tiles.push(members.to_vec()),
                false => mixed.extend_from_slice(members),
            }
        }
    }
    tiles.extend(mixed.chunks(LANES).map(<[usize]>::to_vec));
    tiles
}
