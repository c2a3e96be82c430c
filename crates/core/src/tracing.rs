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

#[cfg(test)]
mod tests {
    use core::{cell::Cell, fmt::Error};

    /// Tells one event in every form there is, and counts how often its value is computed.
    fn tell(computed: &Cell<u32>) {
        let (error, number, compute) = (Error, 7_u32, || {
            computed.set(computed.get().wrapping_add(1));
            computed.get()
        });
        crate::tracing::debug!(%error, ?number, number, a = 1, b = %error, c = ?error, "{} of {number}", compute());
        crate::tracing::trace!("two {numbers}", numbers = number);
        crate::tracing::trace!(d = compute(), "one value");
    }

    #[cfg(not(feature = "tracing"))]
    #[test]
    fn without_the_feature_no_value_is_computed() {
        let computed = Cell::new(0);
        tell(&computed);
        assert_eq!(computed.get(), 0);
    }

    #[cfg(feature = "tracing")]
    #[test]
    fn with_the_feature_subscribers_are_told_by_the_module_that_tells() {
        extern crate std;

        use alloc::{format, string::String, vec::Vec};
        use core::fmt::Write as _;
        use std::sync::mpsc::{Sender, channel};

        use ::tracing::{
            Event, Metadata, Subscriber,
            field::{Field, Visit},
            span::{Attributes, Id, Record},
            subscriber::set_global_default,
        };

        struct Listener(Sender<String>);
        struct Message(String);

        impl Visit for Message {
            fn record_debug(&mut self, field: &Field, value: &dyn core::fmt::Debug) {
                write!(self.0, " {}={value:?}", field.name()).unwrap();
            }
        }

        impl Subscriber for Listener {
            fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
                true
            }
            fn new_span(&self, _span: &Attributes<'_>) -> Id {
                Id::from_u64(1)
            }
            fn record(&self, _span: &Id, _values: &Record<'_>) {}
            fn record_follows_from(&self, _span: &Id, _follows: &Id) {}
            fn event(&self, event: &Event<'_>) {
                let mut message = Message(String::from(event.metadata().target()));
                event.record(&mut message);
                self.0.send(message.0).unwrap();
            }
            fn enter(&self, _span: &Id) {}
            fn exit(&self, _span: &Id) {}
        }

        let (sender, told) = channel();
        set_global_default(Listener(sender)).unwrap();
        let computed = Cell::new(0);
        tell(&computed);
        assert_eq!(computed.get(), 2);
        let error = "an error occurred when formatting an argument";
        assert_eq!(
            told.try_iter().collect::<Vec<_>>(),
            [
                format!(
                    "strata_core::tracing::tests message=1 of 7 error={error} number=7 number=7 a=1 b={error} c=Error"
                ),
                String::from("strata_core::tracing::tests message=two 7"),
                String::from("strata_core::tracing::tests message=one value d=2"),
            ]
        );
    }
}
