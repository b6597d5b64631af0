//! The description of the API, made from its handlers and shapes. A handler says what is special about it;
//! what holds for all that are alike is added here.

use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, Content, HeaderBuilder, Ref, RefOr, Required, Response};
use utoipa::{Modify, OpenApi};

use super::idempotency::{self, KEY, LONGEST_KEY};
use super::operation::{OPERATIONS, operation};
use super::{accounts, beats, guests, likes, lives, members, playback, problem, push, rooms};
use crate::domain::Refusal;
use crate::error::{Error, Queue};
use crate::http::code::{Code, FAULT, IDEMPOTENCY_MISMATCH, TOKEN_MISSING, error_code, form_code};
use crate::http::failure::FormError;
use crate::http::openapi::Document;

/// The names of the security schemes: tokens of users and guests, and keys of the app's servers.
const SCHEMES: [&str; 2] = ["token", "key"];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "zaibo",
        description = "The live API of zaibo, and the commands of 2016. Problems are RFC 9457; `reason` says which one.",
    ),
    security(("token" = [])),
    paths(
        document,
        accounts::register,
        accounts::log_in,
        accounts::log_out,
        accounts::me,
        accounts::change_password,
        guests::let_in,
        rooms::list,
        rooms::create,
        rooms::get,
        rooms::change,
        rooms::end,
        rooms::go_live,
        lives::summary,
        members::list,
        members::enter,
        members::leave,
        members::beat,
        push::events::events,
        push::events::own_events,
        push::issue_ticket::issue,
        playback::play,
        playback::recordings,
        likes::send,
        likes::report,
        beats::beats,
    ),
    components(schemas(problem::Body)),
    modifiers(&Usual),
)]
struct Api;

/// The description.
pub(in crate::http) fn description() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// The description of the whole server.
#[utoipa::path(
    get,
    path = "/v2/openapi.json",
    tag = "documents",
    security(()),
    responses((status = 200, body = serde_json::Value)),
)]
pub(super) async fn document(request: HttpRequest, document: Data<Document>) -> HttpResponse {
    document.answer(&request)
}

/// What operations that are alike have in common.
struct Usual;

impl Modify for Usual {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let components = api.components.get_or_insert_default();
        for scheme in SCHEMES {
            let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
            components.add_security_scheme(scheme, SecurityScheme::Http(bearer));
        }
        for (path, item) in &mut api.paths.paths {
            for (method, described) in methods_of(item) {
                complete(described, &method, path, components);
            }
        }
    }
}

fn methods_of(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let methods = [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ];
    let methods = methods.into_iter();
    methods.filter_map(|(method, described)| Some((method, described.as_mut()?)))
}

fn complete(described: &mut Operation, method: &Method, path: &str, components: &Components) {
    let at = operation(method, Some(path));
    let name = at.map(|at| OPERATIONS[at].name);
    described.operation_id = name.map(str::to_owned);
    let looks_at_key = name.is_some_and(|name| idempotency::looks(method, name));
    if looks_at_key {
        described
            .parameters
            .get_or_insert_default()
            .push(idempotency_key().into());
    }
    if let Some(RefOr::T(body)) = &mut described.request_body {
        let mut content = body.content.values();
        let may_be_empty = content.all(|content| is_optional(content, components));
        body.required = Some(if may_be_empty {
            Required::False
        } else {
            Required::True
        });
    }
    let mut usual = usual_problems(described, path);
    if looks_at_key {
        usual.push(IDEMPOTENCY_MISMATCH);
    }
    let answers = &mut described.responses.responses;
    for code in usual {
        let answer = answers.entry(code.status.as_str().to_owned());
        if let RefOr::T(answer) = answer.or_insert(Response::default().into()) {
            if !answer.description.is_empty() {
                answer.description.push_str(", ");
            }
            answer.description.push_str(code.reason);
        }
    }
    for (status, answer) in answers {
        if let (Ok(status), RefOr::T(answer)) = (status.parse(), answer) {
            finish(answer, status);
        }
    }
    if path.contains("{room}") {
        described
            .parameters
            .get_or_insert_default()
            .push(room().into());
    }
}

