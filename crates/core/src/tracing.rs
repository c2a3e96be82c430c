//! What engines tell `tracing`, if the program wants to hear it.
//!
//! With the feature `tracing` these macros are those of the crate of that name; their targets are the modules that
//! use them. Without it they are nothing: they check what they are given, but compute none of it and cost neither
//! time nor a dependency. So a layer writes the same line for both, without a `cfg`, and forwards the feature:
//! `tracing = ["strata-core/tracing"]`.
//!
//! ```
//! use strata_core::tracing;
//!
//! # let (error, chunk) = (core::fmt::Error, [1, 2, 3]);
//! tracing::debug!(%error, kind = chunk[0], "chunk dropped");
//! tracing::trace!(?chunk, "chunk");
//! ```
//!
//! An event is a literal message, with or without arguments to format, after any number of fields: `name`, `%name`
//! (by `Display`), `?name` (by `Debug`), and each of them with a value: `name = value`, `name = %value`,
//! `name = ?value`. That is the part of `tracing`'s syntax that both forms know.

#[cfg(feature = "tracing")]
pub use ::tracing::{debug, trace};

#[cfg(not(feature = "tracing"))]
pub use crate::__untold as debug;
#[cfg(not(feature = "tracing"))]
pub use crate::__untold as trace;

/// An event that nobody is told: its values are type-checked and count as used.
#[cfg(not(feature = "tracing"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __untold {
    ($($event:tt)*) => {
        if false {
            $crate::__untold_fields!($($event)*);
        }
    };
}

#[cfg(not(feature = "tracing"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __untold_fields {
    ($message:literal $($arguments:tt)*) => {
        let _ = ::core::format_args!($message $($arguments)*);
    };
    (% $value:expr, $($rest:tt)*) => {
        let _: &dyn ::core::fmt::Display = &$value;
        $crate::__untold_fields!($($rest)*);
    };
    (? $value:expr, $($rest:tt)*) => {
        let _: &dyn ::core::fmt::Debug = &$value;
        $crate::__untold_fields!($($rest)*);
    };
    ($name:ident = % $value:expr, $($rest:tt)*) => {
        let _: &dyn ::core::fmt::Display = &$value;
        $crate::__untold_fields!($($rest)*);
    };
    ($name:ident = ? $value:expr, $($rest:tt)*) => {
        let _: &dyn ::core::fmt::Debug = &$value;
        $crate::__untold_fields!($($rest)*);
    };
    ($name:ident = $value:expr, $($rest:tt)*) => {
        let _ = &$value;
        $crate::__untold_fields!($($rest)*);
    };
    ($name:ident, $($rest:tt)*) => {
        let _ = &$name;
        $crate::__untold_fields!($($rest)*);
    };
}
