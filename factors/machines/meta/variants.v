# Chapters are described alike everywhere.
[modes]:
	: delineation
[systems]:
	: void
[void]:
	: json
