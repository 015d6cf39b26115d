(function_declaration) @function
(method_declaration) @function

; what an interface asks for
(method_elem) @function
