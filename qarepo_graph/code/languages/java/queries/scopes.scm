[
  (class_declaration)
  (interface_declaration)
  (enum_declaration)
  (record_declaration)
  (annotation_type_declaration)
] @scope

; enum constants with a body, and anonymous classes
(enum_constant body: (class_body)) @scope
(object_creation_expression (class_body)) @scope
