/// Why a mailbox neither accepts nor returns a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The mailbox already has a response.
    Filled,
    /// The mailbox was released.
    Forgotten,
    /// Too many requests are waiting.
    TooManyWaiters,
    /// The store is in another process that does not respond.
    Unavailable,
}
