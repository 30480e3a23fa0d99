//! The door: an accept loop of our own, because the ready-made one has no limit on how long a client may take, how much it
//! may send, or how many there may be.
//!
//! What a platform sends is verified over the raw bytes before anything looks at it. Whatever is refused leaves no trace
//! but a line that says so.

use super::{
    edge::{Impatient, Room},
    health::Health,
    run::asked_to_stop,
};
use crate::{
    chat::slack::{self, Parsed, Rejected},
    domain::Instant,
    engine::Engine,
    message::{Card, Inbound, InboundKind, Platform, Reply},
    metrics,
    ports::Clock,
};
use http_body_util::Full;
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{self, HeaderName, HeaderValue},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use secrecy::SecretString;
use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant as Moment},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time::timeout,
};

/// Everything Slack sends arrives here.
pub const SLACK_EVENTS: &str = "/slack/events";

/// What clients may use up before they are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In bytes.
    pub body: usize,
    /// The same for all requests under way together, where they are not small.
    pub bodies: usize,
    /// The same for the head of a request.
    pub header: usize,
    /// From the first byte to the last, so that a drip is no way around it.
    pub header_time: Duration,
    /// The same for the body.
    pub body_time: Duration,
    /// The same for taking an answer.
    pub answer_time: Duration,
    pub connections: usize,
    /// How long requests under way may take once we were asked to stop. Below the 15 s that supervisors are promised.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let time = Duration::from_secs(10);
        Limits {
            body: 1024 * 1024,
            bodies: 24 * 1024 * 1024,
            header: 16 * 1024,
            header_time: time,
            body_time: time,
            answer_time: time,
            connections: 1024,
            farewell: time,
        }
    }
}

/// What the routes use.
pub struct App {
    pub engine: Engine,
    pub clock: Arc<dyn Clock>,
    pub health: Arc<Health>,
    pub slack_secrets: Vec<SecretString>,
    pub limits: Limits,
    room: Room,
    /// Whoever holds the app, such as an answer that follows its acknowledgement, is waited for at the end.
    _busy: mpsc::Sender<Infallible>,
}

/// Serves until `stop` says true, then lets what is under way finish.
pub async fn serve(
    listener: TcpListener,
    engine: Engine,
    clock: Arc<dyn Clock>,
    health: Arc<Health>,
    slack_secrets: Vec<SecretString>,
    limits: Limits,
    stop: watch::Receiver<bool>,
) {
    let (busy, mut idle) = mpsc::channel(1);
    let room = Room::of(limits.bodies);
    let app = Arc::new(App { engine, clock, health, slack_secrets, limits, room, _busy: busy });
    let route = {
        let app = Arc::clone(&app);
        move |request| route(Arc::clone(&app), request)
    };
    accept_all(listener, limits, stop, route).await;
    drop(app);
    if timeout(limits.farewell, idle.recv()).await.is_err() {
        tracing::warn!("some requests were still under way when the time to finish them was over");
    }
}

/// Takes up clients and gives them answers until `stop` says true. What is under way then goes on behind it, and whatever
/// `answer` holds is kept as long.
pub async fn accept_all<R: Future<Output = Answer> + Send + 'static>(
    listener: TcpListener,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
    answer: impl Fn(Request<Incoming>) -> R + Clone + Send + Sync + 'static,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = asked_to_stop(&mut stop) => return,
        };
        let Some((stream, permit)) = accepted else { continue };
        tokio::spawn(connection(stream, limits, answer.clone(), stop.clone(), permit));
    }
}

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, permit)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            // Out of descriptors: without a pause this would be a busy loop.
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// One client, which gives its place and what answers it back when it is done.
async fn connection<R: Future<Output = Answer>>(
    stream: TcpStream,
    limits: Limits,
    answer: impl Fn(Request<Incoming>) -> R,
    mut stop: watch::Receiver<bool>,
    place: OwnedSemaphorePermit,
) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_buf_size(limits.header)
        .serve_connection(
            TokioIo::new(Impatient::new(stream, limits.answer_time)),
            service_fn(async |request| Ok::<_, Infallible>(answer(request).await)),
        );
    let mut connection = std::pin::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = asked_to_stop(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(place);
}

pub type Answer = Response<Full<Bytes>>;

async fn route(app: Arc<App>, request: Request<Incoming>) -> Answer {
    match (request.uri().path(), request.method()) {
        (SLACK_EVENTS, &Method::POST) => slack_events(app, request).await,
        ("/healthz", &Method::GET | &Method::HEAD) => bare(StatusCode::OK),
        ("/readyz", &Method::GET | &Method::HEAD) => readyz(&app).await,
        (SLACK_EVENTS | "/healthz" | "/readyz", _) => bare(StatusCode::METHOD_NOT_ALLOWED),
        _ => bare(StatusCode::NOT_FOUND),
    }
}

