(call_expression function: (_) @call)
(new_expression) @call
