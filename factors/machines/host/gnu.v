# The arguments of a compiler, linker and archiver in the manner of GNU's. What they write does not
# depend on where the product is.
[factor-type]:
	: http://if.fault.io/factors/system

[integration-type]:
	: executable library extension archive

[unit-suffix]:
	: .o

# Of two, the one for debugging counts.
-optimization:
	if-debug: -Og -g
	!if-debug:
		if-optimal: -O3
		!: -O2

-position:
	it-executable: -fPIE
	!: -fPIC

# A year is that of the ISO standard; other dialects are named as the compiler does.
-standard:
	language-c|language-objective-c:
		dialect-1990|dialect-1999|dialect-2011|dialect-2017|dialect-2018: -std=iso9899:[dialect]
		!: -std=[dialect]
	language-c++|language-objective-c++:
		dialect-1998: -std=c++98
		dialect-2003: -std=c++03
		dialect-2011: -std=c++11
		dialect-2014: -std=c++14
		dialect-2017: -std=c++17
		dialect-2020: -std=c++20
		!: -std=[dialect]

-same-everywhere:
	: -ffile-prefix-map=[product-path]=.
	: -ffile-prefix-map=[product-path]/=./
	: -ffile-prefix-map=[http://if.fault.io/factors/meta.sources#product-path]/=./
	: -frandom-seed=[source-relative-path]

# What the sources of fault.io's projects are told of the factor that they are a part of, and of how it is made.
-definitions:
	: -D_DEFAULT_SOURCE
	: -DF_FACTOR_NAME=[factor-name]
	: -DF_PROJECT_PATH=[project-path]
	: -DF_CONTEXT=[context-path]
	: -DFV_SYSTEM=[fv-system]
	: -DFV_ARCHITECTURE=[fv-architecture]
	: -DFV_FORM=[fv-form]
	: -DCC_PATH=[construction-context-path quoted]
	: -DIF_[if-set]

-includes:
	: -I [http://if.fault.io/factors/meta.sources#source-paths]
	it-extension: -I [python-include-directory]

# What it read beside the source. An assembler's own directives are not told of.
-reads:
	!language-asm: -MD -MF [dependency-file File]
	language-asm: -MD -MF [partial-dependency-file File]

-compile:
	: "compile" - -
	: -c -x [language]
	: [-standard]
	: [-optimization]
	: [-position]
	: [-definitions]
	: [-same-everywhere]
	: [-includes]
	: [-reads]
	: -o [unit File] [source File]

-assemble:
	: "assemble" - -
	: -c -x assembler-with-cpp
	if-debug: -g
	: [-position]
	: [-definitions]
	: [-same-everywhere]
	: [-includes]
	: [-reads]
	: -o [unit File] [source File]

# Images are for the linker alone: their suffix is that of preprocessed sources to the compiler. A
# library is found from where the image is, by the name of its own.
-libraries:
	: -Xlinker [http://if.fault.io/factors/system.archive#factor-image]
	: -Xlinker [http://if.fault.io/factors/system.library#factor-image]
	: -Xlinker -rpath=$ORIGIN/[http://if.fault.io/factors/system.library#relative-image-directory]
	: -L [http://if.fault.io/factors/system.directory#factor-image]
	: -l[http://if.fault.io/factors/system.library-name#factor-image]

-link:
	: "link" - -
	it-executable: -pie
	!: -shared -Xlinker -soname=[factor-name suffix.i]
	: -o [factor-image File]
	: [units File]
	: [-libraries]

-pack:
	: "archive" - -
	: rcsD [factor-image File]
	: [units File]
