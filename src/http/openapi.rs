//! The description of the APIs, as programs read it: one OpenAPI document of all protocols for clients.

use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::OpenApi;

use super::asset::Asset;

/// The document, as it is served.
pub(super) struct Document(Asset);

impl Document {
    /// The descriptions of several protocols as one. The first one says what all is about.
    ///
    /// # Panics
    /// Never: a description consists of texts and numbers.
    #[expect(clippy::expect_used, reason = "said above")]
    pub(super) fn of(first: OpenApi, others: impl IntoIterator<Item = OpenApi>) -> Self {
        let whole = others.into_iter().fold(first, OpenApi::merge_from);
        let text = whole.to_json().expect("a description is JSON");
        // utoipa spells the formats of unsigned numbers in its own way.
        let text = text.replace("\"u-int", "\"uint");
        Self(Asset::text("application/json", &text))
    }

    /// The answer to whoever asks for it.
    pub(super) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        self.0.answer(request)
    }
}
