# What `kiln cc` is told of a chapter.
[factor-type]:
	: http://if.fault.io/factors/meta

[integration-type]:
	: chapter

-read:
	: "delineate" - -
	: [unit File] [source File]
	: factor [factor-path]
	: format text.kleptic
	: origin [source-relative-path]
	: context [context-path]
	: project [project-path]

-keep:
	: "archive" - -
	: [factor-image File] [unit-directory File]
	: delineated archive
