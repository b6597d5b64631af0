//! Reads sources: the modules of a crate with their names, and all paths that they mention.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprLit, ImplItem, Item, Lit, Meta, Token, UseTree, Visibility,
    punctuated::Punctuated,
};

/// The texts of the files, by their paths below the folder of the sources.
pub(crate) type Sources = BTreeMap<String, String>;

/// The path of a module or of an item, as a list of names. The crate's root is the empty list.
pub(crate) type Path = Vec<String>;

pub(crate) type Modules = BTreeMap<Path, Module>;

/// A module, and the names that can be used in it.
pub(crate) struct Module {
    pub(crate) file: String,
    pub(crate) items: BTreeSet<String>,
    pub(crate) imports: Vec<(String, Path)>,
    /// The paths of its glob imports.
    pub(crate) globs: Vec<Path>,
}

/// A path that occurs in a module.
pub(crate) struct Mention {
    pub(crate) module: Path,
    pub(crate) line: usize,
    pub(crate) path: Path,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In code, or in a private `use`.
    Named,
    /// In a `pub use`.
    ReExport,
    /// In a glob import.
    Glob,
}

/// Reads a crate, starting at its root. Code for tests only is left out.
pub(crate) fn read(sources: &Sources) -> (Modules, Vec<Mention>) {
    let mut reader = Reader {
        sources,
        modules: Modules::new(),
        mentions: Vec::new(),
        here: Path::new(),
    };
    if sources.contains_key("lib.rs") {
        reader.file("lib.rs", Path::new());
        if sources.contains_key("main.rs") {
            reader.file("main.rs", vec!["main".to_owned()]);
        }
    } else {
        reader.file("main.rs", Path::new());
    }
    (reader.modules, reader.mentions)
}

struct Reader<'s> {
    sources: &'s Sources,
    modules: Modules,
    mentions: Vec<Mention>,
    here: Path,
}

