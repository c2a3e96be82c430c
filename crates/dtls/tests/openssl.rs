//! Both roles against the `openssl` command: handshakes, data both ways, the SRTP exporter, the end.
#![cfg(test)]
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the other side is a program: it wants sockets, time and somebody to read what it prints"
)]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant as Clock},
};

use strata_core::{Endpoint as _, Entropy, Instant};
use strata_crypto::fingerprint::HashFunction;
use strata_dtls::{
    Certificate, CipherSuite, CloseReason, Config, Connection, Event, ExportError, Fingerprint,
    Group, Role, SrtpProfile,
};

/// What the program shall do, and what comes out of it.
struct Case {
    role: Role,
    /// The kind of key of the program's certificate.
    key: &'static [&'static str],
    /// More arguments for it.
    arguments: &'static [&'static str],
    change: fn(&mut Config),
    suite: CipherSuite,
    srtp: Option<SrtpProfile>,
    /// Whether the program behaves as if it had never heard of the extended master secret.
    old: bool,
}

const P256: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const P384: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
const RSA: &[&str] = &["rsa:2048"];
const GCM: &str = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";

impl Case {
    const fn new(role: Role) -> Self {
        Self {
            role,
            key: P256,
            arguments: &["-use_srtp", GCM],
            change: |_| (),
            suite: CipherSuite::EcdheEcdsaAes128Gcm,
            srtp: Some(SrtpProfile::AeadAes128Gcm),
            old: false,
        }
    }

    /// Connects, sends a line in each direction, compares keying material, and closes.
    fn run(&self, name: &str) {
        let files = Files::make(name, self.key, self.old);
        let certificate = Arc::new(Certificate::generate().unwrap());
        let mut config = Config::new(self.role, certificate);
        (self.change)(&mut config);
        let ours = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let theirs = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (our_port, their_port) = (
            ours.local_addr().unwrap().port(),
            theirs.local_addr().unwrap().port(),
        );
        drop(theirs);
        let mut program = match self.role {
            Role::Client => Program::server(&files, their_port, self.arguments),
            Role::Server => Program::client(&files, our_port, self.arguments),
        };
        let mut peer = Peer {
            socket: ours,
            remote: (self.role == Role::Client)
                .then(|| SocketAddr::from((Ipv4Addr::LOCALHOST, their_port))),
            connection: Connection::new(config, Entropy::system()),
            started: Clock::now(),
            events: Vec::new(),
        };
        let now = peer.now();
        peer.connection
            .set_remote_fingerprints(now, &[files.fingerprint])
            .unwrap();
        peer.connection.start(now).unwrap();
        peer.run_until("the handshake", |peer| !peer.events.is_empty());
        let event = peer.events.remove(0);
        let Event::Connected {
            srtp, cipher_suite, ..
        } = event
        else {
            panic!("{event:?}\n{}", program.output());
        };
        assert_eq!(cipher_suite, self.suite);
        assert_eq!(srtp.as_ref().map(strata_dtls::SrtpKeys::profile), self.srtp);

        peer.send(b"hello from strata\n");
        program.wait_for(&mut peer, "hello from strata");
        program.write(b"hello from openssl\n");
        peer.run_until("data", |peer| !peer.events.is_empty());
        let Event::ApplicationData(data) = peer.events.remove(0) else {
            panic!("no data");
        };
        assert_eq!(&data[..], b"hello from openssl\n");

        let mut material = vec![0; 60];
        let exported =
            peer.connection
                .export_keying_material(b"EXTRACTOR-dtls_srtp", None, &mut material);
        let refused = self.old.then_some(ExportError::NoExtendedMasterSecret);
        assert_eq!(exported.err(), refused);
        if let Some(keys) = srtp {
            let (client, server) = match peer.connection.config().role {
                Role::Client => (keys.local(), keys.remote()),
                Role::Server => (keys.remote(), keys.local()),
            };
            let all = [client.key(), server.key(), client.salt(), server.salt()].concat();
            if self.old {
                material = all;
            } else {
                assert!(material.starts_with(&all));
            }
        }
        let digits: Vec<_> = material
            .iter()
            .map(|octet| format!("{octet:02X}"))
            .collect();
        let digits = digits.concat();
        program.wait_for(&mut peer, &format!("Keying material: {digits}"));

        // The program ends when its input does, and says so.
        drop(program.stdin.take());
        if self.role == Role::Server {
            peer.run_until("the end", |peer| !peer.events.is_empty());
            assert_eq!(
                peer.events,
                [Event::Closed {
                    reason: CloseReason::Remote
                }]
            );
        }
    }
}

