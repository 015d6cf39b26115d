(field_declaration declarator: (_) @field)
(enumerator name: (identifier) @field)
(translation_unit (declaration declarator: (_) @constant))

(preproc_include) @import
