/// Declares the options of a kind of transfer once: as fields of a struct, and as setters of the same name on the struct and
/// on every type that has a field `options` of it.
///
/// In the order of the names: what is declared, its type, and the type that its setters take.
///
/// ```
/// use oss_transfer::options;
///
/// options! {
///     /// Options of a move.
///     pub struct MoveOptions for { Mover }
///
///     /// Attempts in all. Default 8.
///     attempts: u32 = u32;
/// }
///
/// #[derive(Default)]
/// pub struct Mover {
///     options: MoveOptions,
/// }
///
/// let mover = Mover::default().attempts(3);
/// assert_eq!(mover.options.or(&MoveOptions::default()).attempts, Some(3));
/// ```
#[macro_export]
macro_rules! options {
    (
        $(#[doc = $about:literal])+
        pub struct $options:ident for $({ $($target:tt)+ })+

        $( $(#[doc = $doc:literal])+ $name:ident: $type:ty = $parameter:ty; )+
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Default)]
        #[non_exhaustive]
        pub struct $options {
            $( $(#[doc = $doc])+ pub $name: Option<$type>, )+
        }

        impl $options {
            $( $(#[doc = $doc])+
            #[must_use = "a setter gives back what it changed"]
            pub fn $name(mut self, $name: $parameter) -> Self {
                self.$name = Some($name.into());
                self
            } )+

            /// These options, completed by those of `outer`.
            pub(crate) fn or(self, outer: &Self) -> Self {
                Self { $( $name: self.$name.or_else(|| outer.$name.clone()), )+ }
            }
        }

        $crate::options!(@targets $options [ $( $(#[doc = $doc])+ $name = $parameter; )+ ] $({ $($target)+ })+);
    };
    (@targets $options:ident $declared:tt $({ $($target:tt)+ })+) => {
        $( $crate::options!(@setters $options $declared $($target)+); )+
    };
    (@setters $options:ident [ $( $(#[doc = $doc:literal])+ $name:ident = $parameter:ty; )+ ] $($target:tt)+) => {
        impl $($target)+ {
            /// Sets several options at once; those that are `None` stay as they are. Default: all are `None`.
            #[must_use = "a setter gives back what it changed"]
            pub fn options(mut self, options: $options) -> Self {
                self.options = options.or(&self.options);
                self
            }

            $( $(#[doc = $doc])+
            #[must_use = "a setter gives back what it changed"]
            pub fn $name(mut self, $name: $parameter) -> Self {
                self.options.$name = Some($name.into());
                self
            } )+
        }
    };
}
