; Names bound outside functions: the innermost type around them makes them its fields, else they are constants.
(module (assignment left: (identifier) @constant))
(module (assignment left: (pattern_list (identifier) @constant)))
(class_definition body: (block (assignment left: (identifier) @field)))
(class_definition body: (block (assignment left: (pattern_list (identifier) @field))))

; self.x = ..., in any method
(assignment left: (attribute object: (identifier)) @field)
(assignment left: (pattern_list (attribute object: (identifier)) @field))

(import_statement) @import
(import_from_statement) @import
(future_import_statement) @import
