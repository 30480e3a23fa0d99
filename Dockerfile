# A small image with the one binary. Everything it keeps is in /data.
FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /data trailmark
COPY --from=build /src/target/release/trailmark /usr/local/bin/trailmark
USER trailmark
WORKDIR /data
ENV DATABASE_URL=sqlite:///data/trailmark.db TRAILMARK_SERVER__LISTEN=0.0.0.0:8080
EXPOSE 8080
# For Prometheus in another container: TRAILMARK_SERVER__METRICS_LISTEN=0.0.0.0:9464, on a network that is not the world's.
VOLUME /data
ENTRYPOINT ["trailmark"]
CMD ["serve"]
