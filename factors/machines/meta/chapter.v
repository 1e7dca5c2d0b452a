# What `kiln cc` is told of a chapter.
[factor-type]:
	: http://if.fault.io/factors/meta

[integration-type]:
	: chapter

# As fault.io's projects declare them, dialect and language say what they are; as others do, the language is enough.
-format:
	language-kleptic: [language].[dialect]
	!: text.kleptic

-read:
	: "delineate" - -
	: [unit File] [source File]
	: factor [factor-path]
	: format [-format]
	: origin [source-relative-path]
	: context [context-path]
	: project [project-path]

-keep:
	: "archive" - -
	: [factor-image File] [unit-directory File]
	: delineated archive
