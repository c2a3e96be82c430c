//! What the many small attributes have in common.

/// An attribute that is there or not.
macro_rules! flag_attribute {
    ($(#[$meta:meta])* $name:ident, $text:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name;

        impl crate::Attribute for $name {
            const NAME: &'static str = $text;
        }

        impl core::str::FromStr for $name {
            type Err = crate::FieldError;

            fn from_str(value: &str) -> Result<Self, crate::FieldError> {
                crate::grammar::Cursor::new(value).end($text)?;
                Ok(Self)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, _: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                Ok(())
            }
        }
    };
}

/// An attribute that is one decimal number.
macro_rules! number_attribute {
    ($(#[$meta:meta])* $name:ident($number:ty), $text:literal, $field:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $number);

        impl crate::Attribute for $name {
            const NAME: &'static str = $text;
        }

        impl core::str::FromStr for $name {
            type Err = crate::FieldError;

            fn from_str(value: &str) -> Result<Self, crate::FieldError> {
                let mut cursor = crate::grammar::Cursor::new(value);
                let number = cursor.number($field)?;
                cursor.end($field)?;
                Ok(Self(number))
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

/// An attribute that is one piece of text, checked when it is made. One that is `secret` does not show it
/// in `Debug`.
macro_rules! text_attribute {
    (secret $(#[$meta:meta])* $name:ident, $($rest:tt)*) => {
        text_attribute! { @define $(#[$meta])* $name, $($rest)* }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{}({} characters)", stringify!($name), self.0.len())
            }
        }
    };
    (@define $(#[$meta:meta])* $name:ident, $text:literal, $field:literal, $lengths:expr, $allowed:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(alloc::string::String);

        impl $name {
            /// Takes the text.
            ///
            /// # Errors
            /// If it is empty, or has a length or a character that its grammar does not allow.
            pub fn new(text: &str) -> Result<Self, crate::FieldError> {
                crate::grammar::checked(text, $field, $lengths, $allowed)
                    .map(|text| Self(text.into()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl crate::Attribute for $name {
            const NAME: &'static str = $text;
        }

        impl core::str::FromStr for $name {
            type Err = crate::FieldError;

            fn from_str(value: &str) -> Result<Self, crate::FieldError> {
                Self::new(value.trim_matches(' '))
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
    ($(#[$meta:meta])* $name:ident, $($rest:tt)*) => {
        text_attribute! { @define $(#[$meta])* #[derive(Debug)] $name, $($rest)* }
    };
}

/// Several of [`text_attribute`].
macro_rules! text_attributes {
    ($($(#[$meta:meta])* $name:ident, $text:literal, $field:literal, $lengths:expr, $allowed:expr;)+) => {
        $(text_attribute! { $(#[$meta])* $name, $text, $field, $lengths, $allowed })+
    };
}

/// A closed set of words, compared without regard to case as ABNF strings are. With `attribute`, the words
/// are the values of the attribute of that name.
macro_rules! words {
    (
        $(#[$meta:meta])* $vis:vis enum $name:ident, attribute $text:literal, $($rest:tt)*
    ) => {
        words! { $(#[$meta])* $vis enum $name, $($rest)* }

        impl crate::Attribute for $name {
            const NAME: &'static str = $text;
        }
    };
    (
        $(#[$meta:meta])* $vis:vis enum $name:ident, $field:literal {
            $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// How it is written.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl core::str::FromStr for $name {
            type Err = crate::FieldError;

            fn from_str(value: &str) -> Result<Self, crate::FieldError> {
                let value = value.trim_matches(' ');
                $(if value.eq_ignore_ascii_case($text) {
                    return Ok(Self::$variant);
                })+
                Err(if value.is_empty() {
                    crate::FieldError::missing($field)
                } else {
                    crate::FieldError::malformed($field)
                })
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// Words that others may be added to: the known ones, and the text of any other.
macro_rules! open_words {
    (
        $(#[$meta:meta])* $vis:vis enum $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        $vis enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// Any other, as it was written.
            Other(alloc::string::String),
        }

        impl $name {
            /// How it is written.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(other) => other,
                }
            }
        }

        impl From<&str> for $name {
            /// The word, in any case.
            fn from(word: &str) -> Self {
                $(if word.eq_ignore_ascii_case($text) {
                    return Self::$variant;
                })+
                Self::Other(word.into())
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use {
    flag_attribute, number_attribute, open_words, text_attribute, text_attributes, words,
};
