//! Lists of a bucket, by one request or several at once.

use oss_emulator::{Fault, SyntheticObjects};
use oss_models::BucketName;
use oss_sync::{ObjectList, Place, Sync};

use crate::support::{managers, start_with};

/// Two buckets that are listed to their ends, with a page of each in memory.
#[tokio::test]
async fn equal_buckets_cost_their_lists_and_nothing_else() {
    let (emulator, service) = start_with(|emulator| {
        emulator
            .synthetic_bucket("one", SyntheticObjects::new(20_000))
            .synthetic_bucket("two", SyntheticObjects::new(20_000))
    })
    .await;
    let place = |bucket: &str| Place::objects(BucketName::new(bucket).unwrap(), "");
    let sync = Sync::new(place("one"), place("two")).delete(true);
    let summary = sync.start(managers(&service)).await.unwrap().finish().await.unwrap();
    assert_eq!((summary.skipped, summary.failed), (20_000, 0));
    assert_eq!(emulator.history().len(), 40);
}

/// Every shape of keys, whatever is asked for at once: each object once and in order, for few requests more.
#[tokio::test]
async fn several_lists_at_once_give_each_object_once_and_in_order() {
    let shapes = [
        SyntheticObjects::new(8_000),
        SyntheticObjects::new(8_000).folders(200),
        SyntheticObjects::new(8_000).folders(3),
        SyntheticObjects::new(1),
    ];
    for (at, shape) in shapes.into_iter().enumerate() {
        let (emulator, service) = start_with(|emulator| emulator.synthetic_bucket("one", shape)).await;
        for jobs in [2, 16] {
            emulator.clear_history();
            let list = ObjectList::new(BucketName::new("one").unwrap(), "").jobs(jobs);
            let (mut pages, mut last, mut count) = (list.pages(service.clone()), String::new(), 0);
            while let Some(page) = pages.next().await {
                for item in page.unwrap() {
                    let path = item.position().to_owned();
                    assert!(path > last, "{path} after {last}");
                    (last, count) = (path, count + 1);
                }
            }
            assert_eq!(count, shape.count, "shape {at}, {jobs} jobs");
            let (asked, least) = (emulator.history().len(), usize::try_from(shape.count.div_ceil(1_000)).unwrap());
            // To find where numbers with zeros in front end takes some guesses, however few there are.
            assert!(asked <= least + least / 8 + 40, "shape {at}, {jobs} jobs: {asked} of {least}");
        }
        // A failure in any of them ends the list.
        emulator.add_fault(
            Fault::on("ListObjectsV2").nth(u64::from(shape.count > 1) * 4 + 1).respond(403, "AccessDenied").always(),
        );
        let list = ObjectList::new(BucketName::new("one").unwrap(), "").jobs(8);
        let mut pages = list.pages(service.clone());
        let failed = loop {
            match pages.next().await {
                Some(Ok(_)) => {}
                Some(Err(_)) => break true,
                None => break false,
            }
        };
        assert!(failed && pages.next().await.is_none());
        emulator.shutdown().await;
    }
}
