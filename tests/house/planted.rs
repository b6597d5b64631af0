//! Tests of these tests: faults that are planted in small crates are found, and nothing else is.

use std::collections::BTreeSet;

use crate::floors::complaints;
use crate::graph::{circles, edges};
use crate::habits::words;
use crate::reader::Sources;

fn sources(files: &[(&str, &str)]) -> Sources {
    let own = |(file, text): &(&str, &str)| ((*file).to_owned(), (*text).to_owned());
    files.iter().map(own).collect()
}

/// All edges as `from:line to name`.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let edges = edges(&sources(files), "zaibo");
    let shown = edges
        .iter()
        .map(|edge| format!("{}:{} {} {}", edge.from, edge.line, edge.to, edge.name));
    shown.collect()
}

#[test]
fn a_name_counts_for_the_file_that_defines_it_and_not_for_those_that_show_it() {
    let found = found(&[
        ("lib.rs", "pub mod domain;\npub mod rooms;"),
        (
            "domain/mod.rs",
            "mod ids;\nmod seat;\npub use ids::{Uid, Other as Renamed};\npub use seat::Seat;",
        ),
        ("domain/ids.rs", "pub struct Uid;\npub struct Other;"),
        ("domain/seat.rs", "use super::Uid;\npub struct Seat(Uid);"),
        (
            "rooms.rs",
            "use crate::domain::{self, Seat};\nfn f(_: Seat) -> domain::Renamed { domain::Uid::new() }",
        ),
    ]);
    assert_eq!(
        found,
        [
            "domain/seat.rs:1 domain/ids.rs Uid",
            "rooms.rs:1 domain/seat.rs Seat",
            "rooms.rs:2 domain/ids.rs Other",
            "rooms.rs:2 domain/ids.rs Uid",
        ]
    );
}

#[test]
fn a_circle_through_a_re_export_is_one() {
    let files = sources(&[
        ("lib.rs", "mod a;\nmod b;\nmod c;\nmod shown;"),
        ("a.rs", "use crate::shown::B;\npub struct A(B);"),
        ("b.rs", "pub struct B(crate::c::C);"),
        ("c.rs", "pub fn f(a: super::a::A) {}\npub struct C;"),
        ("shown/mod.rs", "pub use crate::b::B;"),
    ]);
    let edges = edges(&files, "zaibo");
    assert_eq!(circles(&edges), [BTreeSet::from(["a.rs", "b.rs", "c.rs"])]);
    assert!(circles(&edges[1..]).is_empty(), "{edges:?}");
}

#[test]
fn a_module_that_names_its_own_modules_is_in_a_circle_if_they_name_it() {
    let of_mod = |content: &str| {
        let files = sources(&[
            ("lib.rs", "mod a;"),
            ("a/mod.rs", content),
            ("a/b.rs", "use super::A;\npub struct B(A);"),
        ]);
        circles(&edges(&files, "zaibo")).len()
    };
    assert_eq!(of_mod("mod b;\npub use b::B;\npub struct A;"), 0);
    assert_eq!(
        of_mod("mod b;\npub use b::B;\npub struct A;\nfn f(_: B) {}"),
        1
    );
    assert_eq!(of_mod("mod b;\npub struct A;\nfn f() { b::B::new(); }"), 1);
}

#[test]
fn a_name_is_seen_wherever_it_stands() {
    let b = [
        ("lib.rs", "mod a;\nmod b;"),
        ("b.rs", "pub struct B;\npub fn f() {}"),
    ];
    for (line, text) in [
        (1, "use super::b::B;"),
        (1, "use crate::b::*;"),
        (1, "use crate::b; fn g() -> b::B { todo() }"),
        (2, "fn g() {\n    let x: Vec<crate::b::B> = h();\n}"),
        (2, "fn g() {\n    use crate::b::B as Renamed;\n}"),
        (2, "fn g() {\n    if let crate::b::B { .. } = x {}\n}"),
        (2, "impl\n    super::b::B {}"),
        (
            3,
            "fn g() {\n    print!(\n        \"{}\", h(&[crate::b::B]))\n}",
        ),
        (1, "m! { a: ..crate::b::B }"),
        (1, "#[derive(crate::b::B)]\nstruct A;"),
        (1, "mod inner { fn g() -> super::super::b::B {} }"),
    ] {
        let found = found(&[b[0], b[1], ("a.rs", text)]);
        let first = found.first().map(String::as_str);
        assert_eq!(first, Some(&*format!("a.rs:{line} b.rs B")), "{text}");
    }
    for text in [
        "//! [`B`](crate::b::B)\n/// [`crate::b::B`]\nfn g() { /* crate::b::B */ }",
        "fn g() { \"crate::b::B\"; x.f(); m!(x.f()); }",
        "#[cfg(test)]\nmod tests { use crate::b::B; }",
        "#[cfg(all(test, unix))]\nmod not_there;",
        "#[cfg(test)]\nuse crate::b::B;",
        "struct A;\nimpl A {\n    #[cfg(test)]\n    fn g(_: crate::b::B) {}\n}",
        "use elsewhere::b::B;\nfn g(_: B) { ::b::B }",
        "pub(in crate::b) struct A;",
    ] {
        assert_eq!(found(&[b[0], b[1], ("a.rs", text)]), [""; 0], "{text}");
    }
}

#[test]
fn what_a_macro_makes_is_of_the_file_that_calls_it() {
    let found = found(&[
        ("lib.rs", "mod schema;\nmod a;"),
        ("schema.rs", "table! { rows (id) { id -> Text, } }"),
        (
            "a.rs",
            "use super::schema::rows;\nfn f() { rows::table.load() }",
        ),
    ]);
    assert_eq!(found, ["a.rs:1 schema.rs rows"]);
}

#[test]
fn an_import_that_goes_up_is_refused() {
    let files = sources(&[
        ("lib.rs", "mod clock;\nmod domain;\nmod http;\nmod store;"),
        ("main.rs", "fn main() { zaibo::store::open() }"),
        ("clock.rs", "use crate::domain::Time;"),
        (
            "domain.rs",
            "pub struct Time;\nfn f() { assert!(crate::store::open()) }",
        ),
        ("store/mod.rs", "use crate::domain::Time;\npub fn open() {}"),
        ("http/mod.rs", "mod legacy;\nmod v2;\npub fn serve() {}"),
        (
            "http/legacy.rs",
            "fn f() { super::serve() }\npub struct Form;",
        ),
        ("http/v2/mod.rs", "use crate::http::legacy::Form;"),
    ]);
    let domain = "src/domain.rs:2 → store/mod.rs: open: `domain` must not use `store`";
    let v2 = "src/http/v2/mod.rs:1 → http/legacy.rs: Form: `http/v2` must not use `http/legacy`";
    assert_eq!(complaints(&files), [domain, v2]);
    let unknown = sources(&[("lib.rs", "mod cellar;"), ("cellar.rs", "")]);
    assert_eq!(
        complaints(&unknown),
        ["src/cellar.rs: give its module a floor in tests/house/floors.rs"]
    );
}

#[test]
fn words_are_those_of_the_code() {
    let text =
        "//! one\n/* two */ fn three(_: four::Five) {\n    m!(\"six\", r#\"seven\"#, eight)\n}";
    let code = words(text);
    let code: Vec<_> = code
        .iter()
        .filter(|(_, word)| !["doc", "fn", "m", "_"].contains(&word.as_str()))
        .map(|(line, word)| (*line, word.as_str()))
        .collect();
    assert_eq!(code, [(2, "three"), (2, "four"), (2, "Five"), (3, "eight")]);
}
