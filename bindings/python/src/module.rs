//! The extension module itself.

use pyo3::prelude::*;

use crate::{client, command_line, emulator, logs, request, stream, wait};

/// The functions and classes of the extension module.
#[pymodule(gil_used = false)]
fn _ossup(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<client::Client>()?;
    module.add_class::<emulator::Emulator>()?;
    module.add_class::<stream::Stream>()?;
    module.add_class::<wait::Cancel>()?;
    module.add_function(wrap_pyfunction!(command_line::command_line, module)?)?;
    module.add_function(wrap_pyfunction!(logs::set_log_level, module)?)?;
    module.add_function(wrap_pyfunction!(request::content_type_of, module)?)
}
