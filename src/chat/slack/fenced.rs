//! A body that is handed over in time or not at all: the last look at the clock happens when the connection asks for the
//! first byte, after whatever resolving a name, connecting or a stopped process may have taken.

use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
    time::Instant,
};

/// What became of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nobody asked for it.
    Held,
    /// It was asked for, too late.
    Late,
    /// It was given to the connection; it may arrive.
    Handed,
}

/// Tells what became of a body.
#[derive(Clone, Debug, Default)]
pub struct Witness(Arc<AtomicU8>);

impl Witness {
    #[must_use]
    pub fn get(&self) -> Fate {
        match self.0.load(Ordering::SeqCst) {
            0 => Fate::Held,
            1 => Fate::Late,
            _ => Fate::Handed,
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("too late to be sure")]
pub struct TooLate;

#[derive(Debug)]
pub struct Fenced {
    body: Option<Bytes>,
    until: Instant,
    witness: Witness,
}

impl Fenced {
    #[must_use]
    pub fn new(body: Vec<u8>, until: Instant) -> (Fenced, Witness) {
        let witness = Witness::default();
        (Fenced { body: Some(body.into()), until, witness: witness.clone() }, witness)
    }

    #[must_use]
    pub fn length(&self) -> usize {
        self.body.as_ref().map_or(0, Bytes::len)
    }
}

impl Body for Fenced {
    type Data = Bytes;
    type Error = TooLate;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, TooLate>>> {
        let Some(body) = self.body.take() else { return Poll::Ready(None) };
        if Instant::now() >= self.until {
            self.witness.0.store(1, Ordering::SeqCst);
            return Poll::Ready(Some(Err(TooLate)));
        }
        self.witness.0.store(2, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length() as u64)
    }
}
