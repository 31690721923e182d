//! Exit codes, and nothing else: see `readshift::cli`.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    readshift::cli::main(std::env::args_os())
}
