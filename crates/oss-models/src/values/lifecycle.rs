//! Lifecycle rules of a bucket: as values, and as the XML that is sent and read.

use std::time::SystemTime;

use serde::Serialize;

use crate::draft::{Draft, Payload};
use crate::response::read::{FromXml, Node, Unreadable};
use crate::xml::XmlWriter;
use crate::{InvalidRequest, RuleStatus, StorageClass, Tag};

/// The lifecycle rules of a bucket, 1 to 1,000.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LifecycleConfiguration {
    /// The rules.
    pub rules: Vec<LifecycleRule>,
}

impl LifecycleConfiguration {
    /// Most rules of one bucket.
    pub const MAX_RULES: usize = 1_000;

    /// These rules.
    pub fn new(rules: impl IntoIterator<Item = LifecycleRule>) -> Self {
        Self { rules: rules.into_iter().collect() }
    }
}

/// What happens to which objects and parts, and when. OSS looks at the rules about once a day.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LifecycleRule {
    /// Name of the rule, at most 255 bytes. Default: OSS makes one up.
    pub id: Option<String>,
    /// Whether the rule is applied.
    pub status: RuleStatus,
    /// Only keys that begin with it. Default: all keys.
    pub prefix: Option<String>,
    /// Only objects that have all of these tags.
    pub tags: Vec<Tag>,
    /// Further conditions on the objects.
    pub filter: Option<LifecycleFilter>,
    /// When objects are removed.
    pub expiration: Option<LifecycleExpiration>,
    /// When objects get another storage class.
    pub transitions: Vec<LifecycleTransition>,
    /// When the parts of uploads that were neither completed nor aborted are removed.
    pub abort_multipart_upload: Option<LifecycleAge>,
    /// Days after which a version that is no longer the current one is removed.
    pub noncurrent_version_expiration_days: Option<u32>,
    /// When versions that are no longer the current ones get another storage class.
    pub noncurrent_version_transitions: Vec<LifecycleTransition>,
    /// When access tracking was switched on, in seconds since 1970; set by OSS.
    pub atime_base: Option<u64>,
}

impl LifecycleRule {
    /// A rule of this name that is applied to all objects, and does nothing yet.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: Some(id.into()),
            status: RuleStatus::Enabled,
            prefix: None,
            tags: Vec::new(),
            filter: None,
            expiration: None,
            transitions: Vec::new(),
            abort_multipart_upload: None,
            noncurrent_version_expiration_days: None,
            noncurrent_version_transitions: Vec::new(),
            atime_base: None,
        }
    }

    /// Sets whether the rule is applied. Default: [`RuleStatus::Enabled`].
    #[must_use]
    pub fn status(mut self, status: impl Into<RuleStatus>) -> Self {
        self.status = status.into();
        self
    }

    /// Limits the rule to keys that begin with `prefix`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Limits the rule to objects that have this tag, besides those named before.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push(Tag::new(key, value));
        self
    }

    /// Limits the rule by further conditions.
    #[must_use]
    pub fn filter(mut self, filter: LifecycleFilter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Sets when objects are removed.
    #[must_use]
    pub fn expiration(mut self, expiration: impl Into<LifecycleExpiration>) -> Self {
        self.expiration = Some(expiration.into());
        self
    }

    /// Adds a change of storage class.
    #[must_use]
    pub fn transition(mut self, transition: LifecycleTransition) -> Self {
        self.transitions.push(transition);
        self
    }

    /// Sets when the parts of uploads that were neither completed nor aborted are removed.
    #[must_use]
    pub fn abort_multipart_upload(mut self, age: LifecycleAge) -> Self {
        self.abort_multipart_upload = Some(age);
        self
    }

    /// Sets after how many days a version that is no longer the current one is removed.
    #[must_use]
    pub fn noncurrent_version_expiration_days(mut self, days: u32) -> Self {
        self.noncurrent_version_expiration_days = Some(days);
        self
    }

    /// Adds a change of storage class of versions that are no longer the current ones; only by days.
    #[must_use]
    pub fn noncurrent_version_transition(mut self, transition: LifecycleTransition) -> Self {
        self.noncurrent_version_transitions.push(transition);
        self
    }
}

