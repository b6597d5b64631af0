//! Tests the table of modules in lib.rs: each module imports only from lines below its own, so
//! there is no circle among them.

use std::fs;
use std::path::Path;

/// The modules in the table, line by line.
fn table(lib: &str) -> Vec<Vec<&str>> {
    let lines = lib.lines().filter_map(|line| line.strip_prefix("//! | ["));
    let names = lines.map(|line| {
        let (cell, _) = line.split_once(" | ").expect("two cells");
        let names = cell.split('`').skip(1).step_by(2);
        names.map(|name| name.trim_start_matches("mod@")).collect()
    });
    names.collect()
}

#[test]
fn each_module_imports_from_lines_below_its_own_only() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |name: &str| fs::read_to_string(folder.join(name).with_extension("rs"));
    let lib = read("lib").expect("lib.rs");
    let table = table(&lib);
    let line_of = |name: &str| table.iter().position(|names| names.contains(&name));
    let modules = lib.lines().filter_map(|line| line.strip_prefix("mod "));
    let mut checked = 0;
    for module in modules.map(|line| line.trim_end_matches(';')) {
        let own = line_of(module).unwrap_or_else(|| panic!("{module} is in no line of the table"));
        let text = read(module).expect("the module's file");
        for path in text.split("crate::").skip(1) {
            let used = path.split([':', ';']).next().expect("a name");
            let below = line_of(used).is_some_and(|line| line > own);
            assert!(below, "{module} imports `{used}`, which is not below it");
            checked += 1;
        }
        let parent = text.lines().find(|line| line.starts_with("use super::"));
        assert_eq!(parent, None, "{module}: say `crate::` and the module");
    }
    assert!(checked > 15, "the imports were found");
}
