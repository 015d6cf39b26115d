(field_declaration) @field
(enumerator) @field
(translation_unit (declaration) @constant)

(preproc_include) @import
