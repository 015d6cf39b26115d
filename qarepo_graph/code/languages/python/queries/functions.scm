; Every `def`, wherever it stands. Lambdas are no units.
(function_definition) @function
