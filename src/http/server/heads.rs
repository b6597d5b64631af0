//! Repairs the heads of requests before actix parses them. Its parser refuses some requests with an
//! empty body, or ends the connection, because of details that do not matter here.
//!
//! A repair never changes the length, and bytes that do not look like the whole head of a request
//! stay as they are.

use memchr::{memchr, memmem};

/// Repairs the head of the request that begins with these bytes.
///
/// Bytes beyond ASCII in the request line become `_`; no name here contains them, so the command is
/// still answered. A request to upgrade to a protocol other than WebSocket is removed: Java's
/// client offers HTTP/2 with every request, and would lose its connection each time.
pub(super) fn mend(bytes: &mut [u8]) {
    let Some(end) = memchr(b'\n', bytes) else {
        return;
    };
    let (line, rest) = bytes.split_at_mut(end + 1);
    let is_head = line.first().is_some_and(u8::is_ascii_uppercase)
        && (line.ends_with(b" HTTP/1.1\r\n") || line.ends_with(b" HTTP/1.0\r\n"));
    if !is_head {
        return;
    }
    if !line.is_ascii() {
        for byte in line.iter_mut().filter(|byte| !byte.is_ascii()) {
            *byte = b'_';
        }
    }
    // Every beat passes here, and nearly no request contains the word, so it is searched first.
    let contains = |word: &[u8]| memmem::find(rest, word).is_some();
    if contains(b"pgrade") || contains(b"PGRADE") {
        ignore_upgrade(rest);
    }
}

/// Takes back the wish to upgrade, unless it is the whole wish for a WebSocket: `Connection` with `upgrade`, and
/// `Upgrade` with `websocket`, which actix would heed also without the other.
fn ignore_upgrade(fields: &mut [u8]) {
    let Some(end) = memmem::find(fields, b"\r\n\r\n") else {
        return;
    };
    let fields = &mut fields[..end];
    let says = |name: &[u8], what: &[u8]| {
        let mut lines = fields.split(|byte| *byte == b'\n');
        lines.any(|line| {
            let mut words = value(line, name).into_iter().flat_map(words);
            words.any(|word| word.eq_ignore_ascii_case(what))
        })
    };
    if says(b"upgrade", b"websocket") && says(b"connection", b"upgrade") {
        return;
    }
    for (name, what) in [
        (b"connection".as_slice(), b"upgrade".as_slice()),
        (b"upgrade", b"websocket"),
    ] {
        for line in fields.split_mut(|byte| *byte == b'\n') {
            if value(line, name).is_none() {
                continue;
            }
            for word in line.split_mut(is_between).skip(1) {
                if word.eq_ignore_ascii_case(what) {
                    word.fill(b' ');
                }
            }
        }
    }
}

/// The words of a header.
fn words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(is_between)
}

fn is_between(byte: &u8) -> bool {
    b",: \t\r".contains(byte)
}

/// The value of the header `name`, if the line is that header.
fn value<'l>(line: &'l [u8], name: &[u8]) -> Option<&'l [u8]> {
    let (named, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    named.eq_ignore_ascii_case(name).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(head: &[u8]) -> String {
        let mut bytes = head.to_vec();
        mend(&mut bytes);
        assert_eq!(bytes.len(), head.len());
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn an_offer_of_http_2_is_not_heard() {
        let head = "POST /?svc=a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n{}";
        assert_eq!(
            mended(head.as_bytes()),
            head.replace("Connection: Upgrade,", "Connection:        ,")
        );
        let bare = "GET / HTTP/1.1\r\nconnection:keep-alive,upgrade\r\n\r\n";
        assert_eq!(mended(bare.as_bytes()), bare.replace("upgrade", "       "));
        for (name, blank) in [
            ("Upgrade: websocket", "Upgrade:          "),
            ("UPGRADE: WebSocket", "UPGRADE:          "),
        ] {
            let alone = format!("GET /v2/me HTTP/1.1\r\n{name}\r\n\r\n");
            assert_eq!(mended(alone.as_bytes()), alone.replace(name, blank));
            let whole = alone.replace("\r\n\r\n", "\r\nCONNECTION: keep-alive, Upgrade\r\n\r\n");
            assert_eq!(mended(whole.as_bytes()), whole);
        }
    }

    #[test]
    fn letters_beyond_ascii_in_an_address_do_not_matter() {
        let head = "POST /用?svc=a&x=户 HTTP/1.1\r\nX: 用\r\n\r\n{\"a\":\"用\"}";
        let expected = head.replacen('用', "___", 1).replace('户', "___");
        assert_eq!(mended(head.as_bytes()), expected);
    }

    #[test]
    fn what_is_no_whole_head_or_asks_for_a_websocket_stays_as_it_is() {
        for head in [
            "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n",
            "{\"Connection\":\n\"upgrade\"}\r\n\r\n",
            "GET / HTTP/1.1\r\nX-Connection: upgrade\r\nY: upgrade\r\n\r\nConnection: upgrade",
            "\n",
            "",
        ] {
            assert_eq!(mended(head.as_bytes()), head);
        }
    }
}
