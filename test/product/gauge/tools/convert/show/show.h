#ifndef SHOW_H
#define SHOW_H

#include "gauge/units.h"

/* Print "12 inch = 30.48 centimetre". */
void show(double value, const struct unit *from, double result, const struct unit *to);

/* Print a bar for a value from 0 to 100, so many columns wide at most. */
void show_bar(double value, unsigned width);

#endif
