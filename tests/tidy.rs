//! The arrows between rooms, and a few words that must not appear. Plain string search, file by file.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The rooms, or parts of rooms, that a room may name. Its own name and tests aside, everything else is refused.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("application", &["domain"]),
    ("store", &["domain", "application::ports", "trace"]),
    ("carriers", &["domain", "application::ports", "prompts::prompt", "prompts::urls", "trace"]),
    ("prompts", &["domain", "application::ports"]),
    ("mail", &["domain", "application::ports"]),
    ("bus", &["domain::ids", "application::ports", "store::work_items", "trace"]),
    ("webhooks_out", &["domain", "application::ports", "trace"]),
    ("workers", &["domain", "application"]),
    ("http", &["domain", "application", "store", "prompts", "trace"]),
    ("trace", &[]),
    ("http/hooks", &["domain", "application", "store", "carriers", "http"]),
    ("http/media", &["domain", "application", "store", "carriers", "media", "http"]),
    ("media", &["domain", "application", "carriers"]),
    ("simulator", &[]),
    ("console", &[]),
];
/// Lines that go against the table, each for a reason of its own. Better none.
const EXCEPTIONS: &[(&str, &str)] = &[
    // A key that the adapter could not use is refused when it is entered, not at the first call.
    ("http/v1/connections/credentials.rs", "carriers::vonage::check_private_key"),
    ("http/v1/connections/credentials.rs", "carriers::twilio::check_account_sid"),
    ("http/v1/connections/credentials.rs", "carriers::sipgate::"),
    // A line that is to be watched is refused where its carrier can not, before any call comes.
    ("http/v1/lines.rs", "carriers::capabilities_of"),
    // A path that a carrier fetches stands in the one list of routes.
    ("http/routes.rs", "carriers::HOLD_MUSIC_PATH"),
];
const CARRIERS: [&str; 3] = ["vonage", "twilio", "sipgate"];
/// Past this a file is probably two rooms. A file that is one long table may stand here, with the reason beside it.
const LINES_MAX: usize = 500;
const LONG: &[(&str, &str)] = &[
    ("application/ports.rs", "the outside in one place, mostly what it promises"),
    ("domain/call/decide/stories.rs", "the stories of one match"),
    ("domain/call/event.rs", "a table of what can happen"),
    ("domain/call/signal.rs", "a table of what can be told"),
];
const FORBIDDEN: &[(&str, &str)] = &[
    ("AssertSqlSafe", "SQL is a literal or a QueryBuilder"),
    ("use crate::{", "one `use crate::room::…` line a room, so that the arrows stand at the top"),
    ("FIXME", "an issue, or a TODO with the condition that ends it"),
];

#[test]
fn the_first_line_of_every_file_says_what_lives_in_it() {
    refuse(|file| (!file.text.starts_with("//! ")).then(|| "does not begin with //!".to_owned()));
}

