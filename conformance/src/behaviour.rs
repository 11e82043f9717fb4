//! One list of behaviours that every OSS has, tried on the simulation, on the emulator over TCP and, where the environment has
//! keys for it, on the real service.
//!
//! What is expected is what the service's documents say. A behaviour that holds in one place and not in another is a defect of
//! the simulation, of the emulator or of the client.

mod copies;
mod downloads;
mod objects;
mod place;
mod refusals;
mod trial;
mod uploads;

use std::pin::Pin;
use std::time::Duration;

use anyhow::{Result, bail};

use self::place::Place;
use self::trial::Trial;

/// What holds of every OSS.
struct Behaviour {
    says: &'static str,
    /// Why it cannot be seen in the simulation, if it cannot.
    not_simulated: Option<&'static str>,
    show: for<'a> fn(&'a Trial<'a>) -> Shown<'a>,
}

type Shown<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// Shows that behaviours hold: the simulation and the emulator have to have all of them, and the real service, if there are keys.
///
/// # Errors
/// If one does not hold, or something is left behind.
pub(super) fn run() -> Result<()> {
    let mut failed = try_all(&Place::simulation()?)?;
    failed += try_all(&Place::emulator(&[])?)?;
    match Place::real(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))? {
        Ok(place) if place.has_versions()? => {
            println!("real OSS: not run; {} has or had versions, of which some would be left", place.bucket());
        }
        Ok(place) => failed += try_all(&place)?,
        Err(missing) => println!("real OSS: not run; set {missing} to run it"),
    }
    if failed > 0 {
        bail!("{failed} behaviours do not hold");
    }
    Ok(())
}

/// How many of the behaviours do not hold in a place.
fn try_all(place: &Place) -> Result<usize> {
    let (mut held, mut failed) = (0, 0);
    for (number, behaviour) in BEHAVIOURS.iter().enumerate() {
        if let Some(why) = behaviour.not_simulated.filter(|_| place.is_simulated()) {
            println!("{}: left out: {}: {why}", place.name(), behaviour.says);
            continue;
        }
        let trial = Trial::new(place, number)?;
        let shown = place.block_on(async {
            let limited = tokio::time::timeout(PATIENCE, (behaviour.show)(&trial)).await;
            limited.unwrap_or_else(|_| bail!("not done after {} s", PATIENCE.as_secs()))
        });
        match shown {
            Ok(()) => held += 1,
            Err(error) => {
                failed += 1;
                println!("{}: DOES NOT HOLD: {}: {error:#}", place.name(), behaviour.says);
            }
        }
    }
    // After a failure too.
    place.clean()?;
    println!("{}: {held} of {} behaviours hold, {failed} do not", place.name(), BEHAVIOURS.len());
    Ok(failed)
}

/// What takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(600);

/// The list: a sentence and what shows it.
macro_rules! behaviours {
    ($($says:literal, $show:path $(, not simulated: $why:literal)?;)*) => {
        &[$(Behaviour {
            says: $says,
            not_simulated: behaviours!(@ $($why)?),
            show: |trial| Box::pin($show(trial)),
        }),*]
    };
    (@) => { None };
    (@ $why:literal) => { Some($why) };
}

