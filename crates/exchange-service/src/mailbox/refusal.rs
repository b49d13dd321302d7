/// Why a mailbox takes nothing or gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It already holds an answer.
    Filled,
    /// Its answer was taken and acknowledged.
    Forgotten,
    /// Too many requests already wait.
    TooManyWaiters,
    /// The store is another process, and does not answer.
    Unavailable,
}
