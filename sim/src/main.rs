//! `sim --seeds N`: runs our real stack and engines against a simulated OSS, network, disk and clock, one thread a run,
//! and checks what they promise after each. A failing run prints its seed; `sim --seed N` replays it with a trace.

fn main() -> std::process::ExitCode {
    sim::run()
}
