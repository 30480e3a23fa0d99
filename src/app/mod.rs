//! Floor 5: arguments, configuration, sockets and loops.
