# Bytecode is for an interpreter, whatever the machine.
[modes]:
	: executable delineation
[systems]:
	: [host-system]
[*]:
	: [host-python]
