//! `hot-paths NAME COUNT`: takes one path so many times, for a tool that counts instructions.

use hot_paths::{Failure, HotPath};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, count] = arguments.as_slice() else { return Err("usage: hot-paths NAME COUNT".into()) };
    let path = HotPath::ALL.into_iter().find(|path| path.name() == name).ok_or("no such path")?;
    path.prepare()?(count.parse()?)
}
