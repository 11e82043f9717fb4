//! The client's fuzz targets over their seeds and what is left of each when it is cut, so that they stay right between the
//! fuzzer's runs.

use std::path::Path;

#[path = "../../../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is also the library of the fuzzer's programs")]
mod client;

#[test]
fn no_seed_of_a_fuzz_target_and_no_beginning_of_it_is_a_finding() {
    for (name, target) in client::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
        let seeds: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(seeds.len() >= 5, "{name} has hardly any seeds");
        for path in seeds {
            println!("{}", path.display());
            let seed = std::fs::read(path).unwrap();
            target(&seed);
            for eighth in 0..8 {
                target(&seed[..seed.len() * eighth / 8]);
            }
        }
    }
}
