# What `kiln cc` is told of a source, and of its unit.
[factor-type]:
	: http://if.fault.io/factors/python

# An interface has no code.
[integration-type]:
	: module
	cc-mode-delineation: interface

[unit-suffix]:
	cc-mode-delineation: ""
	!: .ast

-level:
	if-optimal: 2
	if-debug: 0
	!: 1

-instruments:
	if-metrics: coverage:profile
	!if-metrics:
		if-coverage:
			if-profile: coverage:profile
			!: coverage
		!if-coverage: profile

-interpret:
	cc-mode-delineation: "delineate" - -
	!: "interpret" - -
	: [unit File] [source File]
	cc-mode-delineation: delineated json
	: factor [factor-path]
	: format [language].[dialect]
	: origin [source-relative-path]
	!cc-mode-delineation:
		: cpython-optimize [-level]
		if-metrics: metrics-trap [telemetry-directory File]
		if-metrics|if-coverage|if-profile: instrumentation [-instruments]

-reduce:
	cc-mode-delineation:
		: "archive" - -
		: [factor-image File] [unit-directory File]
		: delineated archive
	!cc-mode-delineation:
		: "reduce" - -
		: [factor-image File] [unit File]
		: format python.ast