/// The console's own files; what is vendored is as others wrote it.
#[test]
fn the_consoles_files_say_what_lives_in_them_and_stay_short() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console");
    let mut found = vec![];
    for path in files_of(&folder, &["js", "css"]) {
        let name = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
        if name.starts_with("vendor/") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        if !text.starts_with("// ") && !text.starts_with("/* ") {
            found.push(format!("{name} does not begin with what lives there"));
        }
        if text.lines().count() > LINES_MAX {
            found.push(format!("{name}: {} lines", text.lines().count()));
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn rooms_name_only_the_rooms_that_they_may() {
    refuse(|file| {
        let (room, allowed) = ARROWS.iter().rev().find(|(room, _)| file.is_in(room))?;
        let own = room.split('/').next()?;
        file.named().find(|named| {
            let begins = |room: &str| {
                named
                    .strip_prefix(room)
                    .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
            };
            let excepted = EXCEPTIONS.contains(&(file.name.as_str(), named.as_str()));
            !excepted && !begins(own) && !allowed.iter().any(|room| begins(room))
        })
    });
}

#[test]
fn one_carrier_never_names_another() {
    refuse(|file| {
        let own = CARRIERS.iter().find(|carrier| file.is_in(&format!("carriers/{carrier}")))?;
        file.named().find(|named| {
            CARRIERS.iter().any(|other| other != own && named.contains(&format!("::{other}")))
        })
    });
}

#[test]
fn the_domain_waits_for_nothing() {
    refuse(|file| {
        (file.is_in("domain") && file.code().contains("async "))
            .then(|| "async in domain".to_owned())
    });
}

#[test]
fn files_stay_short_enough_to_be_one_thing() {
    refuse(|file| {
        let lines = file.text.lines().count();
        let listed = LONG.iter().any(|(name, _)| *name == file.name);
        (lines > LINES_MAX && !listed).then(|| format!("{lines} lines"))
    });
}

/// The document has one name a schema: the second of two that share one would be described as the first.
#[test]
fn no_two_schemas_of_the_api_share_a_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut named: Vec<String> = vec![];
    for path in rust_files(&root) {
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines().map(str::trim);
        while let Some(line) = lines.next() {
            if !(line.starts_with("#[derive(") && line.contains("ToSchema")) {
                continue;
            }
            let item = lines
                .find_map(|line| line.split_once("struct ").or_else(|| line.split_once("enum ")));
            let name = item.map(|(_, name)| name.split([' ', '<', '{', '(', ';']).next().unwrap());
            named.extend(name.map(str::to_owned));
        }
    }
    named.sort();
    let twice: Vec<_> =
        named.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
    assert!(named.len() > 60, "too few to be all of them: {named:?}");
    assert!(twice.is_empty(), "{twice:?}");
}

/// What is said to be shown by a test is shown by one.
/// What is fuzzed is what is shipped, and its package builds with `--locked`.
#[test]
fn the_fuzz_targets_lock_the_versions_that_are_shipped() {
    let (shipped, fuzzed) = (Lock::read("Cargo.lock"), Lock::read("tests/fuzz/Cargo.lock"));
    let own = ["arbitrary", "jobserver", "libfuzzer-sys", "vestibule-fuzz"];
    let strangers: Vec<_> = fuzzed.versions().filter(|one| !shipped.has(one)).collect();
    assert!(strangers.iter().all(|(name, _)| own.contains(name)), "{strangers:?}");
    let known = fuzzed.dependencies("vestibule");
    let manifest = read("Cargo.toml");
    let (_, tests) = manifest.split_once("[dev-dependencies]").unwrap_or_default();
    for name in shipped.dependencies("vestibule") {
        let is_for_tests = tests.contains(&format!("\n{name} = "));
        assert!(known.contains(&name) || is_for_tests, "tests/fuzz/Cargo.lock: {name} is missing");
    }
}

#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let mut code = String::new();
    for path in rust_files(&root.join("src")).into_iter().chain(rust_files(&root.join("tests"))) {
        code.push_str(&fs::read_to_string(path).unwrap());
    }
    let named = model.split('`').skip(1).step_by(2);
    let is_name = |word: &&str| {
        word.matches('_').count() > 2 && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    let (specs, tests): (Vec<_>, Vec<_>) = named
        .filter(|word| word.ends_with(".spec.mjs") || is_name(word))
        .partition(|word| word.ends_with(".spec.mjs"));
    let missing: Vec<_> = tests
        .iter()
        .filter(|name| !code.contains(&format!("fn {name}(")))
        .chain(specs.iter().filter(|name| !root.join("tests/console").join(name).is_file()))
        .collect();

    assert!(tests.len() > 40, "too few to be all of them: {tests:?}");
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn some_words_do_not_appear() {
    refuse(|file| {
        FORBIDDEN
            .iter()
            .find(|(word, _)| file.code().contains(word))
            .map(|(word, why)| format!("{word}: {why}"))
    });
}

struct SourceFile {
    name: String,
    text: String,
}

impl SourceFile {
    fn is_in(&self, room: &str) -> bool {
        self.name.strip_prefix(room).is_some_and(|rest| rest.starts_with(['/', '.']))
    }

    /// Without comment lines.
    fn code(&self) -> String {
        self.text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// What stands behind each `crate::`.
    fn named(&self) -> impl Iterator<Item = String> {
        let code = self.code();
        let paths = code.split("crate::").skip(1).map(|rest| {
            rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect()
        });
        paths.collect::<Vec<String>>().into_iter()
    }
}

/// A lock file, each package from its name on.
struct Lock(Vec<String>);

impl Lock {
    fn read(path: &str) -> Self {
        Self(read(path).split("[[package]]\nname = ").skip(1).map(str::to_owned).collect())
    }

    /// Names and versions.
    fn versions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|package| {
            let mut words = package.split('"').skip(1).step_by(2);
            (words.next().unwrap_or_default(), words.next().unwrap_or_default())
        })
    }

    fn has(&self, wanted: &(&str, &str)) -> bool {
        self.versions().any(|one| one == *wanted)
    }

    /// The names of what a package needs.
    fn dependencies(&self, name: &str) -> Vec<&str> {
        let package = self.0.iter().find(|package| package.starts_with(&format!("\"{name}\"\n")));
        let lines = package.map_or("", |package| package.as_str()).lines();
        lines.filter_map(|line| line.strip_prefix(" \"")?.split([' ', '"']).next()).collect()
    }
}

#[expect(clippy::unwrap_used, reason = "a file that can not be read should fail the test")]
fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[expect(clippy::unwrap_used, reason = "a source file that can not be read should fail the test")]
fn refuse(wrong: impl Fn(&SourceFile) -> Option<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = vec![];
    for path in rust_files(&root) {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let file = SourceFile { name, text };
        found.extend(wrong(&file).map(|what| format!("src/{}: {what}", file.name)));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[expect(clippy::unwrap_used, reason = "a folder that can not be read should fail the test")]
fn files_of(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries
        .flat_map(|path| if path.is_dir() { files_of(&path, extensions) } else { vec![path] });
    let is_one = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extensions.iter().any(|one| extension == *one))
    };
    files.filter(is_one).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files_of(folder, &["rs"])
}
