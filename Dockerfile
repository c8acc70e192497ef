# syntax=docker/dockerfile:1

FROM rust:1.95-bookworm AS build
WORKDIR /src
# The checked queries come from .sqlx, so the build needs no database.
ENV SQLX_OFFLINE=true CARGO_TERM_COLOR=never
COPY . .
# The cache mounts keep what was downloaded and compiled; what is wanted is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin vestibule \
    && cp target/release/vestibule /usr/local/bin/vestibule


FROM debian:bookworm-slim AS runtime
# Carriers are reached over TLS, judged by the system's certificates. tini passes signals on and reaps. espeak-ng speaks where a
# carrier does not.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates espeak-ng tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin vestibule
COPY --from=build /usr/local/bin/vestibule /usr/local/bin/vestibule
USER 10001:10001
ENV VESTIBULE_LISTEN=0.0.0.0:8080 \
    VESTIBULE_METRICS_LISTEN=0.0.0.0:9464 \
    VESTIBULE_LOG_FORMAT=json
EXPOSE 8080 9464
# At 25 s the process ends by itself; SIGKILL comes after that.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=4s --start-period=20s --retries=6 CMD ["vestibule", "healthcheck"]
ENTRYPOINT ["/usr/bin/tini", "--", "vestibule"]
CMD ["api"]
