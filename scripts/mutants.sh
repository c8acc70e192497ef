#!/usr/bin/env bash
# Mutation testing: every small change to the code that decides, or that believes a signature, must fail a test. A change that may stand
# has its reason in .cargo/mutants.toml; one that stands without a reason fails the run.
#
#   scripts/mutants.sh [domain|signatures|all] [cargo-mutants' options, such as --file 'src/domain/call/decide/*']
#   SHARD=1/8 scripts/mutants.sh            the first of eight parts, each a sample of all
#   scripts/mutants.sh reasons              whether each reason still is one of some mutant
#
# A build of the whole crate for each change would take days. So the rooms in question are copied into packages of their own below
# target/mutants, with the same dependencies and those of their tests that wait for nothing; changes are made there, never in src.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
scratch=$root/target/mutants
what=${1:-all}
[ $# -eq 0 ] || shift

if ! cargo mutants --version >/dev/null 2>&1; then
    echo 'mutants: cargo-mutants is missing: cargo install cargo-mutants --version 27.1.0 --locked' >&2
    exit 1
fi

# Warm builds are shared by both packages; the same chance in every run, so that a mutant is caught or not, never sometimes.
export CARGO_TARGET_DIR=$scratch/build CARGO_INCREMENTAL=1 CARGO_PROFILE_DEV_DEBUG=0 CARGO_TERM_COLOR=never
export PROPTEST_RNG_SEED=20261121 PROPTEST_CASES=${PROPTEST_CASES:-64} PROPTEST_MAX_SHRINK_ITERS=0
export PROPTEST_DISABLE_FAILURE_PERSISTENCE=true INSTA_UPDATE=no

# The project's manifest with its dependencies and profiles, for a package that holds a part of it.
manifest() {
    awk -v name="$1" '
        /^\[/ { kept = !/^\[(lib|lints|\[bin|\[test|\[bench)/ }
        /^default-run/ { next }
        /^name = "vestibule"$/ { sub("vestibule", name) }
        kept { print }
    ' Cargo.toml
    printf '\n[lib]\nname = "vestibule"\ndoctest = false\n\n[workspace]\n'
}

# begin_package NAME TEST…: tests of tests/it become modules of the library, so that a change costs one build.
begin_package() {
    package=$scratch/$1
    rm -rf "$package"
    mkdir -p "$package/src"
    manifest "vestibule-$1" > "$package/Cargo.toml"
    copy Cargo.lock .cargo/mutants.toml
    shift
    {
        printf '//! A part of Vestibule, cut out by scripts/mutants.sh.\nextern crate self as vestibule;\n'
        local test
        for test in "$@"; do
            copy "tests/it/$test.rs"
            printf '#[cfg(test)]\n#[path = "../tests/it/%s.rs"]\nmod %s;\n' "$test" "$test"
        done
    } > "$package/src/lib.rs"
}

# copy FILE… into the package, each to where it stands here
copy() { cp -R --parents -- "$@" "$package/"; }

# Cargo looks at every dependency before every build, and tests wait for them: only those that the part names, and optimised.
end_package() {
    local name
    for name in $(sed -nE '/^\[(dev-)?dependencies\]/,/^\[profile/s/^([a-z0-9_-]+) = .*/\1/p' "$package/Cargo.toml"); do
        grep -rqw -- "${name//-/_}" "$package/src" "$package/tests" || sed -i "/^$name = /d" "$package/Cargo.toml"
    done
    sed -i '/^\[profile.dev.package."\*"\]/a opt-level = 1' "$package/Cargo.toml"
}

cut_out_domain() {
    begin_package domain golden_events
    copy src/domain tests/golden/events
    # Thousands of made-up visits for each change would be most of the time.
    sed -i 's/ProptestConfig { cases: [0-9_]*/ProptestConfig { cases: 25/' "$package"/src/domain/call/decide/*.rs
    echo 'pub mod domain;' >> "$package/src/lib.rs"
    end_package
}

cut_out_signatures() {
    begin_package signatures {vonage,twilio,sipgate}_{people,verify,parse}
    printf '\n[dependencies.rooms]\npackage = "vestibule-domain"\npath = "../domain"\n' >> "$package/Cargo.toml"
    copy src/application/ports src/application/ports.rs src/carriers/media.rs src/webhooks_out/signature.rs \
        src/prompts/{prompt,urls}.rs src/http/extract/tokens.rs tests/golden/vonage tests/it/sipgate_published_request.txt
    sed -i 's/ProptestConfig::with_cases([0-9_]*)/ProptestConfig::with_cases(50)/' "$package"/tests/it/*.rs
    local carrier file
    for carrier in vonage twilio sipgate; do
        for file in credentials.rs fields.rs form.rs key.pem keys.rs media.rs parse.rs payload.rs prompts.rs signature.rs token.rs \
            urls.rs verify.rs; do
            [ ! -f "src/carriers/$carrier/$file" ] || copy "src/carriers/$carrier/$file"
        done
    done
    # What speaks to a carrier over the network stays behind.
    local behind='breaker|calls|pace|records|render|rest|settings|twiml|voices|wire|xml'
    for carrier in . vonage twilio sipgate; do
        grep -Ev "^(pub )?mod ($behind);|^pub use self::($behind)::" "src/carriers/$carrier/mod.rs" \
            > "$package/src/carriers/$carrier/mod.rs"
    done
    cat >> "$package/src/lib.rs" <<'RUST'
pub use rooms::domain;
pub mod application {
    pub mod ports;
}
pub mod carriers;
pub mod http {
    pub mod extract {
        pub mod tokens;
    }
}
pub mod prompts {
    pub mod prompt;
    pub mod urls;
    pub use self::prompt::{Part, Prompt};
}
pub mod store {
    pub mod access {
        /// As the store hands it out.
        pub struct SigningKey {
            pub id: String,
            pub secret: secrecy::zeroize::Zeroizing<Vec<u8>>,
            pub created_at: time::OffsetDateTime,
            pub expires_at: Option<time::OffsetDateTime>,
        }
    }
}
pub mod webhooks_out {
    pub mod signature;
}
RUST
    end_package
}

# The files of the package `signatures` that are changed.
signature_files=(
    'src/carriers/*/verify.rs' 'src/carriers/*/form.rs' 'src/carriers/*/payload.rs' 'src/carriers/*/keys.rs'
    'src/carriers/*/signature.rs' 'src/carriers/*/credentials.rs' 'src/carriers/*/mod.rs' src/carriers/twilio/media.rs
    src/http/extract/tokens.rs src/webhooks_out/signature.rs src/prompts/urls.rs
)

# mutate PACKAGE [OPTION…]
mutate() {
    local package=$1 part=()
    shift
    # Parts are counted from 1 here, from 0 there; each is a sample of all that there is.
    [ -z "${SHARD:-}" ] || part=(--sharding round-robin --shard "$((${SHARD%/*} - 1))/${SHARD#*/}")
    mkdir -p "$scratch/results/$package"
    # 3: some never ended, which is noticed as well as a failure is.
    cargo mutants --dir "$scratch/$package" --in-place --output "$scratch/results/$package" ${part[@]+"${part[@]}"} "$@" || [ $? -eq 3 ]
}

mutate_domain() { mutate domain "$@"; }
mutate_signatures() {
    case " $* " in
        *' --file '* | *' -f '*) mutate signatures "$@" ;;
        *) mutate signatures "${signature_files[@]/#/--file=}" "$@" ;;
    esac
}

# A reason without a mutant is about code that is gone.
check_reasons() {
    local all reason stale=0
    all=$(for package in domain signatures; do (cd "$scratch/$package" && cargo mutants --list --no-config); done)
    while IFS= read -r reason; do
        grep -Eq -- "$reason" <<< "$all" || { echo "mutants: no mutant is meant by '$reason'" >&2; stale=1; }
    done < <(sed -n "s/^    '\(.*\)',\$/\1/p" .cargo/mutants.toml)
    return "$stale"
}

cut_out_domain
cut_out_signatures
case "$what" in
    domain | signatures) "mutate_$what" "$@" ;;
    reasons) check_reasons ;;
    all)
        status=0
        check_reasons || status=$?
        mutate_signatures "$@" || status=$?
        mutate_domain "$@" || status=$?
        exit "$status"
        ;;
    *) echo "mutants: domain, signatures, reasons or all, not '$what'" >&2; exit 2 ;;
esac
