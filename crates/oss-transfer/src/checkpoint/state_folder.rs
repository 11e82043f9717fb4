use std::ffi::OsString;
use std::path::PathBuf;

use super::CheckpointError;

/// The folder below a user's state folder that holds our records.
const OURS: &str = "ossup";

/// Whose rules for the place of a user's state apply.
#[derive(Clone, Copy, Debug)]
enum Platform {
    /// The XDG Base Directory Specification.
    Xdg,
    Mac,
    Windows,
}

/// The folder for this user's records of one kind (`uploads`, `downloads`), by the environment that `variable` looks up:
///
/// - Windows: `%LOCALAPPDATA%\ossup\KIND`
/// - macOS: `~/Library/Application Support/ossup/KIND`
/// - elsewhere: `$XDG_STATE_HOME/ossup/KIND`, or `~/.local/state/ossup/KIND` if that is unset, empty or relative
///
/// Touches nothing; the folder need not exist.
///
/// # Errors
/// [`CheckpointError::NoStateFolder`] if the environment names none.
pub fn state_folder(kind: &str, variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, CheckpointError> {
    let platform = if cfg!(windows) {
        Platform::Windows
    } else if cfg!(target_os = "macos") {
        Platform::Mac
    } else {
        Platform::Xdg
    };
    state_folder_on(platform, kind, variable)
}

fn state_folder_on(
    platform: Platform,
    kind: &str,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<PathBuf, CheckpointError> {
    let folder = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let (state, variables) = match platform {
        Platform::Xdg => {
            let home = || folder("HOME").map(|home| home.join(".local").join("state"));
            (folder("XDG_STATE_HOME").or_else(home), "XDG_STATE_HOME, HOME")
        }
        Platform::Mac => (folder("HOME").map(|home| home.join("Library").join("Application Support")), "HOME"),
        Platform::Windows => (folder("LOCALAPPDATA"), "LOCALAPPDATA"),
    };
    let state = state.ok_or(CheckpointError::NoStateFolder { variables })?;
    Ok(state.join(OURS).join(kind))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn folder(platform: Platform, environment: &[(&str, &str)]) -> Option<PathBuf> {
        let variable = |name: &str| environment.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into());
        state_folder_on(platform, "uploads", variable).ok()
    }

    /// Rows: W34, R18.
    #[test]
    fn it_belongs_to_the_user_and_is_never_a_shared_temporary_folder() {
        let home = ("HOME", "/home/u");
        let expected = |path: &str| Some(PathBuf::from(path));
        assert_eq!(folder(Platform::Xdg, &[home, ("TMPDIR", "/tmp")]), expected("/home/u/.local/state/ossup/uploads"));
        assert_eq!(folder(Platform::Xdg, &[home, ("XDG_STATE_HOME", "/s")]), expected("/s/ossup/uploads"));
        assert_eq!(folder(Platform::Xdg, &[("XDG_STATE_HOME", "/s")]), expected("/s/ossup/uploads"));
        assert_eq!(folder(Platform::Mac, &[home]), expected("/home/u/Library/Application Support/ossup/uploads"));
        assert_eq!(folder(Platform::Windows, &[("LOCALAPPDATA", "/c/local")]), expected("/c/local/ossup/uploads"));
    }

    #[test]
    fn on_this_system_its_own_variables_count() {
        assert!(state_folder("uploads", |_| Some("/home/u".into())).unwrap().ends_with("ossup/uploads"));
        let error = state_folder("uploads", |_| None).unwrap_err();
        let CheckpointError::NoStateFolder { variables } = error else { panic!("{error}") };
        assert!(variables.contains("HOME"), "{variables}");
    }

    #[test]
    fn a_relative_or_empty_variable_counts_as_unset() {
        let home = ("HOME", "/home/u");
        for value in ["", "state", "./state"] {
            let found = folder(Platform::Xdg, &[home, ("XDG_STATE_HOME", value)]);
            assert_eq!(found, Some(PathBuf::from("/home/u/.local/state/ossup/uploads")), "{value:?}");
        }
        for platform in [Platform::Xdg, Platform::Mac, Platform::Windows] {
            assert_eq!(folder(platform, &[("HOME", ""), ("TMPDIR", "/tmp")]), None, "{platform:?}");
        }
    }
}
