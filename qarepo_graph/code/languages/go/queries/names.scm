(field_declaration name: (field_identifier) @field)

(source_file (const_declaration (const_spec name: (identifier) @constant)))
(source_file (var_declaration (var_spec name: (identifier) @constant)))
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @constant))))

(import_spec) @import
(package_clause (package_identifier) @module)
(comment) @comment
