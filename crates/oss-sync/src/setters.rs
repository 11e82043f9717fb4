/// Setters that put a value into the field of their name.
macro_rules! setters {
    ($( $(#[doc = $doc:literal])+ $name:ident: $type:ty; )+) => {
        $( $(#[doc = $doc])+
        pub fn $name(mut self, $name: $type) -> Self {
            self.$name = $name.into();
            self
        } )+
    };
}

pub(crate) use setters;
