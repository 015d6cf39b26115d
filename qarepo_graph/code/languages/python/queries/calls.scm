; A call of a name or of an attribute. f()(), a[0]() and (lambda: 1)() have no name to report.
(call function: [(identifier) (attribute)] @call)
