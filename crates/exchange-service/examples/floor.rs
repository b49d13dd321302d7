//! What no implementation can do without: one RS256 verification for B, one HMAC-SHA256 for C. Prints the nanoseconds
//! of each.

use std::{hint::black_box, time::Instant};

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::{KeySize, PublicKeyComponents},
    signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents},
};

const ROUNDS: u32 = 5_000;

fn main() {
    // As long as a token of Entra.
    let signed = [b'a'; 1_200];
    let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("there is randomness");
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &signed, &mut signature).expect("the buffer fits");
    let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(key.public_key());
    // A key is made ready once.
    let scheme = &RSA_PKCS1_2048_8192_SHA256;
    let public = RsaPublicKeyComponents { n, e }.to_parsed_public_key(scheme).expect("it was made just now");
    let verify = nanoseconds(|| {
        public.verify_sig(black_box(&signed), &signature).expect("it was signed just now");
    });
    let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 64]);
    let sign = nanoseconds(|| {
        black_box(hmac::sign(&key, black_box(&signed[..200])));
    });
    println!("{verify} {sign}");
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn nanoseconds(mut work: impl FnMut()) -> u128 {
    let started = Instant::now();
    for _ in 0..ROUNDS {
        work();
    }
    started.elapsed().as_nanos() / u128::from(ROUNDS)
}
