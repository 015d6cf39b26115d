(function_definition) @function

; TEST_CASE("name") { … }: the grammar sees a call without its semicolon, then a block.
(translation_unit (expression_statement) @statement)
(declaration_list (expression_statement) @statement)
(preproc_if (expression_statement) @statement)
(preproc_ifdef (expression_statement) @statement)
(preproc_else (expression_statement) @statement)
