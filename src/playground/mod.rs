//! A simulated workspace, beside the tower.
