//! How a person, or a service manager, ends the program.

/// Waits for Ctrl-C, or for the signal by which service managers end a program. From then on a second
/// one ends the program at once, whatever it still has to say.
pub(crate) async fn interrupted() {
    signal().await;
    tokio::spawn(async {
        signal().await;
        std::process::exit(INTERRUPTED);
    });
}

async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// What shells give for a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;
