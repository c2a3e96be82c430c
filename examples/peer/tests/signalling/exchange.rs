//! Offers, answers and what is refused (RFC 9725 §4.1, §4.2).

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use reqwest::{Client, Method, Response, StatusCode};
use strata_peer::{
    Certificate, Config, Description, Entropy, Instant, Peer,
    sdp::{
        Candidate, CandidateAddress, Direction, Fingerprint, Group, IcePwd, IceUfrag, Media, Mid,
        RtcpMux, RtpMap, Session, Setup,
    },
};

use super::{FRAGMENT, OFFER, SDP, answer, header, open, program, request};

#[tokio::test]
async fn an_empty_post_gives_our_offer_and_delete_ends_it() {
    let (_server, page) = program::serve();
    let session = open(&page, "").await;
    for line in [
        "m=audio",
        "m=video",
        "m=application",
        "a=candidate:",
        "a=end-of-candidates",
        "a=group:BUNDLE",
    ] {
        assert!(session.sdp.contains(line), "{line} in:\n{}", session.sdp);
    }

    let ended = answer(request(Method::DELETE, &session.url, None, "")).await;
    assert!(ended.status().is_success(), "{}", ended.status());
    let again = answer(request(Method::DELETE, &session.url, None, "")).await;
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn our_offer_takes_one_answer() {
    let (_server, page) = program::serve();
    let session = open(&page, "").await;
    let answer_sdp = answer_to(&session.sdp);
    let patch = |body: &str| answer(request(Method::PATCH, &session.url, SDP, body));

    let garbage = patch("v=0\r\nnonsense\r\n").await;
    assert_eq!(garbage.status(), StatusCode::BAD_REQUEST);
    assert!(garbage.text().await.unwrap().contains("line 2"));
    assert_eq!(patch(&answer_sdp).await.status(), StatusCode::NO_CONTENT);
    let second = patch(&answer_sdp).await;
    assert_eq!(second.status(), StatusCode::CONFLICT);
    assert!(second.text().await.unwrap().contains("waits for no answer"));
}

#[tokio::test]
async fn a_session_by_their_offer_takes_no_answer() {
    let (_server, page) = program::serve();
    let session = open(&page, OFFER).await;
    let answer_sdp = answer_to(&open(&page, "").await.sdp);
    let response = answer(request(Method::PATCH, &session.url, SDP, &answer_sdp)).await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_comes_goes_back_and_nothing_else_is_promised() {
    use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
    let (_server, page) = program::serve();
    let offer = media_offer(&[SendRecv, SendOnly, RecvOnly, Inactive]);
    let answer = Session::parse(&open(&page, &offer).await.sdp).unwrap();
    let sections = answer.media.iter();
    let directions: Vec<Direction> = sections.map(|media| answer.direction_of(media)).collect();
    assert_eq!(directions, [SendRecv, RecvOnly, Inactive, Inactive]);
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_a_sentence() {
    let (_server, page) = program::serve();
    let (echo, session) = (format!("{page}echo"), format!("{page}echo/0123"));
    let odd = Some("Application/SDP; charset=utf-8");
    let html = Some("text/html");
    let (post, patch) = (Method::POST, Method::PATCH);
    let nonsense = "v=0\r\nnonsense\r\n";
    let cases = [
        (&post, &echo, SDP, nonsense, 400, "line 2"),
        (&post, &echo, odd, "v=1\r\n", 400, "line 1"),
        (&post, &echo, html, "v=0", 415, "application/sdp"),
        (&post, &echo, None, "v=0", 415, "application/sdp"),
        (&post, &echo, SDP, REJECTED, 400, "no media section"),
        (&patch, &session, SDP, "v=0", 404, "no session"),
        (&patch, &session, html, "", 415, "sdpfrag"),
        (&patch, &session, None, "", 415, "sdpfrag"),
        (&patch, &session, FRAGMENT, "", 428, "If-Match"),
        (&Method::DELETE, &session, None, "", 404, "no session"),
        (&Method::PUT, &echo, None, "", 405, "POST an offer"),
        (&post, &session, SDP, "v=0", 405, "PATCH or DELETE"),
        (&post, &page, SDP, "v=0", 405, "POST an offer to /echo"),
    ];
    for (method, url, content_type, body, status, sentence) in cases {
        let response = answer(request(method.clone(), url, content_type, body)).await;
        assert_eq!(response.status(), status, "{method} {url} {content_type:?}");
        let text = response.text().await.unwrap();
        assert!(
            text.contains(sentence),
            "{method} {url}: {sentence:?} in {text:?}"
        );
    }
    let nowhere = answer(request(Method::GET, &format!("{page}nowhere"), None, "")).await;
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
}

/// Some browsers, and what is built on libnice, use no loopback addresses.
#[tokio::test]
async fn a_listener_on_loopback_offers_the_machine_s_own_addresses_too() {
    let (_server, page) = program::serve();
    let interfaces = if_addrs::get_if_addrs().unwrap();
    let own: Vec<IpAddr> = interfaces.iter().map(if_addrs::Interface::ip).collect();
    let beyond_loopback = own.iter().any(|ip| match ip {
        IpAddr::V4(v4) => !v4.is_loopback(),
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
    });
    for offer in [OFFER, ""] {
        let description = Session::parse(&open(&page, offer).await.sdp).unwrap();
        let candidates = description.media[0].attributes.all::<Candidate>();
        let offered: Vec<IpAddr> = candidates
            .map(|candidate| match candidate.unwrap().address {
                CandidateAddress::Ip(ip) => ip,
                CandidateAddress::Name(name) => panic!("{name}"),
            })
            .collect();
        assert_eq!(offered.first(), Some(&Ipv4Addr::LOCALHOST.into()));
        assert!(offered.iter().all(|ip| own.contains(ip)), "{offered:?}");
        assert_eq!(offered.len() > 1, beyond_loopback, "{offered:?} of {own:?}");
    }
}

/// RFC 9725 §4.1.
#[tokio::test]
async fn get_succeeds_without_content() {
    let (_server, page) = program::serve();
    let session = open(&page, "").await;
    for url in [format!("{page}echo"), session.url] {
        let response = answer(request(Method::GET, &url, None, "")).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }
}

/// What a page of another origin may do, judged as Fetch judges it: a star stands for every header but
/// `Authorization`, and for every method.
#[tokio::test]
async fn pages_from_other_origins_may_call() {
    let (_server, page) = program::serve();
    for (method, path, headers) in [
        // RFC 9725 §4.6: clients may ask with OPTIONS themselves; that of a page is preceded by another.
        ("OPTIONS", "echo", &["authorization"][..]),
        ("POST", "echo", &["content-type", "authorization", "link"]),
        (
            "PATCH",
            "echo/0123",
            &["content-type", "if-match", "authorization"],
        ),
        ("DELETE", "echo/0123", &["authorization"]),
        ("POST", "echo", &["x-of-their-own"]),
    ] {
        let response = Client::new()
            .request(Method::OPTIONS, format!("{page}{path}"))
            .header("origin", "https://elsewhere.example")
            .header("access-control-request-method", method)
            .header("access-control-request-headers", headers.join(","))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let methods = header(&response, "access-control-allow-methods");
        assert!(methods.split(',').any(|allowed| allowed.trim() == method));
        let allowed = names(&response, "access-control-allow-headers");
        for name in headers {
            let starred = *name != "authorization" && allowed.contains(&"*".to_owned());
            let named = allowed.iter().any(|allowed| allowed == name);
            assert!(named || starred, "{method}: {name} in {allowed:?}");
        }
        // RFC 9725 §4.2.
        assert_eq!(header(&response, "accept-post"), "application/sdp");
        let patches = header(&response, "accept-patch");
        assert!(patches.contains("trickle-ice-sdpfrag"), "{patches}");
    }
}

/// RFC 9725 §4.2, §4.3.1, §4.5, §4.6: what its answers tell by a header.
#[tokio::test]
async fn pages_from_other_origins_may_read_every_header_of_whip() {
    let (_server, page) = program::serve();
    for (method, body) in [(Method::POST, ""), (Method::POST, "v=0"), (Method::PUT, "")] {
        let response = answer(request(method, &format!("{page}echo"), SDP, body)).await;
        let exposed = names(&response, "access-control-expose-headers");
        let mut of_whip = vec!["location", "etag", "link", "retry-after", "accept-patch"];
        of_whip.extend(["accept-post", "allow", "www-authenticate"]);
        for name in of_whip {
            assert!(
                exposed.contains(&name.to_owned()),
                "{name} not in {exposed:?}"
            );
        }
    }
}

/// The names in a header that is a list of them, in small letters.
fn names(response: &Response, list: &'static str) -> Vec<String> {
    let list = header(response, list).to_ascii_lowercase();
    list.split(',').map(|name| name.trim().to_owned()).collect()
}

/// An answer to the server's offer, which nobody will act on.
fn answer_to(offer: &str) -> String {
    let config = Config::new(Arc::new(Certificate::generate().unwrap()));
    let mut peer = Peer::new(config, Entropy::system());
    let now = Instant::EPOCH;
    peer.set_remote_description(now, Description::offer(offer))
        .unwrap();
    peer.create_answer(now).unwrap().sdp
}

/// An offer of audio sections with these directions.
fn media_offer(directions: &[Direction]) -> String {
    let mut offer = Session::parse(OFFER).unwrap();
    let data = offer.media.pop().unwrap();
    let mids = (0..directions.len()).map(|mid| Mid::new(&mid.to_string()).unwrap());
    let mids: Vec<Mid> = mids.collect();
    offer.attributes.set(&Group::bundle(mids.clone()));
    for (mid, direction) in mids.iter().zip(directions) {
        let media = Media::new("audio", 9, "UDP/TLS/RTP/SAVPF", [111])
            .with(mid)
            .with(direction)
            .with(&RtpMap::new(111, "opus", 48_000).with_channels(2))
            .with(&RtcpMux)
            .with(&Setup::ActPass)
            .with(&data.attributes.get::<IceUfrag>().unwrap())
            .with(&data.attributes.get::<IcePwd>().unwrap())
            .with(&data.attributes.get::<Fingerprint>().unwrap());
        offer.media.push(media);
    }
    offer.to_string()
}

/// An offer of something that cannot be accepted.
const REJECTED: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
                        m=audio 0 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n";
