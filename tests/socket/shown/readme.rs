//! The README in both languages: bash runs its commands in their order, and their output has to be
//! the one in the README.

use std::collections::HashSet;
use std::path::Path;

use super::reader::{Reader, commands};
use crate::bench::{self, SHORT, TOO_SLOW};

const READMES: [(&str, &str); 2] = [
    ("README.md", include_str!("../../../README.md")),
    ("README.zh-CN.md", include_str!("../../../README.zh-CN.md")),
];

/// Commands that no test can run in itself: the first one runs this suite, and .ci/run runs the
/// second one.
const BY_OTHERS: [&str; 2] = ["cargo test --locked", "cargo bench --bench domain"];

/// A shell function for cargo. It runs the programs that are already built in the profile of the tests,
/// with short measurements.
fn programs(folder: &Path) -> String {
    let program = env!("CARGO_BIN_EXE_zaibo");
    let built = bench::build("zaibo-bench");
    let built = built.display();
    let short = SHORT.join(" ");
    let folder = folder.display();
    format!(
        "cargo() {{
            case \"$*\" in
            'build --release') ls '{program}' '{built}/zaibo-bench' ;;
            'build --release --example floor') ls '{built}/examples/floor' ;;
            'run --release -p zaibo-bench -- '*)
                shift 5
                local said status=0
                said=$('{built}/zaibo-bench' \"$@\" {short} --folder '{folder}' 2>said.txt) || status=$?
                printf '%s\\n' \"$said\"
                [ $status = 0 ] || grep -q '{TOO_SLOW}' said.txt ;;
            'run --release -- '*) shift 3 && '{program}' \"$@\" ;;
            *) return 1 ;;
            esac
        }}"
    )
}

#[test]
fn what_is_shown_in_both_languages_is_what_happens() {
    let mut measured = HashSet::new();
    for (name, text) in READMES {
        let shown = commands(text);
        assert!(shown.len() > 10, "{name} was understood");
        let folder = tempfile::tempdir().expect("a folder");
        let programs = programs(folder.path());
        let mut reader = Reader::new(folder, &programs);
        for shown in &shown {
            let command = shown.command.split(" #").next().expect("a command");
            // A measurement takes long. If both READMEs show the same one, it runs once.
            let measures = command.contains("-p zaibo-bench");
            let is_again = measures && !measured.insert(command.trim().to_owned());
            if is_again || BY_OTHERS.contains(&command.trim()) {
                continue;
            }
            reader.follow(shown);
            if measures {
                let pictures = reader.folder().join("docs");
                assert!(pictures.join("throughput.svg").is_file());
                assert!(pictures.join("memory.svg").is_file());
            }
        }
        let log = reader.log();
        assert!(!log.contains("ERROR"), "{name}: {log}");
    }
    assert_eq!(
        measured.len(),
        1,
        "both languages show the same measurement"
    );
}
