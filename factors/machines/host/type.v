# Executables, shared libraries, extension modules of Python. A header is no unit, and neither is
# a source of a language that the compiler is not told of.
-compiled:
	language-c|language-c++|language-objective-c|language-objective-c++: .cc -compile .gnu
	language-asm: .cc -assemble .gnu

Translate:
	!dialect-header: [-compiled]
Render:
	: .cc -link .gnu
