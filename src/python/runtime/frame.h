/*
 * The frame that runs, as an address that tells it from the others: to make an object of a frame
 * takes longer than all else that the timers do.
 */
#ifndef KILN_PYTHON_RUNTIME_FRAME_H
#define KILN_PYTHON_RUNTIME_FRAME_H

#include <Python.h>

static inline const void *frame_running(void)
{
#if PY_VERSION_HEX >= 0x030d0000
	return PyThreadState_GetUnchecked()->current_frame;
#else
	return _PyThreadState_UncheckedGet()->cframe->current_frame;
#endif
}

#endif