/// A certificate in files.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    fingerprint: Fingerprint,
    /// What the program reads its defaults from, if not from where it always does.
    defaults: Option<PathBuf>,
}

impl Files {
    fn make(name: &str, kind: &[&str], old: bool) -> Self {
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let path = |suffix| directory.join(format!("openssl-{name}-{suffix}"));
        let (certificate, key, der) = (path("certificate.pem"), path("key.pem"), path("der"));
        let mut request = Command::new("openssl");
        request.args(["req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=test"]);
        request.arg("-newkey").args(kind);
        request
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&certificate);
        finish(request);
        let mut convert = Command::new("openssl");
        convert.args(["x509", "-outform", "DER"]);
        convert.arg("-in").arg(&certificate).arg("-out").arg(&der);
        finish(convert);
        let defaults = old.then(|| path("defaults"));
        if let Some(defaults) = &defaults {
            fs::write(defaults, OLD).unwrap();
        }
        Self {
            defaults,
            certificate,
            key,
            fingerprint: Fingerprint::of(HashFunction::Sha256, &fs::read(der).unwrap()),
        }
    }
}

fn finish(mut command: Command) {
    let output = command.output();
    let output =
        output.expect("openssl is needed: apt-get install -y --no-install-recommends openssl");
    assert!(output.status.success(), "{output:?}");
}

/// `openssl s_server` or `s_client`.
struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    printed: mpsc::Receiver<Vec<u8>>,
    output: Vec<u8>,
}

impl Program {
    fn server(files: &Files, port: u16, arguments: &[&str]) -> Self {
        let mut command = Command::new("openssl");
        command.args(["s_server", "-Verify", "1", "-accept", &port.to_string()]);
        let mut program = Self::spawn(command, files, arguments);
        let deadline = Clock::now() + PATIENCE;
        while !program.output().contains("ACCEPT") {
            assert!(Clock::now() < deadline, "{}", program.output());
            thread::sleep(Duration::from_millis(5));
        }
        program
    }

    fn client(files: &Files, port: u16, arguments: &[&str]) -> Self {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-connect", &format!("127.0.0.1:{port}")]);
        Self::spawn(command, files, arguments)
    }

    fn spawn(mut command: Command, files: &Files, arguments: &[&str]) -> Self {
        command.args(["-dtls1_2", "-keymatexport", "EXTRACTOR-dtls_srtp"]);
        command.args(["-keymatexportlen", "60"]).args(arguments);
        command.arg("-cert").arg(&files.certificate);
        command.arg("-key").arg(&files.key);
        if let Some(defaults) = &files.defaults {
            command.env("OPENSSL_CONF", defaults);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let (sender, printed) = mpsc::channel();
        let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let other = sender.clone();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                let _ = sender.send(buffer[..count].to_vec());
            }
        });
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stderr.read(&mut buffer) {
                let _ = other.send(buffer[..count].to_vec());
            }
        });
        Self {
            stdin: child.stdin.take(),
            child,
            printed,
            output: Vec::new(),
        }
    }

    /// Everything it has printed.
    fn output(&mut self) -> String {
        self.output.extend(self.printed.try_iter().flatten());
        String::from_utf8_lossy(&self.output).into_owned()
    }

    fn write(&mut self, line: &[u8]) {
        self.stdin.as_mut().unwrap().write_all(line).unwrap();
    }

    fn wait_for(&mut self, peer: &mut Peer, text: &str) {
        peer.run_until(text, |_| self.output().contains(text));
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Our side, on a socket.
struct Peer {
    socket: UdpSocket,
    remote: Option<SocketAddr>,
    connection: Connection,
    started: Clock,
    events: Vec<Event>,
}

impl Peer {
    fn now(&self) -> Instant {
        Instant::EPOCH + self.started.elapsed()
    }

    fn run_until(&mut self, what: &str, mut condition: impl FnMut(&Self) -> bool) {
        let deadline = Clock::now() + PATIENCE;
        while !condition(self) {
            assert!(Clock::now() < deadline, "no {what}: {:?}", self.connection);
            self.turn();
        }
    }

    /// Sends what there is to send and waits a little for what comes.
    fn turn(&mut self) {
        let mut out = Vec::new();
        while self
            .connection
            .poll_transmit(self.now(), &mut out)
            .is_some()
        {
            self.transmit(&out);
            out.clear();
        }
        self.events
            .extend(std::iter::from_fn(|| self.connection.poll_event()));
        self.socket
            .set_read_timeout(Some(Duration::from_millis(5)))
            .unwrap();
        let mut buffer = [0; 2048];
        let now = self.now();
        if let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
            self.remote = Some(from);
            self.connection.handle_input(now, &mut buffer[..length]);
        }
        self.connection.handle_timeout(self.now());
    }

    fn send(&mut self, data: &[u8]) {
        let mut out = Vec::new();
        let sealed = self.connection.seal(&mut out, |out| {
            out.extend_from_slice(data);
            Some(())
        });
        assert_eq!(sealed, Ok(Some(())));
        self.transmit(&out);
    }

    fn transmit(&self, datagram: &[u8]) {
        if let Some(remote) = self.remote {
            self.socket.send_to(datagram, remote).unwrap();
        }
    }
}

