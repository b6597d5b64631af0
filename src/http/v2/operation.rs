//! The table of operations: which method of which path is which, and how it is called in metrics.

use actix_web::http::Method;

/// One operation of the API.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// Its name in metrics and in the log.
    pub(super) name: &'static str,
}

const fn of(method: &'static str, path: &'static str, name: &'static str) -> Operation {
    Operation { method, path, name }
}

/// Every operation.
pub(super) const OPERATIONS: [Operation; 26] = [
    of("GET", "/v2/openapi.json", "openapi"),
    of("POST", "/v2/register", "register"),
    of("POST", "/v2/login", "login"),
    of("POST", "/v2/guest", "guest"),
    of("POST", "/v2/logout", "logout"),
    of("GET", "/v2/me", "me"),
    of("POST", "/v2/me/password", "change_password"),
    of("GET", "/v2/rooms", "list_rooms"),
    of("POST", "/v2/rooms", "create_room"),
    of("GET", "/v2/rooms/{room}", "get_room"),
    of("PATCH", "/v2/rooms/{room}", "change_room"),
    of("DELETE", "/v2/rooms/{room}", "end_room"),
    of("POST", "/v2/rooms/{room}/live", "go_live"),
    of("GET", "/v2/lives/{live}/summary", "live_summary"),
    of("GET", "/v2/rooms/{room}/members", "list_members"),
    of("PUT", "/v2/rooms/{room}/members/me", "enter_room"),
    of("DELETE", "/v2/rooms/{room}/members/me", "leave_room"),
    of("POST", "/v2/rooms/{room}/beat", "beat"),
    of("GET", "/v2/rooms/{room}/events", "events"),
    of("GET", "/v2/me/events", "own_events"),
    of("POST", "/v2/tickets", "issue_ticket"),
    of("GET", "/v2/rooms/{room}/play", "play"),
    of("GET", "/v2/recordings", "list_recordings"),
    of("POST", "/v2/rooms/{room}/likes", "send_likes"),
    of("PUT", "/v2/rooms/{room}/likes", "report_likes"),
    of("POST", "/v2/beats", "beats"),
];

/// Beats that one request sends at most, and the bytes of one of them: an id has 32, and each of them may be
/// escaped by six.
pub(super) const MOST_BEATS: usize = 1000;
const BYTES_OF_BEAT: usize = 256;

/// The largest body that an operation takes, where `usual` is that of most.
pub(super) fn body_limit(path: &str, usual: usize) -> usize {
    match path {
        "/v2/beats" => usual.max(MOST_BEATS * BYTES_OF_BEAT),
        _ => usual,
    }
}

/// The place of an operation in the table.
pub(super) fn operation(method: &Method, path: Option<&str>) -> Option<usize> {
    let path = path?;
    // Whoever asks for the head alone asks for the same.
    let method = if method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    let same =
        |operation: &Operation| operation.path == path && operation.method == method.as_str();
    OPERATIONS.iter().position(same)
}

/// How an operation is called in metrics and in the log.
pub(super) fn name_of(method: &Method, path: Option<&str>) -> &'static str {
    operation(method, path).map_or("unknown", |at| OPERATIONS[at].name)
}

/// The methods that a path has, for the header `Allow`.
pub(super) fn allowed(path: Option<&str>) -> String {
    let of_path = OPERATIONS
        .iter()
        .filter(|operation| Some(operation.path) == path);
    let methods: Vec<_> = of_path.map(|operation| operation.method).collect();
    let mut allowed = methods.join(", ");
    if methods.contains(&"GET") {
        allowed.push_str(", HEAD");
    }
    allowed + ", OPTIONS"
}
