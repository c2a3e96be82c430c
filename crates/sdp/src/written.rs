//! What a description and a fragment have in common: lines that are written.

/// Writing of a type that has `lines()`, and reading it by [`FromStr`](core::str::FromStr).
macro_rules! written {
    ($name:ident) => {
        impl $name {
            /// Appends the text. A line that was no UTF-8 when it was read comes out as what
            /// [`Line::text`](crate::Line::text) shows; [`write_bytes`](Self::write_bytes) gives the octets
            /// that were read.
            pub fn write(&self, out: &mut alloc::string::String) {
                // Writing to a string does not fail.
                let _ = crate::line::write_text(self.lines(), out);
            }

            /// Appends the octets.
            pub fn write_bytes(&self, out: &mut alloc::vec::Vec<u8>) {
                crate::line::write_octets(self.lines(), out);
            }

            /// The octets: of what was read, those that were read.
            #[must_use]
            pub fn to_bytes(&self) -> alloc::vec::Vec<u8> {
                let mut out = alloc::vec::Vec::new();
                self.write_bytes(&mut out);
                out
            }
        }

        impl core::str::FromStr for $name {
            type Err = crate::ParseError;

            fn from_str(text: &str) -> Result<Self, crate::ParseError> {
                Self::parse(text)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                crate::line::write_text(self.lines(), f)
            }
        }
    };
}

pub(crate) use written;
