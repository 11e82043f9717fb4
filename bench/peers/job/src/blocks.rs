use std::io::Read;

use anyhow::{Context, Result};
use bytes::Bytes;

/// A source cut into blocks.
pub struct Blocks {
    source: Option<Box<dyn Read + Send>>,
    size: usize,
}

impl Blocks {
    pub(crate) fn new(source: Box<dyn Read + Send>, size: usize) -> Self {
        Self { source: Some(source), size }
    }

    /// The next full block, a shorter one at the end, then `None`.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        let (source, size) = (self.source.take().context("a read failed before")?, self.size as u64);
        let read = move || {
            let mut block = Vec::with_capacity(size as usize);
            let mut limited = source.take(size);
            let read = limited.read_to_end(&mut block);
            (limited.into_inner(), read.map(|_| block))
        };
        let (source, block) = tokio::task::spawn_blocking(read).await?;
        self.source = Some(source);
        let block = block?;
        Ok((!block.is_empty()).then(|| block.into()))
    }
}
