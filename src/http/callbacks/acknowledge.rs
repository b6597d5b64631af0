//! The acknowledgements that the senders of the cloud want to hear.

use serde::Serialize;

use crate::domain::Sender;
use crate::http::code::{FAULT, form_code};
use crate::http::failure::FormError;

/// What every sender but instant messaging reads. Live streaming of 2016 wants `code`, clients of
/// the original's address read `errorCode`.
#[derive(Serialize)]
struct Acknowledgement<'a> {
    code: i32,
    #[serde(rename = "errorCode")]
    error_code: i32,
    #[serde(rename = "errorInfo")]
    error_info: &'a str,
}

/// What instant messaging reads.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ImAcknowledgement<'a> {
    action_status: &'a str,
    error_info: &'a str,
    error_code: i32,
}

/// The event is kept.
pub(super) fn accepted(sender: Sender) -> Vec<u8> {
    acknowledge(sender, (0, ""))
}

/// The event is not taken.
pub(super) fn refused(sender: Sender, error: FormError) -> Vec<u8> {
    acknowledge(sender, form_code(error))
}

/// The event could not be kept; the cloud is to send it again.
pub(super) fn failed(sender: Sender) -> Vec<u8> {
    acknowledge(sender, FAULT)
}

fn acknowledge(sender: Sender, (code, info): (i32, &str)) -> Vec<u8> {
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
