//! nchan, the module of nginx for pushing: a server of its own, on a free port, with its files in a
//! folder of its own.

use std::env;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use zaibo::error::Fault;

use super::publisher::Publisher;
use super::server::{Requests, Server};
use super::sockets::{Hear, Heard, Subscription};
use crate::connection;
use crate::scripts::Seating;

/// What to do where it is missing.
pub(super) const HOW_TO_INSTALL: &str =
    "nchan is not installed (Debian: nginx-light and libnginx-mod-nchan)";

/// Where programs are looked for, beside the folders of `PATH`.
const MORE_PLACES: &str = "/usr/sbin:/usr/local/sbin:/sbin";

/// Where distributions put the modules of nginx.
const MODULES: [&str; 4] = [
    "/usr/lib/nginx/modules",
    "/usr/lib64/nginx/modules",
    "/usr/share/nginx/modules",
    "/usr/local/lib/nginx/modules",
];

/// How often, and at which interval, a start looks whether the server accepts.
const LOOKS: u32 = 250;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Ports that are tried. Another program may take a free one just before nginx does.
const PORTS: u32 = 5;

/// nginx and its module.
#[derive(Clone, Debug)]
pub(super) struct Installed {
    program: PathBuf,
    module: PathBuf,
}

impl Installed {
    /// Finds both. `None` if one is missing.
    pub(super) fn find() -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let mut places = env::split_paths(&path).chain(env::split_paths(MORE_PLACES));
        let module = |folder: &&str| Path::new(folder).join("ngx_nchan_module.so");
        Some(Self {
            program: places.find_map(|folder| existing(folder.join("nginx")))?,
            module: MODULES.iter().find_map(|folder| existing(module(folder)))?,
        })
    }

    /// Starts a server, with its files in a new folder below that one. Each event is that message.
    ///
    /// # Errors
    /// If it does not start.
    pub(super) fn start(&self, folder: &Path, message: &[u8]) -> Result<Nchan, Fault> {
        let starting = |cause: io::Error| Fault::new("starting nchan", cause);
        let files = tempfile::Builder::new().prefix("nchan").tempdir_in(folder);
        let files = files.map_err(starting)?;
        for _ in 0..PORTS {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
            let address = free.and_then(|free| free.local_addr()).map_err(starting)?;
            let settings = files.path().join("nginx.conf");
            fs::write(&settings, self.settings(files.path(), address)).map_err(starting)?;
            let mut master = Command::new(&self.program)
                .arg("-p")
                .arg(files.path())
                .arg("-c")
                .arg(&settings)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .map_err(starting)?;
            if accepts(&mut master, address) {
                return Ok(Nchan {
                    master,
                    address,
                    message: message.to_vec(),
                    _files: files,
                });
            }
            stop(&mut master);
        }
        let log = fs::read_to_string(files.path().join("errors"));
        Err(Fault::new("starting nchan", log.unwrap_or_default()))
    }

    /// Two workers that share the connections, and no less for nchan than zaibo has: pings as often,
    /// and as many messages remembered.
    fn settings(&self, files: &Path, address: SocketAddr) -> String {
        let (module, files) = (self.module.display(), files.display());
        let passing = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let passing = passing.map(|name| format!("{name}_temp_path {files}/{name};"));
        let passing = passing.join(" ");
        format!(
            "load_module {module};
            user root root;
            worker_processes 2;
            daemon off;
            pid {files}/pid;
            error_log {files}/errors;
            events {{ worker_connections 20000; }}
            http {{
                access_log off;
                {passing}
                server {{
                    listen {address} reuseport backlog=4096;
                    keepalive_requests 10000000;
                    location = /publish {{
                        nchan_publisher;
                        nchan_channel_id $arg_room;
                        nchan_message_buffer_length 256;
                    }}
                    location = /read {{
                        nchan_subscriber websocket;
                        nchan_channel_id $arg_room;
                        nchan_subscriber_first_message -1;
                        nchan_websocket_ping_interval 12;
                    }}
                }}
            }}\n"
        )
    }
}

