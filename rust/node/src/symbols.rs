//! Numbers for symbols: fixed records have room for a number, not for a text.
//!
//! # Rationale
//! One table for the whole process, so that a record means the same in each ring. A number is for ever: the table only
//! grows, and is bounded. The name of a number is read without a lock; the number of a name takes a shared lock, and an
//! exclusive one the first time it is seen.
//!
//! # Limitations
//! Numbers are those of this process in this run: what is written to disk must name its symbols.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

use baconalgo_core::error::{Error, ErrorKind};
use parking_lot::RwLock;

/// The most symbols that a process can have.
pub const MOST_SYMBOLS: usize = 1_000_000;

/// The most bytes of a symbol, in UTF-8.
pub const LONGEST_SYMBOL: usize = 255;

/// The number of no symbol, whose name is empty.
pub const NO_SYMBOL: u32 = 0;

const PAGE: usize = 1024;

type Page = Box<[OnceLock<Arc<str>>]>;

/// A table of symbols and their numbers, which count from 1.
pub struct Symbols {
    numbers: RwLock<HashMap<Arc<str>, u32>>,
    /// Pages by number; each is made when its first number is given.
    pages: Box<[OnceLock<Page>]>,
    most: usize,
}

impl Symbols {
    /// An empty table with room for so many symbols.
    pub fn new(most: usize) -> Self {
        let pages = (most + 1).div_ceil(PAGE);
        let table =
            Self { numbers: RwLock::new(HashMap::new()), pages: (0..pages).map(|_| OnceLock::new()).collect(), most };
        table.name_it(NO_SYMBOL, "".into());
        table.numbers.write().insert("".into(), NO_SYMBOL);
        table
    }

    /// The table of this process.
    pub fn of_process() -> &'static Self {
        static TABLE: LazyLock<Symbols> = LazyLock::new(|| Symbols::new(MOST_SYMBOLS));
        &TABLE
    }

    /// The number of a symbol, which it gets if it has none.
    ///
    /// # Errors
    /// If the text is too long, or the table is full.
    pub fn intern(&self, symbol: &str) -> Result<u32, Error> {
        if let Some(number) = self.number(symbol) {
            return Ok(number);
        }
        if symbol.len() > LONGEST_SYMBOL {
            let rule = format!("must have at most {LONGEST_SYMBOL} bytes");
            return Err(Error::new(ErrorKind::Data, 1001, "symbol", rule, format!("{} bytes", symbol.len())));
        }
        let mut numbers = self.numbers.write();
        if let Some(&number) = numbers.get(symbol) {
            return Ok(number);
        }
        if numbers.len() > self.most {
            let rule = format!("must be one of at most {} in a process", self.most);
            return Err(Error::new(ErrorKind::Data, 8001, "symbol", rule, format!("{symbol:?} besides them")));
        }
        let (number, name) = (numbers.len() as u32, Arc::<str>::from(symbol));
        // Named before it is given: whoever has the number finds the name.
        self.name_it(number, name.clone());
        numbers.insert(name, number);
        Ok(number)
    }

    /// The number of a symbol that has one.
    pub fn number(&self, symbol: &str) -> Option<u32> {
        self.numbers.read().get(symbol).copied()
    }

    /// The symbol of a number; `None` if the number has not been given. Takes no lock.
    pub fn name(&self, number: u32) -> Option<&Arc<str>> {
        let (page, place) = (number as usize / PAGE, number as usize % PAGE);
        self.pages.get(page)?.get()?[place].get()
    }

    /// How many symbols there are.
    pub fn len(&self) -> usize {
        self.numbers.read().len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn name_it(&self, number: u32, name: Arc<str>) {
        let (page, place) = (number as usize / PAGE, number as usize % PAGE);
        let page = self.pages[page].get_or_init(|| (0..PAGE).map(|_| OnceLock::new()).collect());
        page[place].get_or_init(|| name);
    }
}

impl fmt::Debug for Symbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Symbols").field("len", &self.len()).field("most", &self.most).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_has_one_number_and_a_number_one_symbol() {
        let symbols = Symbols::new(5000);
        assert!(symbols.is_empty());
        let numbers: Vec<u32> = (0..5000).map(|i| symbols.intern(&format!("S{i}")).unwrap()).collect();
        assert_eq!(numbers, (1..=5000).collect::<Vec<_>>());
        assert_eq!(symbols.len(), 5000);
        for (i, number) in numbers.into_iter().enumerate() {
            assert_eq!(symbols.intern(&format!("S{i}")).unwrap(), number);
            assert_eq!(symbols.name(number).unwrap().as_ref(), format!("S{i}"));
        }
        assert_eq!(symbols.number("nobody"), None);
        assert_eq!((symbols.name(5001), symbols.name(u32::MAX)), (None, None));
    }

    #[test]
    fn no_symbol_is_the_empty_text() {
        let symbols = Symbols::new(10);
        assert_eq!(symbols.intern("").unwrap(), NO_SYMBOL);
        assert_eq!(symbols.name(NO_SYMBOL).unwrap().as_ref(), "");
    }

    #[test]
    fn a_full_table_says_so_and_still_knows_its_symbols() {
        let symbols = Symbols::new(2);
        symbols.intern("A").unwrap();
        symbols.intern("B").unwrap();
        let text = symbols.intern("C").unwrap_err().to_string();
        assert_eq!(text, "symbol must be one of at most 2 in a process, was \"C\" besides them");
        assert_eq!(symbols.intern("B").unwrap(), 2);
        assert_eq!(symbols.name(3), None);
    }

    #[test]
    fn a_text_of_any_length_is_no_symbol() {
        let symbols = Symbols::new(10);
        assert!(symbols.intern(&"x".repeat(LONGEST_SYMBOL)).is_ok());
        assert!(symbols.intern(&"x".repeat(LONGEST_SYMBOL + 1)).is_err());
    }

    #[test]
    fn threads_that_ask_at_once_get_the_same_numbers() {
        let symbols = Symbols::new(1000);
        let given: Vec<Vec<u32>> = std::thread::scope(|scope| {
            let ask = || (0..1000).map(|i| symbols.intern(&format!("{}", i * 7 % 1000)).unwrap()).collect::<Vec<_>>();
            let asked: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            asked.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(given.windows(2).all(|pair| pair[0] == pair[1]));
        for (i, number) in given[0].iter().enumerate() {
            assert_eq!(symbols.name(*number).unwrap().as_ref(), format!("{}", i * 7 % 1000));
        }
    }
}
