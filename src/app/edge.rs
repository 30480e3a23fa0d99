//! What one client may use up before it is cut off, so that many of them together stay below what the machine has: time to
//! take an answer, and memory for what it sends.

use super::http::Limits;
use http_body_util::BodyExt;
use hyper::{
    StatusCode,
    body::{Body, Incoming},
};
use std::{
    io::{Error, ErrorKind, IoSlice, Result as IoResult},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Sleep, sleep, timeout},
};

/// Requests are usually shorter than this, and never wait for room.
const SMALL: usize = 16 * 1024;
/// In such pieces room is taken, and memory grows.
const PIECE: usize = 16 * 1024;

/// A client's stream that breaks when the client does not take what it is given: all of an answer within its time, so that
/// a drip is no way around it.
pub struct Impatient {
    stream: TcpStream,
    patience: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Impatient {
    pub fn new(stream: TcpStream, patience: Duration) -> Impatient {
        Impatient { stream, patience, waiting: None }
    }

    fn wait<T>(&mut self, cx: &mut Context<'_>, done: Poll<IoResult<T>>) -> Poll<IoResult<T>> {
        if done.is_ready() {
            return done;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the client does not read")))
    }
}

impl AsyncRead for Impatient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<IoResult<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<IoResult<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wait(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<IoResult<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.wait(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Asked for once everything was written.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<IoResult<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(cx);
        if matches!(done, Poll::Ready(Ok(()))) {
            self.waiting = None;
        }
        self.wait(cx, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<IoResult<()>> {
        let done = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.wait(cx, done)
    }
}

/// The memory that all requests under way share for what is not small.
#[derive(Clone, Debug)]
pub struct Room(Arc<Semaphore>);

/// What a client sent, with the room that it takes up.
#[derive(Debug)]
pub struct Sent {
    pub bytes: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
}

impl Room {
    pub fn of(bytes: usize) -> Room {
        Room(Arc::new(Semaphore::new(bytes / PIECE)))
    }

    /// All that a client sends, within its time and its limit.
    ///
    /// # Errors
    /// What the client is told instead.
    pub async fn read(&self, body: Incoming, limits: &Limits) -> Result<Sent, StatusCode> {
        timeout(limits.body_time, self.collect(body, limits.body)).await.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT))
    }

    async fn collect(&self, mut body: Incoming, most: usize) -> Result<Sent, StatusCode> {
        if body.size_hint().lower() > most as u64 {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let mut sent = Sent { bytes: Vec::new(), room: None };
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
            let length = sent.bytes.len() + data.len();
            if length > most {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
            self.make(&mut sent, length).await?;
            sent.bytes.extend_from_slice(&data);
        }
        Ok(sent)
    }

    /// Makes room for so many bytes in all; waits while others have it.
    async fn make(&self, sent: &mut Sent, length: usize) -> Result<(), StatusCode> {
        let held = sent.room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = length.saturating_sub(SMALL).div_ceil(PIECE).saturating_sub(held);
        if more > 0 {
            let pieces = u32::try_from(more).map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
            let got = Arc::clone(&self.0).acquire_many_owned(pieces).await;
            let got = got.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
            match &mut sent.room {
                Some(room) => room.merge(got),
                none => *none = Some(got),
            }
        }
        if length > sent.bytes.capacity() {
            sent.bytes.reserve_exact(length.next_multiple_of(PIECE) - sent.bytes.len());
        }
        Ok(())
    }
}
