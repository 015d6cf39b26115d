(call_expression function: (identifier) @bare_call)
(call_expression function: (member_expression) @call)
(call_expression function: (super) @call)
(new_expression) @call
