//! A Bicep template, read with the grammar of tree-sitter. Syntax and values are checked. Types and API versions are
//! not: Microsoft's compiler is in none of the package registries that this repository uses.

use tree_sitter::{Node, Parser, Tree};

pub(crate) struct Bicep {
    text: String,
    tree: Tree,
}

impl Bicep {
    pub(crate) fn parse(text: String) -> Self {
        let mut parser = Parser::new();
        parser.set_language(&tree_sitter_bicep::LANGUAGE.into()).unwrap();
        let tree = parser.parse(&text, None).unwrap();
        assert!(!tree.root_node().has_error(), "{}", tree.root_node().to_sexp());
        Self { text, tree }
    }

    /// The declaration of a parameter, with its default if it has one.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.declaration("parameter_declaration", name).map(|node| self.text_of(node))
    }

    /// The value of a resource's member: `function.properties.httpsOnly`.
    pub(crate) fn value(&self, path: &str) -> Option<&str> {
        let (resource, members) = path.split_once('.')?;
        let declaration = self.declaration("resource_declaration", resource)?;
        let body = children(declaration).into_iter().find(|child| child.kind() == "object")?;
        let value = members.split('.').try_fold(body, |object, name| {
            let property = children(object)
                .into_iter()
                .find(|child| child.kind() == "object_property" && self.has_name(*child, name))?;
            children(property).into_iter().next_back()
        })?;
        Some(self.text_of(value))
    }

    /// The type and API version of a resource.
    pub(crate) fn resource_type(&self, resource: &str) -> Option<&str> {
        let declaration = self.declaration("resource_declaration", resource)?;
        let name = children(declaration).into_iter().find(|child| child.kind() == "string")?;
        Some(self.text_of(name).trim_matches('\''))
    }

    fn declaration(&self, kind: &str, name: &str) -> Option<Node<'_>> {
        children(self.tree.root_node()).into_iter().find(|node| node.kind() == kind && self.has_name(*node, name))
    }

    fn has_name(&self, node: Node<'_>, name: &str) -> bool {
        node.named_child(0).is_some_and(|first| self.text_of(first) == name)
    }

    fn text_of(&self, node: Node<'_>) -> &str {
        &self.text[node.byte_range()]
    }
}

fn children<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    node.named_children(&mut node.walk()).filter(|child| child.kind() != "comment").collect()
}
