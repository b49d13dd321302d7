/// The operator's choices that are not in `config.json`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Choices {
    /// For portals that isolate themselves with `Cross-Origin-Embedder-Policy`.
    pub isolated_portals: bool,
}