const BEHAVIOURS: &[Behaviour] = behaviours! {
    "a small file goes by one request and comes back", uploads::small_file;
    "a file of no bytes is an object of no bytes", uploads::empty_file;
    "a larger file goes in parts and comes back", uploads::parts;
    "a stream of unknown length goes in parts", uploads::stream;
    "an object is replaced by the next upload", uploads::replaced;
    "content type and metadata stay with the object, by one request or in parts", uploads::metadata;
    "an upload that was stopped sends only what is missing", uploads::resumed;
    "an upload that is cancelled leaves nothing", uploads::cancelled;
    "an upload that is aborted leaves nothing and is known no longer", uploads::aborted;
    "parts that were sent are listed, and an upload of other parts is refused", uploads::listed_parts;
    "where overwriting is forbidden the first object stays", uploads::forbidden;
    "a copy has the bytes and the metadata of its source", copies::whole;
    "a copy in parts has them too", copies::in_parts;
    "a copy of what is not there is refused", copies::missing;
    "an object comes back whole, verified, to a file and as a stream", downloads::whole;
    "a range comes back as asked for", downloads::ranges;
    "a download that was stopped fetches only what is missing", downloads::resumed;
    "a download of what is not there leaves the file that was there", downloads::missing;
    "an object is read only if its entity tag fits the condition", objects::conditions;
    "a list has every object once, in order, over several pages", objects::list;
    "an object that is deleted is gone, and may be deleted again", objects::deleted;
    "many objects are deleted by one request", objects::many_deleted;
    "keys of any characters are kept", objects::keys, not simulated: "its keys are plain";
    "what does not exist is refused with 404", refusals::missing;
    "a key that the service does not know is refused with 403", refusals::unknown_key;
    "a signature by another secret is refused with 403", refusals::wrong_secret, not simulated: "it checks no signatures";
};

#[cfg(test)]
mod tests {
    use oss_emulator::{Fault, FaultEffect};
    use ossup::{InitiateMultipartUploadRequest, PutObjectRequest};

    use super::*;
    use crate::server::Server;

    /// As the environment of someone with keys has them.
    fn environment(server: &Server) -> impl Fn(&str) -> Option<String> {
        let (id, secret) = Server::key();
        let (endpoint, region) = (server.emulator.endpoint().to_owned(), server.emulator.region().to_owned());
        move |name| match name {
            "OSS_ACCESS_KEY_ID" => Some(id.to_owned()),
            "OSS_ACCESS_KEY_SECRET" => Some(secret.to_owned()),
            "OSS_REGION" => Some(region.clone()),
            "OSS_BUCKET" => Some("shared".to_owned()),
            "OSS_ENDPOINT" => Some(endpoint.clone()),
            _ => None,
        }
    }

    #[test]
    fn keys_in_the_environment_lead_to_a_bucket_that_is_left_as_it_was() {
        let server = Server::with(|builder| builder.bucket("shared")).unwrap();
        let client = server.client().unwrap();
        server.runtime.block_on(async {
            client.put_object(PutObjectRequest::new("shared", "ossup-behaviour").body("x")).await.unwrap();
            let request = InitiateMultipartUploadRequest::new("shared", "another client's");
            client.initiate_multipart_upload(request).await.unwrap();
        });
        let place = Place::real(environment(&server)).unwrap().unwrap();
        assert_eq!(try_all(&place).unwrap(), 0);
        let objects = server.emulator.objects("shared").unwrap();
        assert_eq!(objects.iter().map(|object| object.key.as_str()).collect::<Vec<_>>(), ["ossup-behaviour"]);
        assert_eq!(server.emulator.uploads("shared").unwrap().len(), 1);
    }

    #[test]
    fn without_keys_it_is_said_which_are_missing() {
        let server = Server::start().unwrap();
        let all = environment(&server);
        let without = |missing: &'static [&str]| Place::real(|name| all(name).filter(|_| !missing.contains(&name)));
        assert_eq!(without(&["OSS_BUCKET"]).unwrap().err().as_deref(), Some("OSS_BUCKET"));
        assert_eq!(
            without(&["OSS_REGION", "OSS_ACCESS_KEY_ID"]).unwrap().err().as_deref(),
            Some("OSS_ACCESS_KEY_ID, OSS_REGION")
        );
        assert!(without(&["OSS_ENDPOINT"]).unwrap().is_ok(), "the endpoint follows from the region");
    }

    #[test]
    fn an_oss_that_behaves_otherwise_is_found() {
        let corrupt = Fault::on("GetObject").always().effect(FaultEffect::FlipByte(5));
        assert!(try_all(&Place::emulator(&[corrupt]).unwrap()).unwrap() >= 5);
        let accepting = Fault::on("HeadObject").always().respond(200, "");
        assert!(try_all(&Place::emulator(&[accepting]).unwrap()).unwrap() >= 1);
    }
}
