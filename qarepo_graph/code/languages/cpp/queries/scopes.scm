(namespace_definition) @scope
(class_specifier) @scope
(struct_specifier) @scope
(union_specifier) @scope
(enum_specifier) @scope
(alias_declaration) @scope
(type_definition) @scope
