# A mode: the section, the form and the mode for looking up variants; a dot keeps it.
delineation:
	: . delineated .
