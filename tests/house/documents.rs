//! The documents name what is there: every file, every function, every page that they lead to; and
//! both languages name the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Ident, ImplItemFn, ItemConst, ItemEnum, ItemFn, ItemImpl, ItemMod, ItemStruct, Type};

use crate::reader::Sources;
use crate::{report, server};

const ARCHITECTURE: [&str; 2] = ["docs/architecture.md", "docs/architecture.zh-CN.md"];
const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];
const MOVING_IN: [&str; 2] = ["docs/moving-in.md", "docs/moving-in.zh-CN.md"];
const TENCENT: [&str; 2] = ["docs/tencent.md", "docs/tencent.zh-CN.md"];
const METRICS: [&str; 2] = ["docs/metrics.md", "docs/metrics.zh-CN.md"];
const API: [&str; 2] = ["docs/api.md", "docs/api.zh-CN.md"];
const DEPLOY: [&str; 2] = ["deploy/README.md", "deploy/README.zh-CN.md"];
const OPERATING: [&str; 2] = ["docs/operating.md", "docs/operating.zh-CN.md"];
const LOG: [&str; 2] = ["docs/log.md", "docs/log.zh-CN.md"];

/// Where a path of the repository begins.
const FOLDERS: [&str; 7] = [
    "src/",
    "tests/",
    "docs/",
    "bench/",
    "benches/",
    "deploy/",
    "migrations/",
];

/// Everything that is defined in the sources: the file, and the module, the type and the name.
type Definitions = BTreeSet<(String, Vec<String>)>;

fn definitions(sources: &Sources) -> Definitions {
    let mut definitions = Definitions::new();
    for (file, text) in sources {
        let module = file.trim_end_matches(".rs").trim_end_matches("/mod");
        let mut collector = Collector {
            here: module.split('/').map(str::to_owned).collect(),
            found: Vec::new(),
        };
        collector.visit_file(&syn::parse_file(text).expect("Rust"));
        let found = collector.found.into_iter();
        definitions.extend(found.map(|name| (file.clone(), name)));
    }
    definitions
}

struct Collector {
    here: Vec<String>,
    found: Vec<Vec<String>>,
}

impl Collector {
    fn define(&mut self, name: &Ident) {
        let mut path = self.here.clone();
        path.push(name.to_string());
        self.found.push(path);
    }

    fn within(&mut self, name: &Ident, content: impl FnOnce(&mut Self)) {
        self.here.push(name.to_string());
        content(self);
        self.here.pop();
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.within(&module.ident, |this| visit::visit_item_mod(this, module));
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.define(&function.sig.ident);
    }

    fn visit_item_const(&mut self, constant: &'ast ItemConst) {
        self.define(&constant.ident);
    }

    fn visit_item_struct(&mut self, structure: &'ast ItemStruct) {
        self.define(&structure.ident);
    }

    fn visit_item_enum(&mut self, kinds: &'ast ItemEnum) {
        self.define(&kinds.ident);
        self.within(&kinds.ident, |this| {
            for variant in &kinds.variants {
                this.define(&variant.ident);
            }
        });
    }

    fn visit_item_impl(&mut self, methods: &'ast ItemImpl) {
        if let Type::Path(path) = &*methods.self_ty
            && let Some(last) = path.path.segments.last()
        {
            self.within(&last.ident, |this| visit::visit_item_impl(this, methods));
        }
    }

    fn visit_impl_item_fn(&mut self, method: &'ast ImplItemFn) {
        self.define(&method.sig.ident);
    }
}

/// What a text shows as code, each with what stands between it and the next. Blocks are left out.
fn codes(text: &str) -> Vec<(String, String)> {
    let prose: Vec<&str> = text.split("```").step_by(2).collect();
    let prose = prose.join("\n");
    let parts: Vec<&str> = prose.split('`').collect();
    let pairs = parts[1..].chunks(2);
    pairs
        .map(|pair| {
            let behind = pair.get(1).copied().unwrap_or_default();
            (pair[0].to_owned(), behind.trim().to_owned())
        })
        .collect()
}

fn is_path(code: &str) -> bool {
    FOLDERS.iter().any(|folder| code.starts_with(folder))
}

/// The names of a function or a type; none if it is something else.
fn names(code: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = code.split("::").collect();
    let is_name = |name: &&str| syn::parse_str::<Ident>(name).is_ok();
    names.iter().all(is_name).then_some(names)
}

/// What of a text is not there. `exists` says so of a path of the repository.
fn missing(text: &str, definitions: &Definitions, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut missing = Vec::new();
    let codes = codes(text);
    for (at, (code, behind)) in codes.iter().enumerate() {
        if is_path(code) {
            // `<name>` stands for any name.
            let known = code.split('<').next().unwrap_or_default();
            let folder = known.rsplit_once('/').map_or("", |(folder, _)| folder);
            let whole = known == code;
            if !exists(if whole { code } else { folder }) {
                missing.push(format!("`{code}`"));
            }
            continue;
        }
        let Some(names) = names(code) else {
            continue;
        };
        let next = codes.get(at + 1).map(|(next, _)| next.as_str());
        let file = next.filter(|next| ["(", "（"].contains(&behind.as_str()) && is_path(next));
        if names.len() == 1 && file.is_none() {
            continue;
        }
        let is_defined = definitions.iter().any(|(known, path)| {
            let is_there = file.is_none_or(|file| file.strip_prefix("src/") == Some(known));
            is_there
                && path
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .ends_with(&names)
        });
        if !is_defined {
            let place = file.map(|file| format!(" in `{file}`")).unwrap_or_default();
            missing.push(format!("`{code}`{place}"));
        }
    }
    missing
}

