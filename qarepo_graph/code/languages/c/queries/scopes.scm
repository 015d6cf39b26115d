(struct_specifier) @scope
(union_specifier) @scope
(enum_specifier) @scope
(type_definition) @scope
