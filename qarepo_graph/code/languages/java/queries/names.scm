(field_declaration declarator: (variable_declarator name: (identifier) @field))
(constant_declaration declarator: (variable_declarator name: (identifier) @field))
(enum_constant name: (identifier) @field)
(record_declaration parameters: (formal_parameters (formal_parameter name: (identifier) @field)))

(import_declaration) @import
(package_declaration [(identifier) (scoped_identifier)] @module)

(block_comment) @comment