/// When a rule is applied to an object: once it has not been written for some days, or if it was not written since a date.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LifecycleAge {
    /// Days since the object was last written (or accessed), at least 1.
    Days(u32),
    /// Not written since this date, which has to be midnight UTC.
    #[serde(serialize_with = "crate::serialize::system_time")]
    CreatedBeforeDate(SystemTime),
}

/// When objects are removed.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LifecycleExpiration {
    /// When the current version is removed.
    pub age: Option<LifecycleAge>,
    /// Whether a delete marker that hides no version any more is removed; in a bucket with versioning, without `age`.
    pub expired_object_delete_marker: bool,
}

impl LifecycleExpiration {
    /// Removes delete markers that hide no version any more.
    pub fn of_delete_markers() -> Self {
        Self { age: None, expired_object_delete_marker: true }
    }
}

impl From<LifecycleAge> for LifecycleExpiration {
    fn from(age: LifecycleAge) -> Self {
        Self { age: Some(age), expired_object_delete_marker: false }
    }
}

/// When objects get another storage class.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LifecycleTransition {
    /// How old an object has to be, or before which day it was changed.
    pub age: Option<LifecycleAge>,
    /// The other storage class.
    pub storage_class: StorageClass,
    /// Whether the time counts from the last access instead of the last write. Default: no.
    pub is_access_time: Option<bool>,
    /// Whether an object becomes `Standard` again when it is read; with `is_access_time`.
    pub return_to_std_when_visit: Option<bool>,
    /// Whether objects below 64 KiB take part; with `is_access_time`.
    pub allow_small_file: Option<bool>,
}

impl LifecycleTransition {
    /// To this class at that age.
    pub fn new(age: LifecycleAge, storage_class: impl Into<StorageClass>) -> Self {
        Self {
            age: Some(age),
            storage_class: storage_class.into(),
            is_access_time: None,
            return_to_std_when_visit: None,
            allow_small_file: None,
        }
    }

    /// Counts the time from the last access instead of the last write.
    #[must_use]
    pub fn is_access_time(mut self, is_access_time: bool) -> Self {
        self.is_access_time = Some(is_access_time);
        self
    }

    /// Makes an object `Standard` again when it is read; with `is_access_time`.
    #[must_use]
    pub fn return_to_std_when_visit(mut self, returns: bool) -> Self {
        self.return_to_std_when_visit = Some(returns);
        self
    }

    /// Lets objects below 64 KiB take part; with `is_access_time`.
    #[must_use]
    pub fn allow_small_file(mut self, allowed: bool) -> Self {
        self.allow_small_file = Some(allowed);
        self
    }
}

/// Further conditions of a rule.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LifecycleFilter {
    /// Only objects of more bytes.
    pub object_size_greater_than: Option<u64>,
    /// Only objects of fewer bytes.
    pub object_size_less_than: Option<u64>,
    /// Not these objects.
    pub nots: Vec<LifecycleNot>,
}

impl LifecycleFilter {
    /// No conditions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only objects of more bytes.
    #[must_use]
    pub fn object_size_greater_than(mut self, bytes: u64) -> Self {
        self.object_size_greater_than = Some(bytes);
        self
    }

    /// Only objects of fewer bytes.
    #[must_use]
    pub fn object_size_less_than(mut self, bytes: u64) -> Self {
        self.object_size_less_than = Some(bytes);
        self
    }

    /// Not these objects, besides those named before.
    #[must_use]
    pub fn not(mut self, not: LifecycleNot) -> Self {
        self.nots.push(not);
        self
    }
}

/// Objects to which a rule is not applied: those with this prefix and, if given, this tag.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LifecycleNot {
    /// Beginning of their keys; it begins with the rule's own prefix.
    pub prefix: String,
    /// Tag that they have.
    pub tag: Option<Tag>,
}

impl LifecycleNot {
    /// Objects whose keys begin with `prefix`.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), tag: None }
    }

    /// Only those of them that have this tag.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tag = Some(Tag::new(key, value));
        self
    }
}

