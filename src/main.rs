//! Arguments, and the rest is `trailmark::app`.

fn main() -> std::process::ExitCode {
    trailmark::app::cli::main()
}
