//! Programs that tests run.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
};

/// Starts `peer serve` on a port the system chooses, and gives the page's address.
pub(crate) fn serve() -> (Program, String) {
    serve_with(&["--listen", "127.0.0.1:0"])
}

/// Starts `peer serve` with these options.
pub(crate) fn serve_with(options: &[&str]) -> (Program, String) {
    let server = Program::start(
        Command::new(env!("CARGO_BIN_EXE_peer"))
            .arg("serve")
            .args(options),
        "open ",
        "cargo build -p example-peer",
    );
    let page = server
        .said
        .split_whitespace()
        .find(|word| word.starts_with("http"))
        .expect("the page's address");
    let page = page.to_owned();
    (server, page)
}

/// A program that runs until it is dropped.
pub(crate) struct Program {
    pub(crate) child: Child,
    /// The line by which it told that it is ready.
    pub(crate) said: String,
}

impl Program {
    /// Starts `command` and waits until it prints a line that contains `ready`.
    pub(crate) fn start(command: &mut Command, ready: &str, install: &str) -> Self {
        let child = command.stdout(Stdio::piped()).spawn();
        let mut child =
            child.unwrap_or_else(|error| panic!("{command:?}: {error}; install it: {install}"));
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut said = String::new();
        while !said.contains(ready) {
            said.clear();
            let read = lines.read_line(&mut said).expect("text");
            assert!(
                read > 0,
                "{command:?} ended before it was ready; install it: {install}"
            );
        }
        // Whatever it says later must not block it.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Self {
            child,
            said: said.trim().to_owned(),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
