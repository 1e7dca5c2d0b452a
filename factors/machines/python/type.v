# Python modules and interfaces. Sources of other languages are no units.
Translate:
	language-python: .kiln -interpret .steps
Render:
	: .kiln -reduce .steps
