//! Checks that an answer contains everything its client reads, as strictly as that client.
//!
//! An entry is `path:types`. After the types, `!` marks a value without which the client breaks,
//! and `?` a value that may be absent; a value without a mark has to be present as well. A wrong
//! type is always an error. Notes after the types are for people, with two exceptions: ignored
//! values are not checked, and null may crash the client.

use serde_json::Value;

/// The entries that the answer does not satisfy. Empty if the client can read it.
pub(crate) fn complaints(reads: &[String], content_type: &str, answer: &Value) -> Vec<String> {
    let wrong = |entry: &&String| !is_content(entry, content_type, answer);
    reads.iter().filter(wrong).cloned().collect()
}

fn is_content(entry: &str, content_type: &str, answer: &Value) -> bool {
    if entry.starts_with("<response Content-Type") {
        return content_type.contains("json");
    }
    let (path, wanted) = entry.split_once(':').expect("a path and its types");
    let success = answer["errorCode"] == 0;
    if path.starts_with("data") && !success {
        return true;
    }
    if wanted.starts_with("==")
        || wanted.starts_with("number ===")
        || wanted.starts_with("as text ==")
    {
        // A number is equal to itself even in the strictest comparison.
        return answer[path].is_i64();
    }
    if ["any", "passed through"].contains(&wanted) || wanted.contains("ignored") {
        return true;
    }
    let (types, note) = wanted.split_once(' ').unwrap_or((wanted, ""));
    let (types, optional) = match types.strip_suffix('?') {
        Some(types) => (types, true),
        None => (types.trim_end_matches('!'), false),
    };
    let mut found = Vec::new();
    collect(answer, path, &mut found);
    found.into_iter().all(|value| match value {
        None => optional,
        Some(Value::Null) => optional && !note.contains("null crashes"),
        Some(value) => types.split('|').any(|kind| is_a(kind, value)),
    })
}

/// The values at a path. There are several if the path leads through a list, and none if the list
/// is empty.
fn collect<'a>(within: &'a Value, path: &str, found: &mut Vec<Option<&'a Value>>) {
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, index) = step
        .split_once('[')
        .map_or((step, None), |(name, index)| (name, Some(index)));
    let Some(value) = within.get(name) else {
        // If an optional value is missing, the values within it are missing as well; only its own
        // entry counts.
        if rest.is_empty() {
            found.push(None);
        }
        return;
    };
    let values: Vec<Option<&Value>> = match index {
        None => vec![Some(value)],
        Some("]") => value.as_array().expect("a list").iter().map(Some).collect(),
        Some(index) => {
            let row: usize = index.trim_end_matches(']').parse().expect("a row");
            vec![value.get(row)]
        }
    };
    for value in values {
        match value {
            Some(value) if !rest.is_empty() => collect(value, rest, found),
            other => found.push(other),
        }
    }
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "int" => value.is_i64(),
        "numstr" => value
            .as_str()
            .is_some_and(|text| text.parse::<i64>().is_ok()),
        "string" => value.is_string(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "any" => true,
        other => panic!("an unknown type in a sample: {other}"),
    }
}

#[test]
fn the_reader_of_samples_complains_of_what_breaks_a_client() {
    let answer = serde_json::json!({
        "errorCode": 0, "errorInfo": "",
        "data": {"n": "12", "list": [{"id": "a"}, {"id": null, "url": ["u"]}], "empty": []},
    });
    let content = |entry: &str| is_content(entry, "application/json", &answer);
    for fine in [
        "errorCode:int|numstr!",
        "errorCode:number === 0 for login/lists",
        "errorInfo:string? (whatever)",
        "data.n:int|numstr!",
        "data.empty:array!",
        "data.empty[].id:string!",
        "data.list[].id:string?",
        "data.gone:string?",
        "data.n:object (ignored)",
        "<response Content-Type contains 'json'>!",
    ] {
        assert!(content(fine), "{fine}");
    }
    for broken in [
        "errorCode:string!",
        "data.n:int!",
        "data.gone:string!",
        "data.gone:string",
        "data.list[].id:string!",
        "data.list[].id:string? (null crashes)",
        "data.list[].url:array!",
        "data.empty:object?",
    ] {
        assert!(!content(broken), "{broken}");
    }
}
