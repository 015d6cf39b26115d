(field_declaration) @field
(enumerator) @field
(translation_unit (declaration) @constant)
(declaration_list (declaration) @constant)

(preproc_include) @import
(using_declaration) @import
