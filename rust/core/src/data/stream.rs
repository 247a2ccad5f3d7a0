use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use super::{BLOCK_ROWS, BlockSource, Counts, Decoder, code};
use crate::error::{Error, ErrorKind};
use crate::event::Block;

/// Blocks from a reader of Arrow batches.
#[derive(Debug)]
pub struct ArrowSource<R> {
    reader: R,
    decoder: Decoder,
    batch: Option<RecordBatch>,
    /// The next row of the batch.
    at: usize,
}

impl<R: Iterator<Item = Result<RecordBatch, ArrowError>>> ArrowSource<R> {
    /// Decodes what the reader yields.
    pub const fn new(reader: R, decoder: Decoder) -> Self {
        Self { reader, decoder, batch: None, at: 0 }
    }

    /// The decoder: its spec and instruments.
    pub const fn decoder(&self) -> &Decoder {
        &self.decoder
    }
}

impl<R: Iterator<Item = Result<RecordBatch, ArrowError>>> BlockSource for ArrowSource<R> {
    fn next_block(&mut self) -> Result<Option<Block>, Error> {
        loop {
            let Some(batch) = &self.batch else {
                match self.reader.next() {
                    None => return Ok(None),
                    Some(Ok(batch)) => (self.batch, self.at) = (Some(batch), 0),
                    Some(Err(error)) => {
                        let name = &self.decoder.spec().name;
                        return Err(Error::new(ErrorKind::Data, code::UNREADABLE, name, "must be readable", error));
                    }
                }
                continue;
            };
            let len = BLOCK_ROWS.min(batch.num_rows() - self.at);
            if len == 0 {
                self.batch = None;
                continue;
            }
            let block = self.decoder.decode(batch, self.at, len)?;
            self.at += len;
            if !block.is_empty() {
                return Ok(Some(block));
            }
        }
    }

    fn counts(&self) -> &Counts {
        self.decoder.counts()
    }
}
