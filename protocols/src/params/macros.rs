//! Macros that make parameter structs readable and writable by name.

/// An enum that scenario files spell by name.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$case_doc:meta])* $case:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$case_doc])* $case),+ }

        impl $crate::params::Named for $type {
            const ALL: &'static [(&'static str, Self)] = &[$(($name, Self::$case)),+];
            const NAMES: &'static [&'static str] = &[$($name),+];

            fn name(self) -> &'static str {
                match self { $(Self::$case => $name),+ }
            }
        }
    };
}

/// The kind of a field from its short form.
macro_rules! kind {
    (count $min:expr, $max:expr) => {
        $crate::params::FieldKind::Count { min: $min, max: $max }
    };
    (span $min:expr) => {
        $crate::params::FieldKind::Span { min: $min, max: $crate::params::YEAR }
    };
    (bool) => {
        $crate::params::FieldKind::Bool
    };
    (choice $type:ident) => {
        $crate::params::FieldKind::Choice(<$type as $crate::params::Named>::NAMES)
    };
    (bytes $min:expr, $max:expr) => {
        $crate::params::FieldKind::Bytes { min: $min, max: $max }
    };
    (quorum) => {
        $crate::params::FieldKind::Quorum
    };
}

/// How a field is read.
macro_rules! getter {
    (count, $field:ident) => {
        |p| $crate::params::ParamValue::Count(u64::from(p.$field))
    };
    (span, $field:ident) => {
        |p| $crate::params::ParamValue::Span(p.$field)
    };
    (bool, $field:ident) => {
        |p| $crate::params::ParamValue::Bool(p.$field)
    };
    (choice, $field:ident) => {
        |p| $crate::params::ParamValue::Choice($crate::params::Named::name(p.$field).to_owned())
    };
    (bytes, $field:ident) => {
        |p| $crate::params::ParamValue::Bytes(u64::from(p.$field))
    };
    (quorum, $field:ident) => {
        |p| quorum_value(p.$field)
    };
}

/// How a field is written; the kind was checked before.
macro_rules! setter {
    (count, $field:ident) => {
        |p, v| $crate::params::number(v).map(|n| p.$field = n)
    };
    (bytes, $field:ident) => {
        |p, v| $crate::params::number(v).map(|n| p.$field = n)
    };
    (span, $field:ident) => {
        |p, v| if let $crate::params::ParamValue::Span(s) = v { Some(p.$field = *s) } else { None }
    };
    (bool, $field:ident) => {
        |p, v| if let $crate::params::ParamValue::Bool(b) = v { Some(p.$field = *b) } else { None }
    };
    (choice, $field:ident) => {
        |p, v| {
            let $crate::params::ParamValue::Choice(name) = v else { return None };
            $crate::params::Named::from_name(name).map(|value| p.$field = value)
        }
    };
    (quorum, $field:ident) => {
        |p, v| quorum_from(v).map(|q| p.$field = q)
    };
}

/// The fields of a parameter struct with its presets and the relations between fields: all that makes
/// it [`Tunable`](crate::params::Tunable).
macro_rules! fields {
    ($params:ty, $presets:ident $(, $relations:ident)?: $($name:ident: $kind:ident $(($($arg:tt)+))?, $doc:literal, $source:expr;)+) => {
        const FIELDS: $crate::params::FieldSet<$params> = $crate::params::FieldSet {
            infos: &[$($crate::params::FieldInfo {
                name: stringify!($name),
                kind: $crate::params::kind!($kind $($($arg)+)?),
                doc: $doc,
                source: $source,
            }),+],
            access: &[$((
                $crate::params::getter!($kind, $name),
                $crate::params::setter!($kind, $name),
            )),+],
        };

        impl $crate::params::Tunable for $params {
            fn fields() -> &'static [$crate::params::FieldInfo] {
                FIELDS.infos
            }

            fn presets() -> &'static [$crate::params::Preset<Self>] {
                $presets
            }

            fn get(&self, name: &str) -> Option<$crate::params::ParamValue> {
                FIELDS.get(self, name)
            }

            fn set(
                &mut self,
                name: &str,
                value: $crate::params::ParamValue,
            ) -> Result<(), $crate::params::ParamError> {
                FIELDS.set(self, name, &value)
            }

            fn validate(&self) -> Result<(), Vec<$crate::params::ParamError>> {
                FIELDS.validate(self, &[$($relations)?])
            }
        }
    };
}

pub(crate) use {fields, getter, kind, named, setter};
