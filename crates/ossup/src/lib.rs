//! ossup
