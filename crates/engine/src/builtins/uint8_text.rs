//! Uint8Array to and from base64 and hex (the uint8array-base64 proposal, now 23.3).

use crate::object::lazy::Def;

pub(super) const STATICS: &[Def] = &[];
pub(super) const MEMBERS: &[Def] = &[];
