//! The bare server: the most that the stack under zaibo can do. zaibo is measured against it.
//!
//! It is an actix-web server with zaibo's allocator, build profile and number of workers. It reads a
//! body, parses the four fields of a heartbeat, and answers a constant.
//!
//! `cargo run --release --example floor -- 127.0.0.1:8081`

use std::io::{self, Write};
use std::net::TcpListener;
use std::thread::available_parallelism;

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use mimalloc::MiMalloc;
use serde::Deserialize;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The fields of a heartbeat. Bodies of other commands lack some of them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Beat<'a> {
    token: &'a str,
    roomnum: i64,
    role: i64,
    thumbup: i64,
}

async fn answer(body: Bytes) -> HttpResponse {
    match serde_json::from_slice::<Beat<'_>>(&body) {
        Ok(beat) => {
            std::hint::black_box((beat.token, beat.roomnum, beat.role, beat.thumbup));
            HttpResponse::Ok()
                .content_type("application/json")
                .body(r#"{"errorCode":0,"errorInfo":""}"#)
        }
        Err(_) => HttpResponse::BadRequest().finish(),
    }
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "say where to listen: floor 127.0.0.1:8081",
        )
    })?;
    let listener = TcpListener::bind(address)?;
    writeln!(
        io::stdout(),
        "bare server listens on http://{}",
        listener.local_addr()?
    )?;
    HttpServer::new(|| App::new().default_service(web::to(answer)))
        .workers(available_parallelism().map_or(1, usize::from))
        .listen(listener)?
        .run()
        .await
}
