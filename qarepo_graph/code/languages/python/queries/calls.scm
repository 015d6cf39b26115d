; A call of a name or of an attribute. f()(), a[0]() and (lambda: 1)() have no name to report.
(call function: (identifier) @bare_call)
(call function: (attribute) @call)

; The grammar reads `type(self).x = 1` and `type(self)[0] = 1` as type aliases.
(type_alias_statement "type" @bare_call left: (type (attribute object: (parenthesized_expression))))
(type_alias_statement "type" @bare_call left: (type (subscript value: (parenthesized_expression))))
