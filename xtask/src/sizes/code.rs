//! The code of a wasm module, counted by crate.

use std::collections::BTreeMap;

use wasmparser::{BinaryReaderError, KnownCustom, Name, Parser, Payload};

/// The standard library. Most of its functions are instances for types of another crate, which they count for.
const STANDARD: [&str; 3] = ["alloc", "core", "std"];

/// Functions that wasm-bindgen reads and removes.
const DESCRIPTION: &str = "__wbindgen_describe";

/// Bytes of code by crate, of a module with its name section.
///
/// # Errors
///
/// If the module is not valid, or has no names.
pub(super) fn by_crate(module: &[u8]) -> Result<BTreeMap<String, usize>, BinaryReaderError> {
    let (mut imported, mut sizes, mut crates) = (0, Vec::new(), BTreeMap::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => imported += imports.into_imports().count(),
            Payload::CodeSectionEntry(body) => sizes.push(body.range().len()),
            Payload::CustomSection(section) => {
                let KnownCustom::Name(names) = section.as_known() else { continue };
                for name in names {
                    let Name::Function(functions) = name? else { continue };
                    for function in functions {
                        let function = function?;
                        if function.name.starts_with(DESCRIPTION) {
                            continue;
                        }
                        // Imports come first in the index space of functions, and have no code.
                        let index = (function.index as usize).checked_sub(imported);
                        let size = index.and_then(|index| sizes.get(index)).copied().unwrap_or_default();
                        *crates.entry(crate_of(function.name)).or_default() += size;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(crates)
}

/// The first crate in the path of a function that is not the standard library.
fn crate_of(symbol: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(symbol));
    let mut roots = roots(&name).peekable();
    let first = roots.peek().copied().unwrap_or("other");
    roots.find(|root| !STANDARD.contains(root)).unwrap_or(first).to_owned()
}

/// The identifiers with which the paths in a name begin.
fn roots(name: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    name.split(move |c| !is_part(c)).filter_map(|path| Some(path.split_once("::")?.0)).filter(|root| !root.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_counts_for_the_first_crate_that_is_not_the_standard_library() {
        for (symbol, expected) in [
            ("_RNvMs1_NtNtCsgXGp5Oqx2Ny_4core3fmt8buildersNtB5_11DebugStruct9is_pretty", "core"),
            ("<alloc::vec::Vec<serde_json::Value> as core::clone::Clone>::clone", "serde_json"),
            ("core::ptr::drop_in_place::<(u8, &[sign_in::session::Effect])>", "sign_in"),
            ("memcpy", "other"),
        ] {
            assert_eq!(crate_of(symbol), expected);
        }
    }

    #[test]
    fn counts_the_code_of_a_module() {
        // One type, one imported function, one own function of two bytes, and the names of both.
        let module = [
            b"\0asm\x01\0\0\0".as_slice(),
            b"\x01\x04\x01\x60\0\0",
            b"\x02\x07\x01\x01a\x01b\0\0",
            b"\x03\x02\x01\0",
            b"\x0a\x04\x01\x02\0\x0b",
            b"\0\x1a\x04name\x01\x13\x02\0\x04js::\x01\x0avault::run",
        ];
        let found = by_crate(&module.concat()).unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [("js".to_owned(), 0), ("vault".to_owned(), 2)]);
    }
}
