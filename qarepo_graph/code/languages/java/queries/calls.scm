(method_invocation name: (identifier) @invoked arguments: (argument_list) @invoked_with) @invocation
(object_creation_expression) @call
(explicit_constructor_invocation) @call
