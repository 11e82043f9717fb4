//! Two places compared, against the emulator.

mod check;
