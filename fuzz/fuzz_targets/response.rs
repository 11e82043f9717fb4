#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ossup_fuzz::response(bytes));