impl Reader<'_> {
    fn file(&mut self, file: &str, module: Path) {
        let parsed = syn::parse_file(&self.sources[file]);
        let parsed = parsed.unwrap_or_else(|error| panic!("{file}: {error}"));
        self.module(file.to_owned(), module, |reader| {
            reader.visit_file(&parsed);
        });
    }

    fn module(&mut self, file: String, path: Path, content: impl FnOnce(&mut Self)) {
        let around = std::mem::replace(&mut self.here, path.clone());
        let module = Module {
            file,
            items: BTreeSet::new(),
            imports: Vec::new(),
            globs: Vec::new(),
        };
        self.modules.insert(path, module);
        content(self);
        self.here = around;
    }

    fn here(&mut self) -> &mut Module {
        let module = self.modules.get_mut(&self.here);
        module.expect("a module is known before its content")
    }

    fn mention(&mut self, line: usize, path: Path, kind: Kind) {
        let module = self.here.clone();
        self.mentions.push(Mention {
            module,
            line,
            path,
            kind,
        });
    }

    fn import(&mut self, tree: &UseTree, mut path: Path, kind: Kind) {
        let (name, line) = match tree {
            UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                return self.import(&inner.tree, path, kind);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, path.clone(), kind);
                }
                return;
            }
            UseTree::Glob(glob) => {
                self.here().globs.push(path.clone());
                let line = glob.star_token.spans[0].start().line;
                return self.mention(line, path, Kind::Glob);
            }
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                path.pop_if(|last| last == "self");
                let line = line(&name.ident);
                (path.last().cloned().unwrap_or_default(), line)
            }
            UseTree::Rename(renamed) => {
                path.push(renamed.ident.to_string());
                (renamed.rename.to_string(), line(&renamed.ident))
            }
        };
        self.here().imports.push((name, path.clone()));
        self.mention(line, path, kind);
    }

    /// Collects the paths in the arguments of a macro or an attribute.
    fn tokens(&mut self, tokens: TokenStream) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, sign: char| matches!(trees.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
        let mut at = 0;
        while let Some(tree) = trees.get(at) {
            let start = at;
            at += 1;
            match tree {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let mut path = vec![first.to_string()];
                    while is(at, ':')
                        && is(at + 1, ':')
                        && let Some(TokenTree::Ident(next)) = trees.get(at + 2)
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    let before = |sign| start > 0 && is(start - 1, sign);
                    let after_range = start > 1 && is(start - 2, '.');
                    let is_member = before('.') && !after_range;
                    if !is_member && !before('\'') {
                        self.mention(line(first), path, Kind::Named);
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (name, attributes) = about(item);
        if !attributes.iter().any(is_for_tests) {
            let name = name.map(ToString::to_string);
            self.here().items.extend(name);
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let for_tests =
            matches!(item, ImplItem::Fn(function) if function.attrs.iter().any(is_for_tests));
        if !for_tests {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let file = self.here().file.clone();
        let name = item.ident.to_string();
        let module: Path = self.here.iter().cloned().chain([name.clone()]).collect();
        if let Some((_, items)) = &item.content {
            self.module(file, module, |reader| {
                for item in items {
                    reader.visit_item(item);
                }
            });
        } else {
            let places = places(&file, &name, &item.attrs);
            let place = places
                .iter()
                .find(|place| self.sources.contains_key(*place));
            match place {
                Some(place) => self.file(place, module),
                // An attribute may name a file outside of the sources, which is not read.
                None if places.len() == 1 => {}
                None => panic!("{file}: no file for the module {name}"),
            }
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let kind = match item.vis {
            Visibility::Inherited => Kind::Named,
            _ => Kind::ReExport,
        };
        self.import(&item.tree, Path::new(), kind);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let names = path.segments.iter().map(|name| name.ident.to_string());
            self.mention(line(&path.segments[0].ident), names.collect(), Kind::Named);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.visit_path(&called.path);
        self.tokens(called.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}
}

/// Where the file of a module may be that `file` declares. An attribute may name it: a file can be a
/// module in several places.
fn places(file: &str, name: &str, attributes: &[Attribute]) -> Vec<String> {
    let (folder, own) = file.rsplit_once('/').unwrap_or(("", file));
    let named = attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(path),
                    ..
                }) => Some(path.value()),
                _ => None,
            },
            _ => None,
        });
    if let Some(named) = named {
        return vec![below(folder, &named)];
    }
    let folder = match own {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => file.trim_end_matches(".rs").to_owned(),
    };
    vec![
        below(&folder, &format!("{name}.rs")),
        below(&folder, &format!("{name}/mod.rs")),
    ]
}

/// A path that starts at a folder, without `..`.
fn below(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The name of an item, if it has one, and its attributes.
fn about(item: &Item) -> (Option<&Ident>, &[Attribute]) {
    match item {
        Item::Const(item) => (Some(&item.ident), &item.attrs),
        Item::Enum(item) => (Some(&item.ident), &item.attrs),
        Item::Fn(item) => (Some(&item.sig.ident), &item.attrs),
        Item::Impl(item) => (None, &item.attrs),
        Item::Macro(item) => (item.ident.as_ref(), &item.attrs),
        Item::Mod(item) => (None, &item.attrs),
        Item::Static(item) => (Some(&item.ident), &item.attrs),
        Item::Struct(item) => (Some(&item.ident), &item.attrs),
        Item::Trait(item) => (Some(&item.ident), &item.attrs),
        Item::Type(item) => (Some(&item.ident), &item.attrs),
        Item::Use(item) => (None, &item.attrs),
        other => panic!("an item of an unknown form: {other:?}"),
    }
}

/// Whether an attribute says that its item is compiled for tests only.
fn is_for_tests(attribute: &Attribute) -> bool {
    fn demands_test(condition: &Meta) -> bool {
        match condition {
            Meta::Path(path) => path.is_ident("test"),
            Meta::List(all) if all.path.is_ident("all") => {
                let list = all.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
                list.is_ok_and(|list| list.iter().any(demands_test))
            }
            _ => false,
        }
    }
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args()
            .is_ok_and(|condition: Meta| demands_test(&condition))
}

fn line(name: &Ident) -> usize {
    name.span().start().line
}
