//! The acknowledgements that each service of the cloud expects.

use serde::Serialize;

use crate::domain::Sender;
use crate::http::code::{FAULT, form_code};
use crate::http::failure::FormError;

/// The acknowledgement for every sender except instant messaging. Live streaming in its form of
/// 2016 reads `code`; clients that use the original server's address read `errorCode`.
#[derive(Serialize)]
struct Acknowledgement<'a> {
    code: i32,
    #[serde(rename = "errorCode")]
    error_code: i32,
    #[serde(rename = "errorInfo")]
    error_info: &'a str,
}

/// The acknowledgement for instant messaging.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ImAcknowledgement<'a> {
    action_status: &'a str,
    error_info: &'a str,
    error_code: i32,
}

/// Acknowledges that the event is recorded.
pub(super) fn accepted(sender: Sender) -> Vec<u8> {
    acknowledge(sender, 0, "")
}

/// Acknowledges that the event is refused.
pub(super) fn refused(sender: Sender, error: FormError) -> Vec<u8> {
    let code = form_code(error);
    acknowledge(sender, code.number, code.text)
}

/// Acknowledges that the event could not be recorded; the cloud sends it again.
pub(super) fn failed(sender: Sender) -> Vec<u8> {
    acknowledge(sender, FAULT.number, FAULT.text)
}

fn acknowledge(sender: Sender, code: i32, info: &str) -> Vec<u8> {
    let rendered = match sender {
        Sender::Live | Sender::Trtc | Sender::Vod => serde_json::to_vec(&Acknowledgement {
            code,
            error_code: code,
            error_info: info,
        }),
        Sender::Im => serde_json::to_vec(&ImAcknowledgement {
            action_status: if code == 0 { "OK" } else { "FAIL" },
            error_info: info,
            error_code: code,
        }),
    };
    rendered.expect("a struct of texts and numbers")
}
