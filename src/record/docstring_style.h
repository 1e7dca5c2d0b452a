/*
 * The styles in which docstrings are written (--docstring).
 */
#ifndef KILN_RECORD_DOCSTRING_STYLE_H
#define KILN_RECORD_DOCSTRING_STYLE_H

/* In the order of the option's words. */
enum docstring_style {
	DOCSTRING_AUTO, /* decided for each docstring */
	DOCSTRING_FAULT,
	DOCSTRING_GOOGLE,
	DOCSTRING_NUMPY,
	DOCSTRING_SPHINX,
	DOCSTRING_PLAIN,
};

#define DOCSTRING_STYLES "auto, fault, google, numpy, sphinx, plain"

#endif
