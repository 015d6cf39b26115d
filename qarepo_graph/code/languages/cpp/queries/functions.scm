(function_definition) @function
(field_declaration default_value: (number_literal)) @function
((expression_statement (call_expression)) @case . (compound_statement))
(expression_statement (assignment_expression left: (call_expression) right: (identifier))) @defaulted