/// Defaults of a program that was made before RFC 7627.
const OLD: &str = "openssl_conf = one
[one]
ssl_conf = two
[two]
system_default = three
[three]
Options = -ExtendedMasterSecret
";

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn as_client() {
    Case::new(Role::Client).run("client");
}

/// RFC 6347 §4.2.6: neither the first `ClientHello` nor the `HelloVerifyRequest` is in the hashes.
#[test]
fn as_client_with_a_cookie() {
    Case {
        arguments: &["-listen", "-use_srtp", GCM],
        ..Case::new(Role::Client)
    }
    .run("client-cookie");
}

#[test]
fn as_client_of_an_rsa_server() {
    Case {
        key: RSA,
        suite: CipherSuite::EcdheRsaAes256Gcm,
        arguments: &["-use_srtp", "SRTP_AES128_CM_SHA1_80"],
        change: |config| config.cipher_suites = vec![CipherSuite::EcdheRsaAes256Gcm],
        srtp: Some(SrtpProfile::Aes128CmHmacSha1_80),
        ..Case::new(Role::Client)
    }
    .run("client-rsa");
}

#[test]
fn as_client_with_chacha_on_p384() {
    Case {
        key: P384,
        suite: CipherSuite::EcdheEcdsaChaCha20Poly1305,
        arguments: &[
            "-cipher",
            "ECDHE-ECDSA-CHACHA20-POLY1305",
            "-groups",
            "P-384:P-256",
        ],
        change: |config| config.groups = vec![Group::Secp384r1, Group::Secp256r1],
        srtp: None,
        ..Case::new(Role::Client)
    }
    .run("client-chacha");
}

#[test]
fn as_server() {
    Case::new(Role::Server).run("server");
}

#[test]
fn as_server_with_a_cookie_and_small_datagrams() {
    Case {
        change: |config| {
            config.cookie_exchange = true;
            config.mtu = 200;
        },
        ..Case::new(Role::Server)
    }
    .run("server-cookie");
}

#[test]
fn as_server_of_an_rsa_client() {
    Case {
        key: RSA,
        arguments: &["-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384", "-use_srtp", GCM],
        suite: CipherSuite::EcdheEcdsaAes256Gcm,
        ..Case::new(Role::Server)
    }
    .run("server-rsa");
}

#[test]
fn as_server_of_an_ed25519_client() {
    Case {
        key: &["ed25519"],
        ..Case::new(Role::Server)
    }
    .run("server-ed25519");
}

/// RFC 7627 §5.2, RFC 5246 §8.1: the master secret is the old one.
#[test]
fn with_one_that_does_not_know_the_extended_master_secret() {
    for (role, name) in [(Role::Client, "client-old"), (Role::Server, "server-old")] {
        Case {
            change: |config| config.require_extended_master_secret = false,
            old: true,
            ..Case::new(role)
        }
        .run(name);
    }
}

#[test]
fn as_server_with_chacha_on_p256() {
    Case {
        arguments: &[
            "-cipher",
            "ECDHE-ECDSA-CHACHA20-POLY1305",
            "-groups",
            "P-256",
        ],
        suite: CipherSuite::EcdheEcdsaChaCha20Poly1305,
        srtp: None,
        ..Case::new(Role::Server)
    }
    .run("server-chacha");
}
