#include "base/iso_time.h"

#include <assert.h>
#include <time.h>

void iso_time(int64_t time, char ret[ISO_TIME_SIZE])
{
	time_t seconds = (time_t)time;
	struct tm parts = {0};
	size_t size = 0;

	if (gmtime_r(&seconds, &parts))
		size = strftime(ret, ISO_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
	assert(size == ISO_TIME_SIZE - 1);
	(void)size; /* without assertions */
}
