//! The description of the commands of 2016 has the fields that their reference has.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::world::World;

/// The names in a table of the reference, with whether they are required if it says so.
type Names = BTreeSet<(String, Option<bool>)>;

/// The sections of the commands: their names, and their text.
fn sections(reference: &str) -> impl Iterator<Item = (&str, &str)> {
    let sections = reference.split("\n### ").skip(1);
    let sections = sections.filter_map(|section| section.split_once('\n'));
    let of_commands = sections.filter(|(name, _)| name.contains('/'));
    of_commands.map(|(name, text)| (name, text.split("\n## ").next().unwrap_or_default()))
}

/// The rows of the table under that head, as cells.
fn rows<'s>(section: &'s str, head: &str) -> Vec<Vec<&'s str>> {
    let lines = section.lines().skip_while(|line| !line.starts_with(head));
    let rows = lines.skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split(" | ").collect()).collect()
}

/// The name of the field in which one stands that the reference writes as `room.title` or `rooms[].uid`.
fn outermost(name: &str) -> &str {
    name.split(['.', '[']).next().unwrap_or_default()
}

fn fields(section: &str) -> Names {
    let named = rows(section, "| field |").into_iter().flat_map(|row| {
        let required = match row[2] {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let names = row[0].split('`').skip(1).step_by(2);
        let own = names.map(|name| match outermost(name) {
            // What stands inside says nothing of the whole.
            whole if whole != name => (whole.to_owned(), None),
            name => (name.to_owned(), required),
        });
        own.collect::<Vec<_>>()
    });
    named.collect()
}

#[actix_web::test]
async fn every_command_is_described_with_the_fields_of_its_reference() {
    let described: Value = World::new().await.description().await.clone();
    let paths = described["paths"].as_object().expect("paths");
    let described: BTreeSet<_> = paths
        .keys()
        .filter_map(|path| path.strip_prefix("/v1/"))
        .collect();
    let reference = include_str!("../../docs/api.md");
    let commands: BTreeSet<_> = sections(reference).map(|(name, _)| name).collect();
    assert_eq!(described, commands);
    for (name, section) in sections(reference) {
        let operation = &paths[&format!("/v1/{name}")]["post"];
        let real = format!("svc={}", name.replace('/', "&cmd="));
        let words = operation["description"].as_str().expect("a description");
        assert!(words.contains(&real), "{words}");
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        let known = body["properties"].as_object().expect("fields");
        let fields = fields(section);
        let named: BTreeSet<_> = fields.iter().map(|(field, _)| field).collect();
        assert_eq!(known.keys().collect::<BTreeSet<_>>(), named, "{name}");
        let required = body["required"].as_array().cloned().unwrap_or_default();
        for (field, is_required) in fields {
            if let Some(is_required) = is_required {
                let said = required.contains(&Value::from(&*field));
                assert_eq!(said, is_required, "{name}: {field}");
            }
        }
        let answer = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let data = &answer["properties"]["data"]["properties"];
        for row in rows(section, "| in `data` |") {
            let field = row[0].split('`').nth(1).map(outermost).expect("a name");
            assert!(data[field].is_object(), "{name}: {field} of data");
        }
    }
}
