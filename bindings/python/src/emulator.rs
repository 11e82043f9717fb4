//! The emulator, in this process, for tests.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use oss_emulator::{EtagMode, Fault};
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use tokio::runtime::{Builder, Runtime};

/// A running server on threads of its own. It stops by `stop`, or when nothing refers to it any more.
#[pyclass(frozen, module = "ossup._ossup")]
pub(crate) struct Emulator {
    running: Mutex<Option<Running>>,
    /// The process that its threads belong to.
    process: u32,
}

struct Running {
    emulator: oss_emulator::Emulator,
    runtime: Runtime,
}

#[pymethods]
impl Emulator {
    #[new]
    #[pyo3(signature = (buckets, *, port=0, region=None, dir=None, credentials=None, etag=None, history_limit=None))]
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the Python class")]
    fn new(
        py: Python<'_>,
        buckets: Vec<String>,
        port: u16,
        region: Option<String>,
        dir: Option<PathBuf>,
        credentials: Option<(String, String)>,
        etag: Option<&str>,
        history_limit: Option<usize>,
    ) -> PyResult<Self> {
        let mut builder = oss_emulator::Emulator::builder().port(port);
        for bucket in buckets {
            builder = builder.bucket(bucket);
        }
        if let Some(region) = region {
            builder = builder.region(region);
        }
        if let Some(dir) = dir {
            builder = builder.dir(dir);
        }
        if let Some((id, secret)) = credentials {
            builder = builder.credentials(id, secret);
        }
        if let Some(limit) = history_limit {
            builder = builder.history_limit(limit);
        }
        builder = match etag {
            None | Some("md5") => builder,
            Some("crc") => builder.etag(EtagMode::Crc),
            Some(other) => return Err(PyValueError::new_err(format!("`etag` must be md5 or crc, got {other:?}"))),
        };
        let started = py.detach(move || {
            let runtime =
                Builder::new_multi_thread().worker_threads(2).thread_name("oss-emulator").enable_all().build()?;
            let emulator = runtime.block_on(builder.start())?;
            Ok::<_, std::io::Error>(Running { emulator, runtime })
        });
        let running = started.map_err(|error| PyOSError::new_err(format!("could not start the emulator: {error}")))?;
        Ok(Self { running: Mutex::new(Some(running)), process: std::process::id() })
    }

    /// Where it listens.
    #[getter]
    fn endpoint(&self) -> PyResult<String> {
        self.with(|emulator| Ok(emulator.endpoint().to_owned()))
    }

    /// The region that V4 signatures must name.
    #[getter]
    fn region(&self) -> PyResult<String> {
        self.with(|emulator| Ok(emulator.region().to_owned()))
    }

    /// Access key id and secret.
    #[getter]
    fn credentials(&self) -> PyResult<(String, String)> {
        self.with(|emulator| {
            let (id, secret) = emulator.credentials();
            Ok((id.to_owned(), secret.to_owned()))
        })
    }

    /// The latest requests in order of arrival.
    fn history<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let records = self.with(|emulator| Ok(emulator.history()))?;
        records
            .into_iter()
            .map(|record| {
                let facts = PyDict::new(py);
                facts.set_item("operation", record.operation)?;
                facts.set_item("method", record.method)?;
                facts.set_item("bucket", record.bucket)?;
                facts.set_item("key", record.key)?;
                facts.set_item("target", record.target)?;
                facts.set_item("query", record.query)?;
                facts.set_item("headers", record.headers)?;
                facts.set_item("body_len", record.body_len)?;
                facts.set_item("status", record.status)?;
                facts.set_item("error", record.error)?;
                facts.set_item("part_number", record.part_number)?;
                facts.set_item("upload_id", record.upload_id)?;
                facts.set_item("request_id", record.request_id)?;
                Ok(facts)
            })
            .collect()
    }

    /// Empties the history.
    fn clear_history(&self) -> PyResult<()> {
        self.with(|emulator| {
            emulator.clear_history();
            Ok(())
        })
    }

    /// Adds a fault rule, as JSON.
    fn add_fault(&self, rule: &str) -> PyResult<()> {
        let fault: Fault = serde_json::from_str(rule)
            .map_err(|error| PyValueError::new_err(format!("not a rule of the emulator: {error}")))?;
        self.with(|emulator| {
            emulator.add_fault(fault);
            Ok(())
        })
    }

    /// Removes all fault rules.
    fn clear_faults(&self) -> PyResult<()> {
        self.with(|emulator| {
            emulator.clear_faults();
            Ok(())
        })
    }

    /// The content of an object; `None` if there is none of that key.
    fn content<'py>(&self, py: Python<'py>, bucket: &str, key: &str) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let content = self.with(|emulator| emulator.content(bucket, key).map_err(|error| failed(&error)))?;
        Ok(content.map(|content| PyBytes::new(py, &content)))
    }

    /// The keys of a bucket in order.
    fn keys(&self, bucket: &str) -> PyResult<Vec<String>> {
        self.with(|emulator| {
            let objects = emulator.objects(bucket).map_err(|error| failed(&error))?;
            Ok(objects.into_iter().map(|object| object.key).collect())
        })
    }

    /// The unfinished uploads of a bucket: key, upload id, and the numbers of the parts that are stored.
    fn uploads(&self, bucket: &str) -> PyResult<Vec<(String, String, Vec<u16>)>> {
        self.with(|emulator| {
            let uploads = emulator.uploads(bucket).map_err(|error| failed(&error))?.into_iter();
            Ok(uploads.map(|upload| (upload.key, upload.upload_id, numbers(&upload.parts))).collect())
        })
    }

    /// Stops listening and closes every connection.
    fn stop(&self, py: Python<'_>) {
        let running = self.running().take();
        py.detach(|| {
            if let Some(Running { emulator, runtime }) = running {
                runtime.block_on(emulator.shutdown());
                runtime.shutdown_background();
            }
        });
    }
}

impl Emulator {
    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, ask: impl FnOnce(&oss_emulator::Emulator) -> PyResult<T>) -> PyResult<T> {
        match &*self.running() {
            Some(running) => ask(&running.emulator),
            None => Err(PyRuntimeError::new_err("the emulator has stopped")),
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let Some(Running { emulator, runtime }) = self.running().take() else { return };
        if self.process == std::process::id() {
            drop(emulator);
            runtime.shutdown_background();
        } else {
            // In a child that was forked its threads do not run, and nothing can be waited for.
            std::mem::forget((emulator, runtime));
        }
    }
}

fn numbers(parts: &[oss_emulator::StoredPart]) -> Vec<u16> {
    parts.iter().map(|part| part.number).collect()
}

fn failed(error: &std::io::Error) -> PyErr {
    PyOSError::new_err(error.to_string())
}
