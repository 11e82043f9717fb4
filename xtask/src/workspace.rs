//! Where the workspace is and what it holds.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::step;

/// Variable with the workspace to work on, if it is not that of this program.
pub const ROOT: &str = "XTASK_ROOT";

/// The folder of the root manifest.
pub fn root() -> &'static Path {
    static CHOSEN: OnceLock<PathBuf> = OnceLock::new();
    CHOSEN.get_or_init(|| {
        // The manifest of xtask is one below the root.
        let own = || Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned();
        std::env::var_os(ROOT).map_or_else(own, PathBuf::from)
    })
}

/// Cargo's target folder, where there is room for large files.
pub fn target() -> Result<PathBuf> {
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let metadata = step::output(step::cargo().args(["metadata", "--format-version=1", "--no-deps"]))?;
    let target = serde_json::from_str::<Metadata>(&metadata)?.target_directory;
    std::fs::create_dir_all(&target)?;
    Ok(target)
}

/// A folder below the target folder that `make` fills once for each `content`, such as a package and its version.
pub fn kept(name: &str, content: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let folder = target()?.join(name);
    // Written last, so that a run that was interrupted leaves nothing that looks whole.
    let seal = folder.join("content.txt");
    if std::fs::read_to_string(&seal).is_ok_and(|sealed| sealed == content) {
        return Ok(folder);
    }
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    make(&folder)?;
    std::fs::write(seal, content)?;
    Ok(folder)
}

/// Every file below `folder` whose name ends in `.extension`, sorted; build output and hidden folders are left out.
pub fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        // Which cargo puts where it builds, whatever the folder is called.
        if folder.join("CACHEDIR.TAG").exists() {
            continue;
        }
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') || name == "target" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// `path` as seen from the root, with forward slashes.
pub fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