pub fn bare(status: StatusCode) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = status;
    answer
}

pub fn with(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = bare(status);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    *answer.body_mut() = Full::new(body.into());
    answer
}

const JSON: &str = "application/json";

async fn readyz(app: &App) -> Answer {
    let (is_ready, body) = app.health.report(&app.engine).await;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    with(status, JSON, body.to_string())
}

/// Everything Slack sends, counted.
async fn slack_events(app: Arc<App>, request: Request<Incoming>) -> Answer {
    let began = Moment::now();
    let mut kind = UNREAD;
    let (outcome, answer) = answer_slack(app, request, &mut kind).await;
    metrics::acknowledged(Platform::Slack, kind, outcome, began);
    answer
}

/// The kind of what could not be read, or was not.
const UNREAD: &str = "unread";

async fn answer_slack(app: Arc<App>, request: Request<Incoming>, kind: &mut &'static str) -> (&'static str, Answer) {
    const TIMESTAMP: HeaderName = HeaderName::from_static("x-slack-request-timestamp");
    const SIGNATURE: HeaderName = HeaderName::from_static("x-slack-signature");
    if app.slack_secrets.is_empty() {
        return ("switched_off", bare(StatusCode::NOT_FOUND));
    }
    let (head, body) = request.into_parts();
    let body = match app.room.read(body, &app.limits).await {
        Ok(body) => body,
        Err(refused) => return ("cut_off", bare(refused)),
    };
    let now = app.clock.now();
    let request = slack::Request {
        timestamp: value(&head.headers, TIMESTAMP),
        signature: value(&head.headers, SIGNATURE),
        content_type: value(&head.headers, header::CONTENT_TYPE),
        body: &body.bytes,
    };
    match slack::receive(&app.slack_secrets, request, now) {
        Ok(Parsed::SslCheck | Parsed::Ignored) => ("ignored", bare(StatusCode::OK)),
        Ok(Parsed::Challenge(challenge)) => ("ignored", with(StatusCode::OK, "text/plain; charset=utf-8", challenge)),
        Ok(Parsed::Inbound(inbound)) => {
            *kind = inbound.kind.as_str();
            receive(app, inbound, now).await
        }
        Err(rejected) => {
            tracing::warn!(reason = %rejected, "a request was refused");
            match rejected {
                Rejected::Unsigned => ("unsigned", bare(StatusCode::UNAUTHORIZED)),
                Rejected::Malformed => ("malformed", bare(StatusCode::BAD_REQUEST)),
            }
        }
    }
}

fn value(headers: &HeaderMap, name: HeaderName) -> Option<&[u8]> {
    headers.get(name).map(HeaderValue::as_bytes)
}

async fn receive(app: Arc<App>, inbound: Box<Inbound>, now: Instant) -> (&'static str, Answer) {
    let (outcome, reply) = match app.engine.receive(&inbound, now).await {
        Ok(reply) => ("done", reply),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "something that happened in chat could not be handled");
            match apology(&inbound.kind) {
                Some(reply) => ("failed", reply),
                // The platform tells it again.
                None => return ("failed", bare(StatusCode::SERVICE_UNAVAILABLE)),
            }
        }
    };
    let answer = slack::respond(&inbound, &reply);
    if answer.then {
        tokio::spawn(async move { app.engine.answer(&inbound, &reply, now).await });
    }
    let answer = match answer.body {
        Some(body) => with(StatusCode::OK, JSON, body),
        None => bare(StatusCode::OK),
    };
    (outcome, answer)
}

/// What a person is told when nothing could be saved; `None` for what the platform repeats by itself.
fn apology(kind: &InboundKind) -> Option<Reply> {
    const WORDS: &str = "That did not work just now, and nothing was changed. Please try again in a minute.";
    match kind {
        // Beside a field what was typed stays; a form without fields has nothing to lose.
        InboundKind::Submit { values, .. } => Some(match values.0.keys().next() {
            Some(field) => Reply::FormErrors(vec![(field.clone(), WORDS.to_owned())]),
            None => Reply::Private(Card::saying(WORDS)),
        }),
        InboundKind::Command { .. }
        | InboundKind::Press { .. }
        | InboundKind::FindShortcut
        | InboundKind::PostShortcut { .. } => Some(Reply::Private(Card::saying(WORDS))),
        InboundKind::Lookup { .. } => Some(Reply::Choices(Vec::new())),
        InboundKind::FormChanged { .. } | InboundKind::FormClosed { .. } => Some(Reply::Nothing),
        InboundKind::HomeOpened
        | InboundKind::Said { .. }
        | InboundKind::Joined { .. }
        | InboundKind::PersonChanged(_)
        | InboundKind::InstallationEnded
        | InboundKind::Nothing => None,
    }
}
