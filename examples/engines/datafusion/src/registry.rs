//! `oss://` for DataFusion: a store for each bucket, made when a query first names it.

use std::fmt;
use std::sync::Arc;

use anyhow::Result;
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::execution::object_store::{DefaultObjectStoreRegistry, ObjectStoreRegistry};
use object_store::ObjectStore;
use url::Url;

type Make = dyn Fn(&str) -> Result<Arc<dyn ObjectStore>> + Send + Sync;

/// DataFusion's own registry, and the buckets of `oss://`.
pub(crate) struct OssRegistry {
    others: DefaultObjectStoreRegistry,
    make: Box<Make>,
}

impl OssRegistry {
    /// `make` builds the store for a bucket; it is called once for each.
    pub(crate) fn new(make: impl Fn(&str) -> Result<Arc<dyn ObjectStore>> + Send + Sync + 'static) -> Self {
        Self { others: DefaultObjectStoreRegistry::new(), make: Box::new(make) }
    }
}

impl fmt::Debug for OssRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OssRegistry").field("others", &self.others).finish_non_exhaustive()
    }
}

impl ObjectStoreRegistry for OssRegistry {
    fn register_store(&self, url: &Url, store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        self.others.register_store(url, store)
    }

    fn deregister_store(&self, url: &Url) -> QueryResult<Arc<dyn ObjectStore>> {
        self.others.deregister_store(url)
    }

    fn get_store(&self, url: &Url) -> QueryResult<Arc<dyn ObjectStore>> {
        let known = self.others.get_store(url);
        let Some(bucket) = url.host_str().filter(|_| known.is_err() && url.scheme() == "oss") else { return known };
        let store = (self.make)(bucket).map_err(|error| DataFusionError::External(error.into()))?;
        self.others.register_store(url, Arc::clone(&store));
        Ok(store)
    }
}
