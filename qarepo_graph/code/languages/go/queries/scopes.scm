(type_spec) @scope
(type_alias) @scope
