(public_field_definition name: (_) @field)
(property_signature name: (_) @field)
(enum_body name: (_) @field)
(enum_assignment name: (_) @field)
(required_parameter (accessibility_modifier) pattern: (identifier) @field)
(assignment_expression left: (member_expression object: (this) property: (_) @field))

(program (lexical_declaration (variable_declarator name: (identifier) @constant)))
(program (variable_declaration (variable_declarator name: (identifier) @constant)))
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @constant))))

(import_statement) @import
(export_statement source: (string)) @import
((lexical_declaration (variable_declarator value: (call_expression function: (identifier) @_require))) @import
  (#eq? @_require "require"))

(comment) @comment
