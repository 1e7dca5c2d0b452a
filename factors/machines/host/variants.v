# What the host's compiler makes is for the host.
[modes]:
	: executable
[systems]:
	: [host-system]
[*]:
	: [host-architecture]
