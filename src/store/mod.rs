//! Floor 2: every SQL statement, and nothing but SQL.
