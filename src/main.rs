//! The command line: reads settings, starts the log and the server, and stops it when asked to; or
//! does what a tool does.

use std::io::{self, Write};
use std::process::ExitCode;

use mimalloc::MiMalloc;
use tokio::signal::unix::{Signal, SignalKind, signal};
use zaibo::app::App;
use zaibo::cli::inbox;
use zaibo::cli::{Cli, Command};
use zaibo::log::{Figures, Log};
use zaibo::settings::{Loaded, Settings};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::of_process();
    let command = cli.command();
    let Loaded { settings, warnings } = match Settings::load(&cli.flags()) {
        Ok(loaded) => loaded,
        Err(refused) => return fail(&refused.to_string()),
    };
    let log = Log::start(&settings.log);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let served = match command {
        Command::Serve => actix::System::new().block_on(serve(&settings, log.figures())),
        Command::Inbox(args) => inbox::run(&args, &settings.store.path()).map_err(Into::into),
    };
    // What was logged comes before the last words.
    drop(log);
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => fail(&cause.to_string()),
    }
}

async fn serve(settings: &Settings, log: Figures) -> Result<(), Box<dyn std::error::Error>> {
    // Heard from the beginning: a start may take a while, and what is asked meanwhile is done then.
    let mut asked = AskedToStop::new()?;
    let app = App::start(settings, log).await?;
    greet(settings, &app);
    let handle = app.handle();
    let stopping = async {
        asked.once_more().await;
        tracing::info!("stopping: requests in flight are finished; once more to stop at once");
        tokio::select! {
            () = handle.stop(true) => {}
            () = asked.once_more() => handle.stop(false).await,
        }
        // The last facts are put on record now. A database that is held makes that take long.
        asked.once_more().await;
    };
    tokio::select! {
        served = app.run() => served?,
        () = stopping => return Err("stopped at once: the last facts may not be on record".into()),
    }
    tracing::info!("stopped, everything is on record");
    Ok(())
}

/// The signals that ask a server to stop.
struct AskedToStop {
    interrupt: Signal,
    terminate: Signal,
}

impl AskedToStop {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for one of them.
    async fn once_more(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Some lines: where it listens, where its data is, what to try, where operators ask. Whoever
/// started the server may not be reading.
fn greet(settings: &Settings, app: &App) {
    let address = app.listening();
    let data = std::path::absolute(settings.store.path()).unwrap_or_else(|_| settings.store.path());
    let version = env!("CARGO_PKG_VERSION");
    let data = data.display();
    let _ = writeln!(
        io::stdout(),
        "zaibo {version} listens on http://{address}\ndata in {data}\n\
        try: curl 'http://{address}/?svc=account&cmd=regist' -d '{{\"id\":\"anna\",\"pwd\":\"secret-1\"}}'"
    );
    if let Some(ops) = app.listening_for_operators() {
        let _ = writeln!(
            io::stdout(),
            "for operators: http://{ops}/metrics, /healthz, /readyz"
        );
    }
}

/// The last words of a server that can not start.
fn fail(why: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "zaibo: {why}");
    ExitCode::FAILURE
}
