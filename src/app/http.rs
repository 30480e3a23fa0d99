//! The door: an accept loop of our own, because the ready-made one has no limit on how long a client may take, how much it
//! may send, or how many there may be.
//!
//! What a platform sends is verified over the raw bytes before anything looks at it. Whatever is refused leaves no trace
//! but a line that says so.

use super::{health::Health, run::asked_to_stop};
use crate::{
    chat::slack::{self, Parsed, Rejected},
    domain::Instant,
    engine::Engine,
    message::{Card, Inbound, InboundKind, Reply},
    ports::Clock,
};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use secrecy::SecretString;
use std::{convert::Infallible, sync::Arc, time::Duration};
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
    /// From the first byte to the last, so that a drip is no way around it.
    pub header_time: Duration,
    /// The same for the body.
    pub body_time: Duration,
    pub connections: usize,
    /// How long requests under way may take once we were asked to stop. Below the 15 s that supervisors are promised.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let time = Duration::from_secs(10);
        Limits { body: 1024 * 1024, header_time: time, body_time: time, connections: 1024, farewell: time }
    }
}

/// What the routes use.
pub struct App {
    pub engine: Engine,
    pub clock: Arc<dyn Clock>,
    pub health: Arc<Health>,
    pub slack_secrets: Vec<SecretString>,
    pub limits: Limits,
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
    mut stop: watch::Receiver<bool>,
) {
    let (busy, mut idle) = mpsc::channel(1);
    let router = router(Arc::new(App { engine, clock, health, slack_secrets, limits, _busy: busy.clone() }));
    let room = Arc::new(Semaphore::new(limits.connections));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = asked_to_stop(&mut stop) => break,
        };
        let Some((stream, permit)) = accepted else { continue };
        tokio::spawn(connection(stream, router.clone(), limits, stop.clone(), (permit, busy.clone())));
    }
    drop((listener, router, busy));
    if timeout(limits.farewell, idle.recv()).await.is_err() {
        tracing::warn!("some requests were still under way when the time to finish them was over");
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

/// One client. `held` is let go of when it is done.
async fn connection(
    stream: TcpStream,
    router: Router,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
    held: (OwnedSemaphorePermit, mpsc::Sender<Infallible>),
) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
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
    drop(held);
}

fn router(app: Arc<App>) -> Router {
    Router::new()
        .route(SLACK_EVENTS, post(slack_events).layer(DefaultBodyLimit::max(app.limits.body)))
        .route("/healthz", get(async || StatusCode::OK))
        .route("/readyz", get(readyz))
        .with_state(app)
}

async fn readyz(State(app): State<Arc<App>>) -> Response {
    let (is_ready, body) = app.health.report(&app.engine).await;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(body)).into_response()
}

/// Everything Slack sends.
async fn slack_events(State(app): State<Arc<App>>, mut request: Request) -> Response {
    if app.slack_secrets.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let headers = std::mem::take(request.headers_mut());
    let body = match read(request, app.limits.body_time).await {
        Ok(body) => body,
        Err(refused) => return refused.into_response(),
    };
    let now = app.clock.now();
    let request = slack::Request {
        timestamp: value(&headers, "x-slack-request-timestamp"),
        signature: value(&headers, "x-slack-signature"),
        content_type: value(&headers, "content-type"),
        body: &body,
    };
    match slack::receive(&app.slack_secrets, request, now) {
        Ok(Parsed::SslCheck | Parsed::Ignored) => StatusCode::OK.into_response(),
        Ok(Parsed::Challenge(challenge)) => challenge.into_response(),
        Ok(Parsed::Inbound(inbound)) => receive(app, inbound, now).await,
        Err(rejected) => {
            tracing::warn!(reason = %rejected, "a request was refused");
            match rejected {
                Rejected::Unsigned => StatusCode::UNAUTHORIZED,
                Rejected::Malformed => StatusCode::BAD_REQUEST,
            }
            .into_response()
        }
    }
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    headers.get(name).map(HeaderValue::as_bytes)
}

async fn read(request: Request, time: Duration) -> Result<Bytes, StatusCode> {
    match timeout(time, Bytes::from_request(request, &())).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(refused)) => Err(refused.status()),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

async fn receive(app: Arc<App>, inbound: Box<Inbound>, now: Instant) -> Response {
    let reply = match app.engine.receive(&inbound, now).await {
        Ok(reply) => reply,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "something that happened in chat could not be handled");
            match apology(&inbound.kind) {
                Some(reply) => reply,
                // The platform tells it again.
                None => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
            }
        }
    };
    let answer = slack::respond(&inbound, &reply);
    if answer.then {
        tokio::spawn(async move { app.engine.answer(&inbound, &reply, now).await });
    }
    match answer.body {
        Some(body) => ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response(),
        None => StatusCode::OK.into_response(),
    }
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