/// The problems that an operation can have because of what it takes, beside those of what it does.
fn usual_problems(described: &Operation, path: &str) -> Vec<Code> {
    let mut usual = vec![
        form_code(FormError::BadSign),
        form_code(FormError::BodyNotTaken),
        FAULT,
        error_code(&Error::Busy(Queue::Writer)),
        error_code(&Error::Unavailable { may_be_done: false }),
        error_code(&Error::Unavailable { may_be_done: true }),
    ];
    if described.security.is_none() {
        usual.push(TOKEN_MISSING);
        usual.extend(
            [
                Refusal::TokenUnknown,
                Refusal::TokenTooOld,
                Refusal::KeyMayNot,
            ]
            .map(|it| error_code(&it.into())),
        );
    }
    if described.request_body.is_some() {
        usual.push(form_code(FormError::NotJson));
    }
    if described.request_body.is_some() || described.parameters.is_some() {
        usual.push(form_code(FormError::field("", "")));
    }
    if path.contains("{room}") {
        usual.push(error_code(&Refusal::NoSuchRoom.into()));
    }
    usual
}

/// Whether a body may be left out, because none of its fields is required.
fn is_optional(content: &RefOr<Content>, components: &Components) -> bool {
    let RefOr::T(Content {
        schema: Some(RefOr::Ref(schema)),
        ..
    }) = content
    else {
        return false;
    };
    let name = schema.ref_location.rsplit('/').next();
    let schema = name.and_then(|name| components.schemas.get(name));
    matches!(schema, Some(RefOr::T(Schema::Object(fields))) if fields.required.is_empty())
}

/// Says of an answer what its status says, or that its body is a problem.
fn finish(answer: &mut Response, status: StatusCode) {
    if status.is_informational() || status.is_success() {
        status
            .canonical_reason()
            .unwrap_or_default()
            .clone_into(&mut answer.description);
        return;
    }
    let problem = Ref::from_schema_name("Problem");
    let content = Content::new(Some(problem));
    answer
        .content
        .insert(problem::CONTENT_TYPE.to_owned(), content.into());
    if [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
    ]
    .contains(&status)
    {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).build();
        let header = HeaderBuilder::new().schema(Some(seconds)).build();
        answer
            .headers
            .insert("Retry-After".to_owned(), header.into());
    }
}

/// The room in a path.
fn room() -> Parameter {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(1));
    ParameterBuilder::new()
        .name("room")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The number of the room."))
        .schema(Some(number))
        .build()
}

/// The key under which a request is done once.
fn idempotency_key() -> Parameter {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[!-~]+$"))
        .min_length(Some(1))
        .max_length(Some(LONGEST_KEY));
    ParameterBuilder::new()
        .name(KEY.as_str())
        .parameter_in(ParameterIn::Header)
        .description(Some("What comes again under its key is done once."))
        .schema(Some(text))
        .build()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_is_described_and_nothing_else() {
        let mut api = description();
        let described = api.paths.paths.iter_mut().flat_map(|(path, item)| {
            methods_of(item).map(move |(method, _)| format!("{method} {path}"))
        });
        let described: BTreeSet<_> = described.collect();
        let operations = OPERATIONS
            .iter()
            .map(|it| format!("{} {}", it.method, it.path));
        assert_eq!(described, operations.collect());
    }

    #[test]
    fn every_operation_says_what_it_does_and_what_may_go_wrong() {
        let mut api = description();
        for (path, item) in &mut api.paths.paths {
            for (method, described) in methods_of(item) {
                let summary = described.summary.as_deref().unwrap_or_default();
                assert!(summary.ends_with('.'), "{method} {path}: {summary}");
                let answers = &described.responses.responses;
                for usual in ["401", "413", "500", "503"] {
                    assert!(answers.contains_key(usual), "{method} {path}: {usual}");
                }
                let is_found = !path.contains('{') || answers.contains_key("404");
                assert!(is_found, "{method} {path}");
            }
        }
    }
}
