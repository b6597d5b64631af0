//! The bare server: the most that the stack under zaibo can do. zaibo is measured against it.
//!
//! It is an actix-web server with zaibo's allocator, build profile and number of workers. It reads a
//! body, parses the four fields of a heartbeat, and answers a constant.
//!
//! `cargo run --release --example floor -- 127.0.0.1:8081`
//!
//! With the address of a database that `zaibo-bench` has seeded, each request creates a room there, by
//! [one connection](one_writer) that commits what waits together.

mod one_writer;

use std::io::{self, Write};
use std::net::TcpListener;
use std::thread::available_parallelism;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use mimalloc::MiMalloc;
use one_writer::OneWriter;
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

async fn create(body: Bytes, writer: Data<OneWriter>) -> HttpResponse {
    match (
        serde_json::from_slice::<Beat<'_>>(&body),
        writer.create().await,
    ) {
        (Ok(beat), Some(room)) => {
            std::hint::black_box(beat.token);
            HttpResponse::Ok()
                .content_type("application/json")
                .body(format!(
                    r#"{{"errorCode":0,"errorInfo":"","data":{{"roomnum":{room}}}}}"#
                ))
        }
        _ => HttpResponse::InternalServerError().finish(),
    }
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let mut words = std::env::args().skip(1);
    let address = words.next().ok_or_else(|| {
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
    let writer = words.next().map(|url| OneWriter::start(&url)).transpose()?;
    let writer = writer.map(Data::new);
    let app = move || {
        let app = App::new();
        match &writer {
            Some(writer) => app
                .app_data(Data::clone(writer))
                .default_service(web::to(create)),
            None => app.default_service(web::to(answer)),
        }
    };
    HttpServer::new(app)
        .workers(available_parallelism().map_or(1, usize::from))
        .listen(listener)?
        .run()
        .await
}
