//! Checks that the modules of the service depend on each other in one direction, by reading their imports.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Each module, as `acs::client`, with the modules that it imports.
type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_module_imports_itself_through_others() {
    let files = graph();
    assert!(files.len() > 60, "{} files are not the whole crate", files.len());
    assert_eq!(cycle(&files), None, "these files import each other in a circle");
    let mut directories = Graph::new();
    for (module, imports) in &files {
        let of = top(module);
        let others = imports.iter().map(|import| top(import)).filter(|import| *import != of);
        directories.entry(of.to_owned()).or_default().extend(others.map(str::to_owned));
    }
    assert_eq!(cycle(&directories), None, "these directories import each other in a circle");
}

#[test]
fn only_the_composition_root_imports_configuration_and_http() {
    for (module, imports) in graph() {
        for import in
            imports.iter().map(|import| top(import)).filter(|import| ["configuration", "http"].contains(import))
        {
            let may = top(&module) == import || ["service", "lib"].contains(&module.as_str());
            assert!(may, "{module} imports {import}");
        }
    }
}

#[test]
fn only_http_and_the_composition_root_name_axum() {
    for (module, path) in modules() {
        let may = top(&module) == "http" || module == "service";
        assert!(may || !code(&path).contains("axum"), "{module} names axum");
    }
}

fn top(module: &str) -> &str {
    module.split("::").next().unwrap_or(module)
}

/// The first cycle that is found, as its modules.
fn cycle(graph: &Graph) -> Option<Vec<&str>> {
    fn visit<'g>(module: &'g str, graph: &'g Graph, path: &mut Vec<&'g str>, done: &mut BTreeSet<&'g str>) -> bool {
        if let Some(at) = path.iter().position(|earlier| *earlier == module) {
            path.drain(..at);
            return true;
        }
        if done.contains(module) {
            return false;
        }
        path.push(module);
        if graph.get(module).into_iter().flatten().any(|import| visit(import, graph, path, done)) {
            return true;
        }
        path.pop();
        done.insert(module);
        false
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|module| {
        let mut path = vec![];
        visit(module, graph, &mut path, &mut done).then_some(path)
    })
}

fn graph() -> Graph {
    let modules = modules();
    let mut graph = Graph::new();
    for (module, path) in &modules {
        let code = code(path);
        let mut imports = BTreeSet::new();
        for tree in code.split("use ").skip(1).filter_map(|text| text.split_once(';')).map(|(tree, _)| tree) {
            imports.extend(leaves(tree).iter().filter_map(|path| imported(module, path, &modules)));
        }
        // Paths in the code outside of imports.
        let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
        let words = code.split(|c| !is_path(c)).filter(|word| word.contains("::") && !word.ends_with("::"));
        imports.extend(words.filter_map(|path| imported(module, path, &modules)));
        imports.remove(module);
        graph.insert(module.clone(), imports);
    }
    graph
}

/// The module that a path of this crate leads to, seen from `module`.
fn imported(module: &str, path: &str, modules: &BTreeMap<String, PathBuf>) -> Option<String> {
    let mut base: Vec<&str> = if module == "lib" { vec![] } else { module.split("::").collect() };
    let mut segments = path.split("::").peekable();
    match segments.next()? {
        "crate" => base.clear(),
        "self" => {}
        "super" => {
            base.pop();
        }
        _ => return None,
    }
    for segment in segments {
        if segment == "super" {
            base.pop();
        } else {
            base.push(segment);
        }
    }
    // The part after the module is an item in it.
    while !modules.contains_key(&base.join("::")) {
        base.pop()?;
    }
    Some(base.join("::"))
}

/// The paths of an import: `a::{b, c::{d, e}}` has three.
fn leaves(tree: &str) -> Vec<String> {
    let Some((head, rest)) = tree.split_once('{') else { return vec![tree.trim().to_owned()] };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in inner.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        match (c, parts.last_mut()) {
            (',', _) if depth == 0 => parts.push(String::new()),
            (_, Some(part)) => part.push(c),
            _ => {}
        }
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| leaves(part)).map(|leaf| format!("{}{leaf}", head.trim())).collect()
}

/// The code of a file, without comments, visibility and tests. Tests are at the end, and may import anything.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file is readable");
    let before_tests = ["mod tests {", "pub(super) mod tests {"].iter().filter_map(|tests| {
        let (before, _) = text.split_once(&format!("#[cfg(test)]\n{tests}"))?;
        Some(before)
    });
    let code = before_tests.min_by_key(|before| before.len()).unwrap_or(&text);
    let lines = code.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    lines.collect::<Vec<_>>().join("\n").replace("pub(in crate::", "pub(in ")
}

/// The modules of the library, with their files. The program is a separate crate.
fn modules() -> BTreeMap<String, PathBuf> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut modules, mut directories) = (BTreeMap::new(), vec![src.clone()]);
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).expect("a source directory is readable") {
            let path = entry.expect("a source directory is readable").path();
            let relative = path.strip_prefix(&src).expect("it was found there").with_extension("");
            let name = relative
                .components()
                .map(|part| part.as_os_str().to_str().expect("module names are text"))
                .collect::<Vec<_>>()
                .join("::");
            let is_of_the_program = name == "main" || name == "program";
            if path.is_dir() {
                directories.extend((!is_of_the_program).then_some(path));
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !is_of_the_program
                && !name.ends_with("::tests")
            {
                modules.insert(name.strip_suffix("::mod").unwrap_or(&name).to_owned(), path);
            }
        }
    }
    modules
}
