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

/// The text of a module: its file, or all files of its folder together.
fn text_of(folder: &Path, module: &str) -> String {
    let file = folder.join(module).with_extension("rs");
    if let Ok(text) = fs::read_to_string(file) {
        return text;
    }
    let (mut text, mut folders) = (String::new(), vec![folder.join(module)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the module's folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                text += &fs::read_to_string(path).expect("a file");
            }
        }
    }
    text
}

#[test]
fn each_module_imports_from_lines_below_its_own_only() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = text_of(&folder, "lib");
    let table = table(&lib);
    let line_of = |name: &str| table.iter().position(|names| names.contains(&name));
    let modules = lib.lines().filter_map(|line| line.strip_prefix("mod "));
    let mut checked = 0;
    for module in modules.map(|line| line.trim_end_matches(';')) {
        let own = line_of(module).unwrap_or_else(|| panic!("{module} is in no line of the table"));
        let text = text_of(&folder, module);
        let is_folder = folder.join(module).is_dir();
        for path in text.split("crate::").skip(1) {
            let used = path.split([':', ';']).next().expect("a name");
            if is_folder && used == module {
                continue;
            }
            let below = line_of(used).is_some_and(|line| line > own);
            assert!(below, "{module} imports `{used}`, which is not below it");
            checked += 1;
        }
        let parent = text.lines().find(|line| line.starts_with("use super::"));
        let is_plain = is_folder || parent.is_none();
        assert!(is_plain, "{module}: say `crate::` and the module");
    }
    assert!(checked > 15, "the imports were found");
}
