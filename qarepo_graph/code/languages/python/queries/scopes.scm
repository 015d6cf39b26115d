(class_definition) @scope

; PEP 695: type X = ...
(type_alias_statement) @scope
