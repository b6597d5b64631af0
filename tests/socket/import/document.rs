//! What the pages about moving in show is what one sees: the commands run, and print what is printed there.

use std::fs;

use super::Move;
use crate::server::command;

/// The blocks of code of a page, in that language.
fn blocks<'t>(page: &'t str, language: &str) -> Vec<&'t str> {
    let blocks = page.split("```").skip(1).step_by(2);
    blocks
        .filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'))
        .collect()
}

#[test]
fn both_pages_show_commands_that_run_and_what_they_print() {
    for page in ["moving-in.md", "moving-in.zh-CN.md"] {
        let Some(moving) = Move::from("2017-02") else {
            return;
        };
        let path = format!("{}/docs/{page}", env!("CARGO_MANIFEST_DIR"));
        let page = fs::read_to_string(path).expect("a page");
        let mut admin = moving.admin();
        let database = moving.from.rsplit('/').next().expect("a name");
        for statements in blocks(&page, "sql") {
            super::execute(&mut admin, &statements.replace("sxb_db", database));
        }
        let address = moving.mariadb.address().to_string();
        let here = |text: &str| {
            let text = text.replace("127.0.0.1:3307", &address);
            text.replace("/sxb_db", &format!("/{database}"))
        };
        let imports = blocks(&page, "sh")
            .into_iter()
            .filter(|block| block.starts_with("zaibo "));
        let printed: Vec<String> = imports
            .map(|line| {
                let line = here(line.trim_end()).replace('\'', "");
                let mut zaibo = command(moving.folder.path(), &[]);
                zaibo.args(line.split(' ').skip(1));
                super::printed(&zaibo.output().expect("the tool"))
            })
            .collect();
        super::execute(&mut admin, "DROP USER 'zaibo_reader'@'%'");
        assert_eq!(printed.len(), 2);
        let [shown] = blocks(&page, "text")[..] else {
            panic!("the page shows what is printed once");
        };
        assert_eq!(printed[0].trim(), here(shown).trim());
        let import = &printed[1];
        assert!(import.contains("hashing 2 passwords took"), "{import}");
        assert!(moving.folder.path().join("import.tsv").is_file());
    }
}
