//! The command line: reads the settings, starts the log, and runs the server until it is asked to stop,
//! or runs a tool.

use std::io::{self, Write};
use std::process::ExitCode;

use mimalloc::MiMalloc;
use tokio::signal::unix::{Signal, SignalKind, signal};
use zaibo::app::App;
use zaibo::cli::{Cli, Command, backup, doctor, health, import, inbox, key, own_address, user};
use zaibo::database_url::DatabaseUrl;
use zaibo::error::Fault;
use zaibo::log::{Figures, Log};
use zaibo::settings::{Loaded, Settings, SettingsError};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::of_process();
    let command = cli.command();
    let loaded = Settings::load(&cli.flags());
    let done = match command {
        Command::Serve => with_log(loaded, |settings, log| {
            actix::System::new().block_on(serve(settings, log.figures()))
        }),
        Command::Inbox(args) => on_database(loaded, |url| inbox::run(&args, url)),
        Command::Import(args) => with_log(loaded, |settings, _| Ok(import::run(&args, settings)?)),
        Command::Key(action) => key::run(&action).map_err(Into::into),
        Command::User(action) => with_log(loaded, |settings, _| Ok(user::run(&action, settings)?)),
        Command::Backup { file } => on_database(loaded, |url| backup::run(&file, url)),
        Command::Health { ready } => health::run(ready, loaded).map_err(Into::into),
        Command::Doctor => doctor::run(loaded).map_err(Into::into),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => fail(&cause.to_string()),
    }
}

/// How a command ends: well, or with the reason.
type Done = Result<(), Box<dyn std::error::Error>>;

/// Runs a command that logs.
fn with_log(
    loaded: Result<Loaded, SettingsError>,
    command: impl FnOnce(&Settings, &Log) -> Done,
) -> Done {
    let Loaded {
        settings, warnings, ..
    } = loaded?;
    // Waiting lines of the log are written when it is dropped, before the final message.
    let log = Log::start(&settings.log);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    command(&settings, &log)
}

/// Runs a tool on the database that the settings name.
fn on_database(
    loaded: Result<Loaded, SettingsError>,
    tool: impl FnOnce(&DatabaseUrl) -> Result<(), Fault>,
) -> Done {
    with_log(loaded, |settings, _| {
        let opening = settings.store.opening()?;
        Ok(tool(&opening.url)?)
    })
}

async fn serve(settings: &Settings, log: Figures) -> Done {
    // Signals are caught from the beginning: a start may take a while, and a signal that arrives
    // meanwhile takes effect after it.
    let mut asked = AskedToStop::new()?;
    let mut hangups = signal(SignalKind::hangup())?;
    let app = App::start(settings, log).await?;
    let reloader = app.reloader();
    actix::spawn(async move {
        while hangups.recv().await.is_some() {
            reloader.reload();
        }
    });
    greet(settings, &app);
    let (stopper, halt) = (app.stopper(), app.halt());
    let stopping = async {
        asked.once_more().await;
        tracing::info!(
            "stopping: requests in flight have 10 s to finish, then the last changes are recorded; a second signal stops at once"
        );
        tokio::select! {
            () = stopper.stop() => {}
            () = asked.once_more() => halt.notify_one(),
        }
        // The last changes are recorded now. That takes long if another process holds the database.
        asked.once_more().await;
    };
    tokio::select! {
        served = app.run() => served?,
        () = stopping => return Err("stopped at once: the last ends and figures of lives may not be on record; what was answered to clients is safe".into()),
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

    /// Waits for the next of these signals.
    async fn once_more(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Prints where the server listens, where its data is, a command to try on this machine, and the address
/// for operators, and logs what of it is not for beginners only. Errors are ignored, because standard
/// output may be closed.
fn greet(settings: &Settings, app: &App) {
    let address = app.listening();
    let own = own_address(address);
    let data = settings.store.opening();
    let data = data.map_or_else(|_| String::new(), |opening| opening.url.to_string());
    let version = env!("CARGO_PKG_VERSION");
    // The certificate is for a name, not for the address that is printed.
    let (scheme, curl) = match settings.http.tls_files() {
        Some(_) => ("https", "curl -k"),
        None => ("http", "curl"),
    };
    let ops = app.listening_for_operators();
    let operators = ops.as_ref().map(tracing::field::display);
    // The log is often kept without standard output, and has to show each start too.
    tracing::info!(
        version,
        operators,
        "zaibo serves on {scheme}://{address} with data in {data}"
    );
    let _ = writeln!(
        io::stdout(),
        "zaibo {version} listens on {scheme}://{address}\ndata in {data}\n\
        try: {curl} '{scheme}://{own}/?svc=account&cmd=regist' -d '{{\"id\":\"anna\",\"pwd\":\"secret-1\"}}'"
    );
    if let Some(ops) = ops.map(own_address) {
        let _ = writeln!(
            io::stdout(),
            "for operators: http://{ops}/metrics, /healthz, /readyz"
        );
    }
}

/// Prints why the program failed.
fn fail(why: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "zaibo: {why}");
    ExitCode::FAILURE
}
