//! The benchmark as tests run it: what it needs is built, and a measurement is made short.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What makes a measurement short. Its figures mean nothing then.
pub(crate) const SHORT: [&str; 6] = ["--rounds", "1", "--seconds", "0.1", "--members", "10000"];

/// What the benchmark says at the end, with status 1, if a server is too slow. A build without
/// optimisation is.
pub(crate) const TOO_SLOW: &str = "not everything holds that must";

/// Builds that program of the workspace and the bare server in the profile of this test, and
/// returns the folder where both are. Where all tests are built, both are there already.
pub(crate) fn build(program: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    // A test is in `deps`, below the folder of its profile.
    let folder = test.ancestors().nth(2).expect("the folder of the profile");
    let profile = folder.file_name().and_then(|name| name.to_str());
    let profile = match profile.expect("a name") {
        "debug" => "dev",
        name => name,
    };
    let target = folder.parent().map(Path::as_os_str).expect("a folder");
    let mut cargo = Command::new(env!("CARGO"));
    // Both packages, as for `cargo test`: with other packages, dependencies have other features
    // and are built once more.
    cargo
        .args(["build", "--locked", "--profile", profile, "--target-dir"])
        .arg(target)
        .args(["--package", "zaibo", "--package", "zaibo-bench"])
        .args(["--bin", program, "--example", "floor"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    // Cargo describes the package under test to this process in variables. A build script that reads
    // them would run again, and everything above it be built again, each time.
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
