//! The envelope of every answer: one line with `errorCode` as a number, `errorInfo` in every
//! answer, and `data` only if there is data, in this order. Clients crash if one of the first two
//! is missing.

use serde::Serialize;

use crate::http::code::code;
use crate::http::failure::Failure;

/// Success without data.
pub const DONE: &[u8] = br#"{"errorCode":0,"errorInfo":""}"#;

/// The success of `account/verify`, the only one with a text.
pub const VERIFIED: &[u8] = br#"{"errorCode":0,"errorInfo":"Sig verify success!"}"#;

/// The capacity that fits most answers. The buffer of a full page grows once or twice.
const USUAL_BYTES: usize = 1024;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a, T> {
    error_code: i32,
    error_info: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<T>,
}

/// Success with data.
pub fn data<T: Serialize>(data: T) -> Vec<u8> {
    render(0, "", Some(data))
}

/// The answer of a failure. The cause of a fault is only in the log.
pub fn failure(failure: &Failure) -> Vec<u8> {
    let code = code(failure);
    render::<()>(code.number, code.text, None)
}

/// A failure with data about the part that was done.
pub fn failure_with<T: Serialize>(failure: &Failure, data: T) -> Vec<u8> {
    let code = code(failure);
    render(code.number, code.text, Some(data))
}

fn render<T: Serialize>(error_code: i32, error_info: &str, data: Option<T>) -> Vec<u8> {
    let envelope = Envelope {
        error_code,
        error_info,
        data,
    };
    let mut text = Vec::with_capacity(USUAL_BYTES);
    serde_json::to_writer(&mut text, &envelope)
        .expect("answers are plain structs of texts and numbers");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Refusal;
    use crate::error::Fault;

    #[test]
    fn an_answer_has_its_members_in_order_and_data_only_if_there_is_some() {
        assert_eq!(render::<()>(0, "", None), DONE);
        assert_eq!(render::<()>(0, "Sig verify success!", None), VERIFIED);
        assert_eq!(data([1]), br#"{"errorCode":0,"errorInfo":"","data":[1]}"#);
        assert_eq!(
            failure(&Refusal::NoSuchRoom.into()),
            br#"{"errorCode":10010,"errorInfo":"av room is not exist"}"#
        );
        assert_eq!(
            failure_with(&Refusal::NotAdmin.into(), [1]),
            br#"{"errorCode":10013,"errorInfo":"The user is not an administrator","data":[1]}"#
        );
        assert_eq!(
            failure(&Fault::new("testing", "secret").into()),
            br#"{"errorCode":90000,"errorInfo":"Server internal error"}"#
        );
    }
}
