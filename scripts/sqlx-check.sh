#!/usr/bin/env bash
# The queries kept in .sqlx are those of the code, against a database with all migrations.
set -euo pipefail

if [ "${1:-}" = inside ]; then
    # Its own command, as it makes the roles first and runs as the owner.
    cargo run --quiet --locked --bin vestibule -- migrate
    SQLX_OFFLINE=false cargo sqlx prepare --check -- --all-targets
    exit
fi
if [ ! -d migrations ]; then
    echo "sqlx: no migrations yet, nothing to compare"
    exit 0
fi
if ! cargo sqlx --version >/dev/null 2>&1; then
    # The version that the library has; only what this check needs of it.
    version=$(sed -n '/^name = "sqlx"$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
    cargo install sqlx-cli --version "$version" --locked --no-default-features --features postgres,rustls
fi
# Only a database is needed here.
AMQP_URL=unused exec "$(dirname "$0")/test-services.sh" run "$0" inside
