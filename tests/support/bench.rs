//! The benchmark for tests: builds its programs and makes a measurement short.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Options that make a measurement short. Its figures are meaningless then.
pub(crate) const SHORT: [&str; 8] = [
    "--rounds",
    "1",
    "--seconds",
    "0.1",
    "--members",
    "10000",
    "--sockets",
    "100",
];

/// The error of the benchmark, with status 1, when a server is too slow. A build without
/// optimisation is always too slow.
pub(crate) const TOO_SLOW: &str = "not everything holds that must";

/// Builds that program of the workspace and the bare server, in the profile of this test. Returns
/// the folder of both. If all tests are built, both exist already.
pub(crate) fn build(program: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    // A test's program is in `deps`, below the folder of its profile.
    let folder = test.ancestors().nth(2).expect("the folder of the profile");
    let profile = folder.file_name().and_then(|name| name.to_str());
    let profile = match profile.expect("a name") {
        "debug" => "dev",
        name => name,
    };
    let target = folder.parent().map(Path::as_os_str).expect("a folder");
    let mut cargo = Command::new(env!("CARGO"));
    // Both packages are named, as in `cargo test`. With other packages, cargo would choose other
    // features for dependencies and build them again.
    cargo
        .args(["build", "--locked", "--profile", profile, "--target-dir"])
        .arg(target)
        .args(["--package", "zaibo", "--package", "zaibo-bench"])
        .args(["--bin", program, "--example", "floor"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    // Cargo sets variables that describe the package under test. A build script that reads them
    // would run again each time, and everything that depends on it would be built again.
    let of_package =
        |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars().filter(|(name, _)| of_package(name)) {
        cargo.env_remove(name);
    }
    let built = cargo.output().expect("cargo");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");
    folder.to_owned()
}