impl Payload for LifecycleConfiguration {
    fn write(&self, field: &'static str, draft: &mut Draft) -> Result<(), InvalidRequest> {
        let refuse = |reason: String| InvalidRequest::new(field, reason);
        let count = self.rules.len();
        if !(1..=Self::MAX_RULES).contains(&count) {
            return Err(refuse(format!("must have 1 to {} rules, got {count}", Self::MAX_RULES)));
        }
        self.rules.iter().try_for_each(LifecycleRule::check).map_err(refuse)?;
        let mut writer = XmlWriter::new();
        writer.parent("LifecycleConfiguration", |configuration| {
            self.rules.iter().for_each(|rule| configuration.parent("Rule", |element| rule.write(element)));
        });
        draft.xml(writer.finish());
        Ok(())
    }
}

impl LifecycleRule {
    fn check(&self) -> Result<(), String> {
        if let Some(id) = self.id.as_ref().filter(|id| id.len() > 255) {
            return Err(format!("must have rules with names of at most 255 bytes, got one of {}", id.len()));
        }
        let transitions = self.transitions.iter().chain(&self.noncurrent_version_transitions);
        let ages = transitions.filter_map(|transition| transition.age);
        let ages = ages.chain(self.expiration.as_ref().and_then(|expiration| expiration.age));
        ages.chain(self.abort_multipart_upload).try_for_each(LifecycleAge::check)?;
        if self.noncurrent_version_expiration_days == Some(0) {
            return LifecycleAge::Days(0).check();
        }
        let by_days = |transition: &LifecycleTransition| matches!(transition.age, Some(LifecycleAge::Days(_)));
        if self.noncurrent_version_transitions.iter().all(by_days) {
            Ok(())
        } else {
            Err("must have a number of days for versions that are no longer the current ones".to_owned())
        }
    }

    fn write(&self, rule: &mut XmlWriter) {
        leaf(rule, "ID", self.id.as_ref());
        rule.leaf("Prefix", self.prefix.as_deref().unwrap_or_default());
        rule.leaf("Status", self.status.as_str());
        for tag in &self.tags {
            rule.parent("Tag", |element| write_tag(element, tag));
        }
        if let Some(filter) = &self.filter {
            rule.parent("Filter", |element| filter.write(element));
        }
        if let Some(expiration) = &self.expiration {
            rule.parent("Expiration", |element| {
                write_age(element, expiration.age, "Days");
                if expiration.expired_object_delete_marker {
                    element.leaf("ExpiredObjectDeleteMarker", "true");
                }
            });
        }
        for transition in &self.transitions {
            rule.parent("Transition", |element| transition.write(element, "Days"));
        }
        if let Some(age) = self.abort_multipart_upload {
            rule.parent("AbortMultipartUpload", |element| write_age(element, Some(age), "Days"));
        }
        if let Some(days) = self.noncurrent_version_expiration_days {
            rule.parent("NoncurrentVersionExpiration", |element| element.leaf("NoncurrentDays", &days.to_string()));
        }
        for transition in &self.noncurrent_version_transitions {
            rule.parent("NoncurrentVersionTransition", |element| transition.write(element, "NoncurrentDays"));
        }
    }
}

impl LifecycleAge {
    fn check(self) -> Result<(), String> {
        const DAY: u64 = 24 * 60 * 60;
        match self {
            Self::Days(0) => Err("must have at least 1 day, got 0".to_owned()),
            Self::Days(_) => Ok(()),
            Self::CreatedBeforeDate(date) => {
                let since = date.duration_since(SystemTime::UNIX_EPOCH).ok();
                let is_midnight = since.is_some_and(|since| since.as_secs() % DAY == 0 && since.subsec_nanos() == 0);
                if is_midnight { Ok(()) } else { Err("must have dates at midnight UTC, from 1970 on".to_owned()) }
            }
        }
    }
}

impl LifecycleTransition {
    fn write(&self, element: &mut XmlWriter, days: &str) {
        write_age(element, self.age, days);
        element.leaf("StorageClass", self.storage_class.as_str());
        leaf(element, "IsAccessTime", self.is_access_time);
        leaf(element, "ReturnToStdWhenVisit", self.return_to_std_when_visit);
        leaf(element, "AllowSmallFile", self.allow_small_file);
    }

