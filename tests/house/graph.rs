//! A crate as a graph of files: an edge leads from a file that uses a name to the file that defines
//! it.
//!
//! A name belongs to the file that defines it, no matter through which re-exports it is used.
//! Method calls are not counted, because only the compiler can resolve them.

use std::collections::{BTreeMap, BTreeSet};

use crate::reader::{Kind, Mention, Module, Modules, Path, Sources, read};

/// A use of a name from another file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) from: String,
    pub(crate) line: usize,
    pub(crate) to: String,
    /// The name, as it is called where it is defined.
    pub(crate) name: String,
}

impl Edge {
    /// The edge in a form that people can look up. `folder` is the folder of the sources.
    pub(crate) fn shown(&self, folder: &str) -> String {
        let Self { from, line, to, .. } = self;
        format!("{folder}/{from}:{line} → {to}: {}", self.name)
    }
}

/// All edges of a crate. Each name appears once for each pair of files, at its first line.
pub(crate) fn edges(sources: &Sources, crate_name: &str) -> Vec<Edge> {
    let (modules, mentions) = read(sources);
    let graph = Graph {
        modules,
        crate_name,
    };
    let mut known = BTreeSet::new();
    let mut edges = Vec::new();
    for mention in &mentions {
        let from = graph.file(&mention.module);
        for (module, name) in graph.items_named_by(mention) {
            let to = graph.file(&module);
            if to != from && known.insert((from, to, name.clone())) {
                edges.push(Edge {
                    from: from.to_owned(),
                    line: mention.line,
                    to: to.to_owned(),
                    name,
                });
            }
        }
    }
    edges.sort();
    edges
}

/// Groups of two or more files in which each file reaches all others.
pub(crate) fn circles(edges: &[Edge]) -> Vec<BTreeSet<&str>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for edge in edges {
        next.entry(&edge.from).or_default().insert(&edge.to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = next
        .keys()
        .map(|start| (*start, reached(&next, start)))
        .collect();
    let mut circles = Vec::new();
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    for (file, others) in &reached {
        if others.contains(file) && !placed.contains(file) {
            let returns = |other: &&&str| reached.get(*other).is_some_and(|all| all.contains(file));
            let circle: BTreeSet<&str> = others.iter().filter(returns).copied().collect();
            placed.extend(&circle);
            circles.push(circle);
        }
    }
    circles
}

fn reached<'e>(next: &BTreeMap<&str, BTreeSet<&'e str>>, start: &str) -> BTreeSet<&'e str> {
    let mut reached = BTreeSet::new();
    let mut left: Vec<&str> = next[start].iter().copied().collect();
    while let Some(file) = left.pop() {
        if reached.insert(file) {
            left.extend(next.get(file).into_iter().flatten());
        }
    }
    reached
}

/// The target of a path.
enum Target {
    /// An item with that name, defined in that module.
    Item(Path, String),
    Module(Path),
    /// An item of another crate, or a local name.
    Elsewhere,
}

struct Graph<'n> {
    modules: Modules,
    crate_name: &'n str,
}

/// The longest chain of imports that is followed. A longer chain must be a circle of names.
const DEEPEST: usize = 16;

impl Graph<'_> {
    fn file(&self, module: &Path) -> &str {
        &self.modules[module].file
    }

    /// The items that a mention names, each with the module that defines it.
    fn items_named_by(&self, mention: &Mention) -> Vec<(Path, String)> {
        let Mention { module, path, .. } = mention;
        let mut named = match self.resolve(module, path, mention.kind == Kind::Glob, 0) {
            Target::Item(module, name) => vec![(module, name)],
            Target::Module(all) if mention.kind == Kind::Glob => self.everything_of(&all),
            Target::Module(_) | Target::Elsewhere => Vec::new(),
        };
        if mention.kind == Kind::ReExport {
            // A re-export of an item from a submodule does not count as a use.
            named.retain(|(definer, _)| !definer.starts_with(module));
        }
        named
    }

    /// All items that can be named in a module, each with the module that defines it.
    fn everything_of(&self, module: &Path) -> Vec<(Path, String)> {
        let Module { items, imports, .. } = &self.modules[module];
        let own = items.iter().map(|name| (module.clone(), name.clone()));
        let imported =
            imports
                .iter()
                .filter_map(|(_, path)| match self.resolve(module, path, false, 0) {
                    Target::Item(module, name) => Some((module, name)),
                    Target::Module(_) | Target::Elsewhere => None,
                });
        own.chain(imported).collect()
    }

    /// Follows a path. Its last name may stand for a module and for another item at once;
    /// `to_module` decides which of them is meant.
    fn resolve(&self, from: &Path, path: &[String], to_module: bool, depth: usize) -> Target {
        let mut at = Target::Module(from.clone());
        for (place, name) in path.iter().enumerate() {
            let Target::Module(module) = at else {
                return at;
            };
            let meant_module = to_module || place + 1 < path.len();
            at = match name.as_str() {
                "crate" => Target::Module(Path::new()),
                "self" => Target::Module(module),
                "super" => Target::Module(parent(&module)),
                name if place == 0 && name == self.crate_name => Target::Module(Path::new()),
                name => match self.look_up(&module, name, meant_module, depth) {
                    Some(target) => target,
                    None if place == 0 || self.takes_all_of_a_crate(&module) => Target::Elsewhere,
                    // The module has no item with that name in its text, so a macro generates it.
                    None => Target::Item(module, name.to_owned()),
                },
            };
        }
        at
    }

    fn look_up(&self, module: &Path, name: &str, to_module: bool, depth: usize) -> Option<Target> {
        if depth > DEEPEST {
            return None;
        }
        let Module {
            items,
            imports,
            globs,
            ..
        } = &self.modules[module];
        let child: Path = module.iter().cloned().chain([name.to_owned()]).collect();
        let child = self.modules.contains_key(&child).then_some(child);
        if to_module && let Some(child) = child {
            return Some(Target::Module(child));
        }
        if items.contains(name) {
            return Some(Target::Item(module.clone(), name.to_owned()));
        }
        if let Some((_, path)) = imports.iter().find(|(import, _)| import == name) {
            return Some(self.resolve(module, path, to_module, depth + 1));
        }
        let of_glob =
            globs
                .iter()
                .find_map(|path| match self.resolve(module, path, true, depth + 1) {
                    Target::Module(all) => self.look_up(&all, name, to_module, depth + 1),
                    Target::Item(..) | Target::Elsewhere => None,
                });
        of_glob.or(child.map(Target::Module))
    }

    fn takes_all_of_a_crate(&self, module: &Path) -> bool {
        self.modules[module]
            .globs
            .iter()
            .any(|path| matches!(self.resolve(module, path, true, 1), Target::Elsewhere))
    }
}

fn parent(module: &Path) -> Path {
    module[..module.len().saturating_sub(1)].to_vec()
}
