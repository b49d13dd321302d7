//! The macro behind the enumerations of faults.

/// Defines an enumeration of faults. The line of each fault is its documentation here, on the control page and in the
/// README.
macro_rules! faults {
    ($(#[$doc:meta])* $name:ident { $($fault:ident $line:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $(#[doc = $line] $fault,)+
        }

        impl $name {
            /// All faults, each with its line.
            pub(crate) const ALL: &[(Self, &str)] = &[$((Self::$fault, $line)),+];
        }
    };
}
pub(super) use faults;
