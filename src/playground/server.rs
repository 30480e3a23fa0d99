//! The listener: one port for the Web API, the response URLs and the page.

use super::{Playground, page, response_url, web_api};
use axum::Router;
use axum::body::Body;
use axum::routing::{any, get, post};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::io;
use tokio::net::TcpListener;
use tower::ServiceExt;

/// On a response: close the connection instead of sending it.
#[derive(Clone)]
pub(super) struct Unsent;

pub(super) fn router(playground: Playground) -> Router {
    Router::new()
        .route("/api/{method}", any(web_api::answer))
        .route("/response/{token}", post(response_url::answer))
        .route("/", get(page::index))
        .route("/page.css", get(page::style))
        .route("/{script}", get(page::script))
        .route("/page/state", get(page::state))
        .route("/page/do", post(page::act))
        .route("/page/jump", post(page::jump))
        .with_state(playground)
}

/// Serves until the runtime ends. Not `axum::serve`, which cannot leave a request unanswered.
pub(super) async fn serve(listener: TcpListener, router: Router) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        // Small answers must not wait for more to come.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let router = router.clone();
                async move {
                    let Ok(response) = router.oneshot(request.map(Body::new)).await;
                    match response.extensions().get::<Unsent>() {
                        Some(Unsent) => Err(io::Error::other("left unanswered on purpose")),
                        None => Ok(response),
                    }
                }
            });
            // A connection that ends badly concerns only the two who were talking.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
