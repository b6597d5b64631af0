//! Tests of the architecture: imports go down only, there are no circles, and words that belong to
//! one floor stay there.

mod alerts;
mod circles;
mod documents;
mod floors;
mod graph;
mod habits;
mod live_api;
mod log_lines;
mod planted;
mod protocol;
mod reader;

use std::fs;
use std::path::Path;

use reader::Sources;

/// All source files below a folder of the repository. Empty if there is no such folder.
fn sources(folder: &str) -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut sources = Sources::new();
    let mut folders = Vec::from_iter(root.is_dir().then(|| root.clone()));
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let inside = path.strip_prefix(&root).expect("below the root");
                let text = fs::read_to_string(&path).expect("text");
                sources.insert(inside.to_string_lossy().into_owned(), text);
            }
        }
    }
    sources
}

/// The sources of the server.
fn server() -> Sources {
    let sources = sources("src");
    assert!(sources.len() > 30, "the sources were not found");
    sources
}

/// Whether a file is that module or is inside it.
fn is_within(file: &str, module: &str) -> bool {
    let rest = file.strip_prefix(module);
    rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn report(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
