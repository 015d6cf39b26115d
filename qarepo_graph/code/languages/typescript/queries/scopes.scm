[
  (class_declaration)
  (abstract_class_declaration)
  (class)
  (interface_declaration)
  (enum_declaration)
  (type_alias_declaration)
  (internal_module)
  (module)
] @scope

; Objects that have a name give it to their methods.
(variable_declarator name: (identifier) value: (object)) @scope
(pair value: (object)) @scope
(assignment_expression left: [(identifier) (member_expression)] right: (object)) @scope
(export_statement value: (object)) @scope
