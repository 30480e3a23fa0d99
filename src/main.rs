//! Arguments, and the rest is `trailmark::app`.

/// Answering is mostly small strings made and dropped on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    trailmark::app::cli::main()
}
