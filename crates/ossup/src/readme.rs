//! The program of the README, compiled with the doc tests.

#[doc = include_str!("../../../README.md")]
struct Readme;
