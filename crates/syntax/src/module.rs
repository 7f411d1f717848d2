//! A module's import and export entries (16.2.1.6 Source Text Module Records).

use crate::ast::{ImportPhase, Name, Span};
use crate::scope::BindingId;

/// Import and export tables of a module.
#[derive(Clone, Copy, Debug, Default)]
pub struct ModuleInfo<'a> {
    /// [[RequestedModules]], in order, without duplicates.
    pub requests: &'a [ModuleRequest<'a>],
    pub imports: &'a [ImportEntry],
    pub local_exports: &'a [LocalExport],
    pub indirect_exports: &'a [IndirectExport],
    /// `export * from`: indices into `requests`
    pub star_exports: &'a [u32],
}

/// ModuleRequest Record
#[derive(Clone, Copy, Debug)]
pub struct ModuleRequest<'a> {
    pub specifier: Name,
    pub phase: ImportPhase,
    /// Key and value, sorted by key.
    pub attributes: &'a [(Name, Name)],
    pub span: Span,
}

/// ImportEntry Record
#[derive(Clone, Copy, Debug)]
pub struct ImportEntry {
    /// Index into `requests`
    pub request: u32,
    /// `None`: `* as local`
    pub import_name: Option<Name>,
    /// The local binding (kind `Import`; `Const` for a namespace object).
    pub binding: BindingId,
    pub span: Span,
}

/// `export { binding as export_name }`
#[derive(Clone, Copy, Debug)]
pub struct LocalExport {
    pub export_name: Name,
    pub binding: BindingId,
}

/// `export { import_name as export_name } from request`
#[derive(Clone, Copy, Debug)]
pub struct IndirectExport {
    pub export_name: Name,
    pub request: u32,
    /// `None`: `export * as export_name from`
    pub import_name: Option<Name>,
    pub span: Span,
}
