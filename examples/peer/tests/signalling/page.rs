//! The web page.

use reqwest::{Method, StatusCode, header::CONTENT_TYPE};

use super::{answer, program, request};

#[tokio::test]
async fn the_page_is_served_whole() {
    let (_server, page) = program::serve();
    for (file, content_type, text) in [
        ("", "text/html", "<title>strata echo</title>"),
        ("app.js", "text/javascript", "RTCPeerConnection"),
        ("style.css", "text/css", "body"),
    ] {
        let response = answer(request(Method::GET, &format!("{page}{file}"), None, "")).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(
            response.headers()[CONTENT_TYPE]
                .to_str()
                .unwrap()
                .starts_with(content_type)
        );
        assert!(response.text().await.unwrap().contains(text));
    }
}
