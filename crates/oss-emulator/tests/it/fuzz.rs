//! The fuzz targets over their seeds and over random changes of them, so that they stay right between the fuzzer's runs.

use std::path::Path;

use fastrand::Rng;
use oss_emulator::fuzz;

/// Changes of each seed.
const CHANGES: usize = 200;

/// Cuts, doubles, flips and exchanges bytes.
fn change(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    for _ in 0..rng.usize(1..4) {
        let (a, b) = (rng.usize(..=bytes.len()), rng.usize(..=bytes.len()));
        let (start, end) = (a.min(b), a.max(b));
        match rng.u8(..5) {
            0 => drop(bytes.drain(start..end)),
            1 => bytes.truncate(end),
            2 => bytes.extend_from_within(start..end),
            3 => {
                let from = rng.usize(..=other.len());
                bytes.splice(start..end, other[from..].iter().copied());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(start) {
                    *byte = rng.u8(..);
                }
            }
        }
    }
    bytes.truncate(16 * 1024);
}

#[test]
fn no_seed_of_a_fuzz_target_and_no_change_of_it_is_a_finding() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = Rng::with_seed(seed);
    for (name, target) in fuzz::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
        let mut seeds: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        seeds.sort();
        let seeds: Vec<Vec<u8>> = seeds.iter().map(|path| std::fs::read(path).unwrap()).collect();
        assert!(seeds.len() >= 5, "{name} has hardly any seeds");
        for bytes in &seeds {
            target(bytes);
            for _ in 0..CHANGES {
                let mut bytes = bytes.clone();
                change(&mut bytes, &seeds[rng.usize(..seeds.len())], &mut rng);
                target(&bytes);
            }
        }
    }
}
