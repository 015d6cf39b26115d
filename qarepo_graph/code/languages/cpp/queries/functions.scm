(function_definition) @function
(translation_unit (expression_statement) @statement)
(declaration_list (expression_statement) @statement)
(preproc_if (expression_statement) @statement)
(preproc_ifdef (expression_statement) @statement)
(preproc_else (expression_statement) @statement)
