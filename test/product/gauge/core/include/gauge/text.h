/* Numbers as text. */
#ifndef GAUGE_TEXT_H
#define GAUGE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define NUMBER_SIZE 32

/* As few digits as tell it, six at most; `size` is at least NUMBER_SIZE. */
void number_write(double value, char *ret, size_t size);

/* False unless all of the text is a number. */
bool number_read(const char *text, double *ret);

#endif
