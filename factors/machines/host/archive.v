# Static libraries are packed, not linked.
Render:
	: .ar -pack .gnu
