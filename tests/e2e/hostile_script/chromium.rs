//! Tests for Chromium only: the memory of the main thread, and a channel that no policy closes.

use cross_tests::{Browser, Record, Stack};

use tokio::{
    net::UdpSocket,
    time::{Duration, timeout},
};

use super::{SIGNED_IN, sign_in_as};
use crate::policy::serve;

/// Sends a word to a UDP port without a WebRTC peer at the other end.
const BY_WEBRTC: &str = "
    const connection = new RTCPeerConnection();
    connection.createDataChannel('');
    await connection.setLocalDescription(await connection.createOffer());
    const sdp = connection.localDescription.sdp.replace('a=setup:actpass', 'a=setup:active')
        .replace(/a=candidate.*\\r\\n/g, '').replace(/a=ice-ufrag:.*/, 'a=ice-ufrag:TAKENAWAY');
    await connection.setRemoteDescription({ type: 'answer', sdp });
    const candidate = 'candidate:1 1 udp 2113937151 127.0.0.1 PORT typ host';
    await connection.addIceCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 });
    document.body.append('sent');";

#[tokio::test]
async fn the_heap_of_the_main_thread_holds_no_token_of_entra() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    // The control: a token as long as A1 that only the main thread has.
    let planted = format!("eyJ{}", "planted".repeat(200));
    browser.script("globalThis.planted = ['eyJ', 'planted'.repeat(200)].join('')").await;
    let texts = browser.heap(&stack.page).await;
    let (controls, others): (Vec<_>, Vec<_>) = texts.into_iter().partition(|text| text.starts_with("eyJplanted"));
    // A snapshot truncates long texts.
    assert!(controls.iter().any(|text| text.len() > 1000 && planted.starts_with(text.as_str())), "{}", controls.len());
    assert!(others.len() > 10_000, "{}", others.len());
    let record = Record::default();
    record.add(others.join("\n").replace("code_challenge=", "").as_bytes());
    record.expect_no_secret(&stack.emulator);
}

#[tokio::test]
async fn script_can_send_data_by_webrtc_despite_the_policy() {
    // No tested browser has a policy that forbids it, which SECURITY.md documents.
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let script = BY_WEBRTC.replace("PORT", &socket.local_addr().unwrap().port().to_string());
    let document = "<!doctype html><script type=module src=boot.js></script><body>";
    let (_files, _site, address) = serve(&[("index.html", document), ("boot.js", script.as_str())]).await;
    let browser = Browser::start().await;
    browser.open(&address).await;
    browser.wait_for_text("sent").await;
    let mut packet = [0; 2048];
    let received = async {
        loop {
            let length = socket.recv(&mut packet).await.unwrap();
            if packet[..length].windows(9).any(|word| word == b"TAKENAWAY") {
                break;
            }
        }
    };
    timeout(Duration::from_secs(60), received).await.unwrap();
}
