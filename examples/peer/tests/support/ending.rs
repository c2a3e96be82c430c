//! How programs that tests run are ended.

use std::{
    process::{Command, ExitStatus},
    time::{Duration, Instant},
};

use crate::program::Program;

impl Program {
    /// Waits until it has ended: how, or `None` after `patience`.
    pub(crate) fn ended(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            let status = self.child.try_wait().expect("a child");
            if status.is_some() || Instant::now() > deadline {
                return status;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal, by its name without `SIG`. The shell does it: a program `kill` is not on every machine.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -s {name} {}", self.child.id())])
            .status();
        assert!(sent.expect("sh").success());
    }
}
