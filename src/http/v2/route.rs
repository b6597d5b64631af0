//! The paths of the API, and which handler answers which method of them.

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Resource, Route, guard};

use super::around::{around, is_of};
use super::problem::Problem;
use super::state::V2;
use super::{accounts, beats, guests, likes, lives, members, openapi, playback, push, rooms};
use crate::http::failure::FormError;

/// Adds the API to a server.
pub(in crate::http) fn configure(v2: Data<V2>) -> impl FnOnce(&mut ServiceConfig) {
    move |server| {
        server.service(
            web::scope("/v2")
                .app_data(v2)
                .wrap(from_fn(around))
                // An escaped letter in the prefix is no way in: others decide by the path as it was sent.
                .guard(guard::fn_guard(|asked| is_of(asked.head().uri.path())))
                .service(at("/openapi.json").route(get().to(openapi::document)))
                .service(at("/register").route(web::post().to(accounts::register)))
                .service(at("/login").route(web::post().to(accounts::log_in)))
                .service(at("/guest").route(web::post().to(guests::let_in)))
                .service(at("/logout").route(web::post().to(accounts::log_out)))
                .service(at("/me").route(get().to(accounts::me)))
                .service(at("/me/password").route(web::post().to(accounts::change_password)))
                .service(
                    at("/rooms")
                        .route(get().to(rooms::list))
                        .route(web::post().to(rooms::create)),
                )
                .service(
                    at("/rooms/{room}")
                        .route(get().to(rooms::get))
                        .route(web::patch().to(rooms::change))
                        .route(web::delete().to(rooms::end)),
                )
                .service(at("/rooms/{room}/live").route(web::post().to(rooms::go_live)))
                .service(at("/lives/{live}/summary").route(get().to(lives::summary)))
                .service(at("/rooms/{room}/members").route(get().to(members::list)))
                .service(
                    at("/rooms/{room}/members/me")
                        .route(web::put().to(members::enter))
                        .route(web::delete().to(members::leave)),
                )
                .service(at("/rooms/{room}/beat").route(web::post().to(members::beat)))
                .service(at("/rooms/{room}/events").route(web::get().to(push::events)))
                .service(at("/me/events").route(web::get().to(push::own_events)))
                .service(at("/tickets").route(web::post().to(push::issue_ticket)))
                .service(at("/rooms/{room}/play").route(get().to(playback::play)))
                .service(at("/recordings").route(get().to(playback::recordings)))
                .service(
                    at("/rooms/{room}/likes")
                        .route(web::post().to(likes::send))
                        .route(web::put().to(likes::report)),
                )
                .service(at("/beats").route(web::post().to(beats::beats)))
                .default_service(web::to(no_such_path)),
        );
    }
}

/// GET, or HEAD, which gets the same without the body.
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// A path. Methods that it does not have are refused.
fn at(path: &str) -> Resource {
    web::resource(path).default_service(web::to(wrong_method))
}

async fn wrong_method() -> Result<&'static str, Problem> {
    Err(Problem::wrong_method())
}

async fn no_such_path() -> Result<&'static str, Problem> {
    Err(FormError::UnknownCommand.into())
}