/// The pages and pictures of the repository that a text leads to.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1);
    let targets = targets.filter_map(|rest| Some(rest.split_once(')')?.0));
    targets.filter(|target| !target.contains("://")).collect()
}

/// Whether a link of a page leads to a file that is there and, if it names a heading, to that heading.
fn leads_somewhere(page: &Path, target: &str) -> bool {
    let (file, heading) = match target.split_once('#') {
        Some((file, heading)) => (file, Some(heading)),
        None => (target, None),
    };
    let to = if file.is_empty() {
        page.to_owned()
    } else {
        page.parent().expect("a folder").join(file)
    };
    match heading {
        Some(heading) => {
            std::fs::read_to_string(&to).is_ok_and(|text| anchors(&text).contains(heading))
        }
        None => to.exists(),
    }
}

/// The names by which links lead to the headings of a page.
fn anchors(text: &str) -> BTreeSet<String> {
    let prose = text.split("```").step_by(2).flat_map(str::lines);
    let headings = prose.filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let letters = words.chars().filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            _ => letter.is_alphanumeric().then_some(letter),
        });
        letters.collect::<String>()
    };
    headings.map(anchor).collect()
}

fn read(name: &str) -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = std::fs::read_to_string(&path).expect("text");
    (path, text)
}

#[test]
fn what_the_documents_name_is_there() {
    let definitions = definitions(&server());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut complaints = Vec::new();
    let pages = [
        ARCHITECTURE,
        READMES,
        MOVING_IN,
        TENCENT,
        API,
        METRICS,
        DEPLOY,
        OPERATING,
        LOG,
    ];
    for name in pages.into_iter().flatten() {
        let (path, text) = read(name);
        let missing = missing(&text, &definitions, |file| root.join(file).exists());
        complaints.extend(
            missing
                .iter()
                .map(|what| format!("{name}: {what} is not there")),
        );
        let dead = links(&text)
            .into_iter()
            .filter(|target| !leads_somewhere(&path, target));
        complaints.extend(dead.map(|to| format!("{name}: the link to {to} is dead")));
    }
    report(&complaints);
}

#[test]
fn both_languages_name_the_same_files_and_functions() {
    let named = |document: &str| {
        let (_, text) = read(document);
        let mut named: Vec<String> = codes(&text).into_iter().map(|(code, _)| code).collect();
        named.retain(|code| code.contains("::") || is_path(code));
        named.sort();
        named
    };
    let [english, chinese] = ARCHITECTURE.map(named);
    assert!(english.len() > 60, "{english:?}");
    assert_eq!(english, chinese);
}

#[test]
fn what_is_not_there_is_found() {
    let files = [
        (
            "a/mod.rs",
            "pub struct A;\nimpl A {\n    fn f() {}\n}\nenum Kind { One }",
        ),
        ("b.rs", "fn g() {}\nimpl T for B {\n    fn h() {}\n}"),
    ];
    let sources = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    let definitions = definitions(&Sources::from(sources));
    let found = |text: &str| {
        missing(text, &definitions, |path| {
            ["src/a/mod.rs", "src/b.rs", "src/a"].contains(&path)
        })
    };
    for good in [
        "`A::f` (`src/a/mod.rs`), `b::g`（`src/b.rs`）, `B::h`, `Kind::One`, `a::A`",
        "`A`\n(`src/a/mod.rs`)",
        "`x`, `svc=a&cmd=b`, `src/a/<name>.rs`, `A`, `Elsewhere`",
        "```sh\n`no::thing`\n```",
    ] {
        assert_eq!(found(good), [""; 0], "{good}");
    }
    for (bad, what) in [
        ("`A::g`", "`A::g`"),
        ("`A::f` (`src/b.rs`)", "`A::f` in `src/b.rs`"),
        ("`Elsewhere`（`src/b.rs`）", "`Elsewhere` in `src/b.rs`"),
        ("`src/c.rs`", "`src/c.rs`"),
        ("`src/c/<name>.rs`", "`src/c/<name>.rs`"),
    ] {
        assert_eq!(found(bad), [what], "{bad}");
    }
    assert_eq!(
        links("[a](b.md), [c](https://d/e), ![](f.svg)"),
        ["b.md", "f.svg"]
    );
    let page = "# All of it\n## live/get_it, 请求 id\n```sh\n# no heading\n```\n";
    let headings = ["all-of-it", "liveget_it-请求-id"].map(str::to_owned);
    assert_eq!(anchors(page), BTreeSet::from(headings));
}
