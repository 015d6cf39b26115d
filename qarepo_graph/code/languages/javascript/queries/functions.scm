[
  (function_declaration)
  (generator_function_declaration)
  (method_definition)
] @function

; A function expression is a unit where it is given a name; callbacks are none.
(variable_declarator name: (identifier) value: [(arrow_function) (function_expression) (generator_function)]) @function
(field_definition value: [(arrow_function) (function_expression) (generator_function)]) @function
(pair value: [(arrow_function) (function_expression) (generator_function)]) @function
(assignment_expression
  left: [(identifier) (member_expression)]
  right: [(arrow_function) (function_expression) (generator_function)]) @function
(export_statement value: [(arrow_function) (function_expression) (generator_function)]) @function
