//! An agent, and the other side made by hand.

use strata_core::{Datagram, Endpoint as _, Entropy, Path};
use strata_ice::{Agent, Candidate, CandidateKind, Config, Credentials, Foundation, Role};
use strata_sim::{START, SeededEntropy};
use strata_stun::{
    Class, ErrorCode, IntegrityKey, Message, MessageWriter, Method, Priority, TransactionId,
    Username, XorMappedAddress,
};

use crate::scene::{A, B, address, at, ms};

/// The password of the other side, whose fragment is `peer`.
pub(crate) const PEER_PASSWORD: &str = "peerpasswordpeerpassword";

/// An agent at [`A`], and the other side made by hand.
pub(crate) struct Bench {
    pub(crate) agent: Agent,
    ids: u32,
}

impl Bench {
    pub(crate) fn new(role: Role) -> Self {
        Self::configured(Config {
            role,
            ..Config::default()
        })
    }

    /// As [`new`](Self::new), with this configuration.
    pub(crate) fn configured(config: Config) -> Self {
        let mut agent = Agent::new(config, Entropy::from_source(SeededEntropy::new(7)));
        agent.add_local_candidate(START, address(A)).unwrap();
        Self { agent, ids: 0 }
    }

    /// As [`new`](Self::new), and the agent knows the credentials of the other side.
    pub(crate) fn signalled(role: Role) -> Self {
        let mut bench = Self::new(role);
        bench.signal();
        bench
    }

    pub(crate) fn signal(&mut self) {
        let credentials = Credentials::new("peer", PEER_PASSWORD).unwrap();
        self.agent
            .set_remote_credentials(START, credentials)
            .unwrap();
    }

    /// Adds a candidate that the other side has signalled.
    pub(crate) fn add_remote(&mut self, millis: u64, address: &str, priority: u32) {
        let remote = candidate(address, priority);
        self.agent
            .add_remote_candidate(at(ms(millis)), remote)
            .unwrap();
    }

    pub(crate) fn key(&self) -> IntegrityKey {
        IntegrityKey::short_term(self.agent.local_credentials().password())
    }

    pub(crate) fn username(&self) -> String {
        format!("{}:peer", self.agent.local_credentials().ufrag())
    }

