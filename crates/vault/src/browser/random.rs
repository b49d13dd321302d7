use sign_in::pkce::Entropy;

/// Fresh randomness for one sign-in, from the browser's generator.
pub(crate) fn entropy() -> Entropy {
    Entropy { verifier: bytes(), state: bytes(), nonce: bytes(), retry_delays: bytes() }
}

fn bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    super::scope()
        .crypto()
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes))
        .unwrap_or_else(|_| unreachable!("every browser with wasm has a generator, and 32 bytes are below its quota"));
    bytes
}