/// A running server. It is ended on drop.
pub(super) struct Nchan {
    master: Child,
    address: SocketAddr,
    message: Vec<u8>,
    _files: tempfile::TempDir,
}

impl Server for Nchan {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn process(&self) -> u32 {
        self.master.id()
    }

    /// A message in each room, with which its readers begin. Until its workers have agreed on a
    /// reader, which is after the handshake, nchan forgets new messages for that reader.
    fn seat(&self, seating: &Seating) -> Result<(), Fault> {
        let rooms = seating.rooms.clone();
        let first = rooms
            .map(|room| self.event(room))
            .collect::<Result<Vec<_>, _>>()?;
        let publish = || {
            let mut publisher = Publisher::connect(self.address)?;
            publisher.add(&first);
            publisher.send()?;
            publisher.confirm(self.grants())
        };
        publish().map_err(|cause| Fault::new("beginning the rooms of nchan", cause))
    }

    fn subscription(&self, room: usize, _person: usize) -> Result<Subscription, Fault> {
        Ok(Subscription {
            path: format!("/read?room={room}"),
            protocol: None,
            greeting: None,
        })
    }

    /// Each message is one event.
    fn hear(&self) -> Hear {
        |_message, heard: &mut Heard| {
            heard.position += 1;
            Ok(())
        }
    }

    /// Its status says it all.
    fn grants(&self) -> fn(&[u8]) -> bool {
        |_said| true
    }

    fn event(&self, room: usize) -> Result<Vec<u8>, Fault> {
        let (query, mut request) = (format!("room={room}"), Vec::new());
        connection::post("bench", "/publish", &query, &self.message, &mut request);
        Ok(request)
    }

    fn arrivals(&self, room: usize, people: Range<usize>) -> Result<Requests, Fault> {
        people.map(|_| self.event(room)).collect()
    }

    fn crush(&self, room: usize, _people: Range<usize>, _nth: usize) -> Result<Requests, Fault> {
        Ok(vec![self.event(room)?])
    }
}

impl Drop for Nchan {
    fn drop(&mut self) {
        stop(&mut self.master);
    }
}

/// Waits until the server accepts. False if it ends instead.
fn accepts(master: &mut Child, address: SocketAddr) -> bool {
    for _ in 0..LOOKS {
        thread::sleep(BETWEEN_LOOKS);
        if !matches!(master.try_wait(), Ok(None)) {
            return false;
        }
        if TcpStream::connect(address).is_ok() {
            return true;
        }
    }
    false
}

/// Asks it to stop, because a master that is killed leaves its workers behind.
fn stop(master: &mut Child) {
    let pid = i32::try_from(master.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid
        && matches!(master.try_wait(), Ok(None))
    {
        // The process may have ended already.
        let _ = kill_process(pid, Signal::TERM);
    }
    let _ = master.wait();
}

fn existing(path: PathBuf) -> Option<PathBuf> {
    path.is_file().then_some(path)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;
    use crate::push::scenes::Scene;

    #[test]
    fn readers_of_nchan_get_every_event() {
        let Some(installed) = Installed::find() else {
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let server = installed.start(folder.path(), b"hello").unwrap();
        let mut scene = Scene::in_one_room(&server, 7, 0..10, 100).unwrap();
        scene.sockets.expect(20);
        scene.publish(&server.arrivals(7, 0..20).unwrap()).unwrap();
        scene.sockets.wait().unwrap();
        scene.confirm().unwrap();
        assert_eq!(scene.sockets.sample(), b"hello");
        let has_all = |heard: Heard| heard.position == 21;
        assert!(scene.sockets.heard().all(has_all), "the first one and 20");
        let family = crate::usage::family(server.process()).unwrap();
        assert_eq!(family.len(), 3, "a master and two workers");
        drop(server);
        let is_gone = |process: &u32| !Path::new(&format!("/proc/{process}")).exists();
        assert!(family.iter().all(is_gone), "its workers end with it");
    }
}
