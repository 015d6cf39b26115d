(field_declaration declarator: (_) @field)
(enumerator name: (identifier) @field)
(translation_unit (declaration declarator: (_) @constant))
(preproc_def name: (identifier) @constant)
(preproc_function_def name: (identifier) @constant)

(preproc_include) @import
