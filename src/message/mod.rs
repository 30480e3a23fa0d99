//! Floor 0: what we say and hear, in our own words. Adapters translate; nothing here knows a platform's format.

pub mod action;
pub mod address;
pub mod card;
pub mod form;
pub mod home;
pub mod inbound;

pub use action::{Action, Verb};
pub use address::{Address, MessageRef, Platform};
pub use card::{Block, Button, Card, Span, Style, Text};
pub use form::{Choice, Field, FieldKind, Form, Values};
pub use home::Home;
pub use inbound::{Inbound, InboundKind, Reply, UserError};
