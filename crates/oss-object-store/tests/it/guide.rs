//! What the page on data engines shows: `docs/guide/data-engines.md`.

use oss_emulator::Emulator;

use crate::support::options;

async fn start() -> (Emulator, Vec<(String, String)>) {
    let emulator = Emulator::builder().bucket("my-bucket").start().await.unwrap();
    let options = options(&emulator).into_iter().filter(|(name, _)| name != "oss_bucket").collect();
    (emulator, options)
}

#[tokio::test]
async fn a_store_is_built_and_used_as_the_guide_says() {
    use object_store_0_13 as object_store;
    use std::sync::Arc;

    let (_emulator, options) = start().await;
    let environment = options.clone();
    // From the environment a test would take what the machine happens to have.
    let from_environment = || oss_object_store::v0_13::OssStoreBuilder::new().with_options(environment.clone());
    let store = from_environment().with_bucket("my-bucket").build().unwrap();
    let used = async {
        use object_store::path::Path;
        use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode};

        let path = Path::from("table/_delta_log/00000000000000000007.json");
        match store.put_opts(&path, "{}".into(), PutMode::Create.into()).await {
            Ok(_) => println!("version 7 is ours"),
            Err(Error::AlreadyExists { .. }) => println!("another writer was first: read it, and try version 8"),
            Err(error) => return Err(error),
        }
        let bytes = store.get_range(&path, 0..2).await?;
        assert_eq!(bytes, "{}");
        Ok(())
    };
    used.await.unwrap();

    use oss_object_store::v0_13::parse_url;

    let (store, path) = parse_url("oss://my-bucket/table", options).unwrap();
    let store: Arc<dyn object_store::ObjectStore> = Arc::new(store);
    assert_eq!((store.to_string(), path.as_ref()), ("OssStore(my-bucket)".to_owned(), "table"));
}