    /// A correct check of the other side, with the attributes that `add` adds.
    pub(crate) fn check(
        &mut self,
        add: impl for<'o> FnOnce(MessageWriter<'o>) -> MessageWriter<'o>,
    ) -> Vec<u8> {
        let (username, key) = (self.username(), self.key());
        self.request(|writer| {
            add(writer.push(&Username(&username)).push(&Priority(1000))).integrity(&key)
        })
    }

    /// A Binding request that holds FINGERPRINT and the attributes that `fill` adds.
    pub(crate) fn request(
        &mut self,
        fill: impl for<'o> FnOnce(MessageWriter<'o>) -> MessageWriter<'o>,
    ) -> Vec<u8> {
        self.ids += 1;
        let mut id = [0; 12];
        id[8..].copy_from_slice(&self.ids.to_be_bytes());
        let id = TransactionId::new(id);
        let mut out = Vec::new();
        let writer = MessageWriter::new(&mut out, Class::Request, Method::BINDING, id);
        fill(writer).fingerprint().finish().unwrap();
        out
    }

    /// Gives the agent a datagram from this address.
    pub(crate) fn give(&mut self, millis: u64, from: &str, datagram: &[u8]) {
        let path = Path::udp(address(A), address(from));
        let mut datagram = datagram.to_vec();
        self.agent
            .handle_input(at(ms(millis)), Datagram::new(path, &mut datagram));
    }

    /// What the agent sends at this time, oldest first.
    pub(crate) fn sent(&mut self, millis: u64) -> Vec<(Path, Vec<u8>)> {
        std::iter::from_fn(|| {
            let mut out = Vec::new();
            let transmit = self.agent.poll_transmit(at(ms(millis)), &mut out)?;
            Some((transmit.path, out))
        })
        .collect()
    }

    /// Answers every request that the agent sends at this time with success. Returns the requests.
    pub(crate) fn answer_all(&mut self, millis: u64) -> Vec<Vec<u8>> {
        let mut requests = Vec::new();
        let mut sent = self.sent(millis);
        while !sent.is_empty() {
            for (path, request) in std::mem::take(&mut sent) {
                let message = Message::parse(&request).unwrap();
                if message.class() == Class::Request {
                    let answer = success(&message, &XorMappedAddress(path.local));
                    self.give(millis, &path.remote.to_string(), &answer);
                    requests.push(request);
                }
            }
            sent = self.sent(millis);
        }
        requests
    }

    /// Refuses every request that the agent sends at this time with an error.
    pub(crate) fn refuse_all(&mut self, millis: u64) {
        for (to, bytes) in self.requests(millis) {
            self.refuse(millis, &to, &bytes);
        }
    }

    /// Refuses a request of the agent with an error.
    pub(crate) fn refuse(&mut self, millis: u64, to: &str, request: &[u8]) {
        let refusal = respond(&Message::parse(request).unwrap(), Class::Error, |writer| {
            writer.push(&ErrorCode::SERVER_ERROR)
        });
        self.give(millis, to, &refusal);
    }

    /// The requests among what the agent sends at this time: where they go, and their bytes.
    pub(crate) fn requests(&mut self, millis: u64) -> Vec<(String, Vec<u8>)> {
        let sent = self.sent(millis).into_iter();
        sent.filter(|(_, bytes)| Message::parse(bytes).unwrap().class() == Class::Request)
            .map(|(path, bytes)| (path.remote.to_string(), bytes))
            .collect()
    }

    /// Lets the agent's next timer end, if that is until then. Returns the full milliseconds of that time.
    pub(crate) fn next_timer(&mut self, until: u64) -> Option<u64> {
        let due = self.agent.poll_timeout()?;
        if due > at(ms(until)) {
            return None;
        }
        self.agent.handle_timeout(due);
        Some(u64::try_from((due - START).as_millis()).unwrap())
    }

    /// Runs the agent's timers from one time to another, and answers every request. Returns the requests.
    pub(crate) fn answer_until(&mut self, from: u64, until: u64) -> Vec<Vec<u8>> {
        let mut requests = self.answer_all(from);
        while let Some(millis) = self.next_timer(until) {
            requests.extend(self.answer_all(millis + 1));
        }
        requests
    }

    /// Runs the agent's timers from one time to another, and answers nothing. Returns when the agent has sent requests,
    /// and where they went.
    pub(crate) fn unanswered(&mut self, from: u64, until: u64) -> Vec<(u64, String)> {
        let mut all = Vec::new();
        let mut now = Some(from);
        while let Some(millis) = now {
            let requests = self.requests(millis).into_iter();
            all.extend(requests.map(|(to, _)| (millis, to)));
            now = self.next_timer(until);
        }
        all
    }

    /// The answer that the agent sends. Fails if there is none, or more than one.
    pub(crate) fn answer(&mut self) -> Vec<u8> {
        let sent = self.sent(0);
        let mut answers = sent.into_iter().filter(|(_, bytes)| bytes[0] == 1);
        let (path, bytes) = answers.next().expect("an answer");
        assert_eq!(path, Path::udp(address(A), address(B)));
        assert!(answers.next().is_none());
        bytes
    }

    /// The error code of the answer, and whether the answer is signed.
    pub(crate) fn refusal(&mut self) -> (u16, bool) {
        let bytes = self.answer();
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.class(), Class::Error);
        assert_eq!(message.verify_fingerprint(), Some(true));
        let code = message.get::<ErrorCode<'_>>().unwrap().unwrap().code;
        (code, message.verify_integrity(&self.key()).is_ok())
    }
}

/// A success response of the other side.
pub(crate) fn success(request: &Message<'_>, mapped: &XorMappedAddress) -> Vec<u8> {
    respond(request, Class::Success, |writer| writer.push(mapped))
}

/// A response of the other side.
pub(crate) fn respond(
    request: &Message<'_>,
    class: Class,
    fill: impl for<'o> FnOnce(MessageWriter<'o>) -> MessageWriter<'o>,
) -> Vec<u8> {
    let mut out = Vec::new();
    let id = request.transaction_id();
    fill(MessageWriter::new(&mut out, class, Method::BINDING, id))
        .integrity(&IntegrityKey::short_term(PEER_PASSWORD))
        .fingerprint()
        .finish()
        .unwrap();
    out
}

/// A host candidate as the other side signals it.
pub(crate) fn candidate(at: &str, priority: u32) -> Candidate {
    let foundation = Foundation::new("f").unwrap();
    Candidate::new(CandidateKind::Host, address(at), priority, foundation)
}
