//! The fields of a form upload: the same for its policy and for the object that is stored.

/// What stands for the name of the file in the field `key`, and in conditions on it.
const FILE_NAME: &str = "${filename}";

/// The fields of a form before the file. Names are compared without case; of several fields with one name the first counts.
#[derive(Debug, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    file_name: String,
}

impl Form {
    /// Puts the name of the file into the key, and its type, if it has one, in the place of a missing `Content-Type`.
    pub(crate) fn new(fields: Vec<(String, String)>, file_name: String, file_type: Option<String>) -> Self {
        let mut form = Self { fields: Vec::with_capacity(fields.len()), file_name };
        for (name, value) in fields.into_iter().chain(file_type.map(|value| ("content-type".to_owned(), value))) {
            if form.field(&name).is_none() {
                let value = form.expand(&name, &value);
                form.fields.push((name, value));
            }
        }
        form
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// A value of the field `name` with the name of the file in it.
    pub(crate) fn expand(&self, name: &str, value: &str) -> String {
        if name.eq_ignore_ascii_case("key") { value.replace(FILE_NAME, &self.file_name) } else { value.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_value_for_all_who_ask() {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let fields = vec![field("Key", "a/${filename}"), field("key", "b"), field("x:n", "${filename}")];
        let form = Form::new(fields, "f.txt".to_owned(), Some("text/plain".to_owned()));
        assert_eq!(
            form.fields(),
            [field("Key", "a/f.txt"), field("x:n", "${filename}"), field("content-type", "text/plain")]
        );
        let form = Form::new(vec![field("Content-Type", "image/png")], String::new(), Some("text/plain".to_owned()));
        assert_eq!(form.field("content-type"), Some("image/png"));
    }
}