    fn read(node: Node<'_>, days: &str) -> Result<Self, Unreadable> {
        Ok(Self {
            age: read_age(node, days)?,
            storage_class: node.required("StorageClass")?,
            is_access_time: node.text("IsAccessTime")?,
            return_to_std_when_visit: node.text("ReturnToStdWhenVisit")?,
            allow_small_file: node.text("AllowSmallFile")?,
        })
    }
}

impl LifecycleFilter {
    fn write(&self, filter: &mut XmlWriter) {
        leaf(filter, "ObjectSizeGreaterThan", self.object_size_greater_than);
        leaf(filter, "ObjectSizeLessThan", self.object_size_less_than);
        for not in &self.nots {
            filter.parent("Not", |element| {
                element.leaf("Prefix", &not.prefix);
                if let Some(tag) = &not.tag {
                    element.parent("Tag", |element| write_tag(element, tag));
                }
            });
        }
    }
}

fn leaf(writer: &mut XmlWriter, name: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        writer.leaf(name, &value.to_string());
    }
}

fn write_tag(element: &mut XmlWriter, tag: &Tag) {
    element.leaf("Key", &tag.key);
    element.leaf("Value", &tag.value);
}

fn write_age(element: &mut XmlWriter, age: Option<LifecycleAge>, days: &str) {
    match age {
        Some(LifecycleAge::Days(count)) => element.leaf(days, &count.to_string()),
        Some(LifecycleAge::CreatedBeforeDate(date)) => {
            let date = jiff::Timestamp::try_from(date).unwrap_or_default();
            element.leaf("CreatedBeforeDate", &date.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string());
        }
        None => {}
    }
}

fn read_age(node: Node<'_>, days: &str) -> Result<Option<LifecycleAge>, Unreadable> {
    match node.text(days)? {
        Some(days) => Ok(Some(LifecycleAge::Days(days))),
        None => Ok(node.text("CreatedBeforeDate")?.map(LifecycleAge::CreatedBeforeDate)),
    }
}

impl FromXml for LifecycleConfiguration {
    fn from_xml(node: Node<'_>) -> Result<Self, Unreadable> {
        Ok(Self { rules: node.list("Rule")? })
    }
}

impl FromXml for LifecycleRule {
    fn from_xml(node: Node<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            id: node.text("ID")?,
            status: node.required("Status")?,
            prefix: node.text("Prefix")?,
            tags: node.list("Tag")?,
            filter: node.child("Filter")?,
            expiration: node.child("Expiration")?,
            transitions: node.list_by("Transition", |node| LifecycleTransition::read(node, "Days"))?,
            abort_multipart_upload: match node.at("AbortMultipartUpload") {
                Some(node) => read_age(node, "Days")?,
                None => None,
            },
            noncurrent_version_expiration_days: node.text("NoncurrentVersionExpiration/NoncurrentDays")?,
            noncurrent_version_transitions: node
                .list_by("NoncurrentVersionTransition", |node| LifecycleTransition::read(node, "NoncurrentDays"))?,
            atime_base: node.text("AtimeBase")?,
        })
    }
}

impl FromXml for LifecycleExpiration {
    fn from_xml(node: Node<'_>) -> Result<Self, Unreadable> {
        Ok(Self { age: read_age(node, "Days")?, expired_object_delete_marker: node.flag("ExpiredObjectDeleteMarker")? })
    }
}

impl FromXml for LifecycleFilter {
    fn from_xml(node: Node<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            object_size_greater_than: node.text("ObjectSizeGreaterThan")?,
            object_size_less_than: node.text("ObjectSizeLessThan")?,
            nots: node.list("Not")?,
        })
    }
}

impl FromXml for LifecycleNot {
    fn from_xml(node: Node<'_>) -> Result<Self, Unreadable> {
        let prefix: Option<String> = node.text("Prefix")?;
        Ok(Self { prefix: prefix.unwrap_or_default(), tag: node.child("Tag")? })
    }
}
