//! AssumeRole in two parts: first the credentials to ask with, then the role.

use std::time::SystemTime;

use super::single::Single;
use super::{Conversation, Event, Exchange, Step, sts};
use crate::credentials::error::CredentialsError;
use crate::credentials::source::RoleSession;

pub(super) struct Assume {
    session: RoleSession,
    part: Part,
}

enum Part {
    Base(Exchange),
    Role(Single),
}

impl Assume {
    pub(super) fn new(base: Exchange, session: RoleSession) -> Self {
        Self { session, part: Part::Base(base) }
    }
}

impl Conversation for Assume {
    fn next(&mut self, now: SystemTime) -> Result<Step, CredentialsError> {
        match &mut self.part {
            Part::Base(base) => match base.next(now)? {
                Step::Done(credentials) => {
                    let mut role = sts::with_credentials(credentials, self.session.clone());
                    let step = role.next(now);
                    self.part = Part::Role(role);
                    step
                }
                step => Ok(step),
            },
            Part::Role(role) => role.next(now),
        }
    }

    fn on_event(&mut self, event: Event<'_>) -> Result<(), CredentialsError> {
        match &mut self.part {
            Part::Base(base) => base.on_event(event),
            Part::Role(role) => role.on_event(event),
        }
    }
}
