(class_declaration) @scope
(class) @scope

; Objects that have a name give it to their methods.
(variable_declarator name: (identifier) value: (object)) @scope
(pair value: (object)) @scope
(assignment_expression left: [(identifier) (member_expression)] right: (object)) @scope
(export_statement value: (object)) @scope
