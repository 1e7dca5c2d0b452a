/*
 * Stretches of a source, as positioned nodes of the syntax tree have them.
 */
#ifndef KILN_PYTHON_STRETCH_H
#define KILN_PYTHON_STRETCH_H

/* Lines from 1, columns in bytes of UTF-8 from 0; the end is exclusive. */
struct stretch {
	int line, column, end_line, end_column;
};

/* Of any node with a position. */
#define STRETCH(node)      \
	((struct stretch){ \
	    (node)->lineno, (node)->col_offset, (node)->end_lineno, (node)->end_col_offset})

#endif
