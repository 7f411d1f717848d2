//! The pieces as a relocatable ELF object: read-only data and its lengths under the names that the C would have.

use super::compile::Program;
use object::write::{Object, StandardSection, Symbol, SymbolSection};
use object::{Architecture, BinaryFormat, Endianness, SymbolFlags, SymbolKind, SymbolScope};

/// The file for the machine that this runs on.
pub fn bytes(p: &Program) -> Result<Vec<u8>, String> {
    let architecture = if cfg!(target_arch = "x86_64") {
        Architecture::X86_64
    } else if cfg!(target_arch = "aarch64") {
        Architecture::Aarch64
    } else if cfg!(target_arch = "riscv64") {
        Architecture::Riscv64
    } else {
        return Err("--object is not there for this machine: use C".to_owned());
    };
    let mut o = Object::new(BinaryFormat::Elf, architecture, Endianness::Little);
    for piece in &p.pieces {
        let size = u32::try_from(piece.code.len()).map_err(|_| format!("{} is too large", piece.c_name))?;
        add(&mut o, &piece.c_name, &piece.code, 16);
        add(&mut o, &format!("{}_size", piece.c_name), &size.to_le_bytes(), 4);
    }
    // Without it the linker would give the program an executable stack.
    o.add_section(Vec::new(), b".note.GNU-stack".to_vec(), object::SectionKind::Other);
    o.write().map_err(|e| e.to_string())
}

fn add(o: &mut Object<'_>, name: &str, data: &[u8], align: u64) {
    let section = o.section_id(StandardSection::ReadOnlyData);
    let symbol = o.add_symbol(Symbol {
        name: name.as_bytes().to_vec(),
        value: 0,
        size: 0,
        kind: SymbolKind::Data,
        scope: SymbolScope::Dynamic,
        weak: false,
        section: SymbolSection::Undefined,
        flags: SymbolFlags::None,
    });
    o.add_symbol_data(symbol, section, data, align);
}
