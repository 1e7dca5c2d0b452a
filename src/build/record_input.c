#include "build/record_input.h"

#include "base/file.h"

int record_input_read(const char *path, struct record_input *ret, struct error **err)
{
	autostr struct str bytes = STR_INIT;
	struct stat before;

	if (file_read_known(path, FILE_READ_LIMIT, &bytes, &before, err) < 0)
		return -1;
	file_stamp_of(&before, &ret->stamp);
	/* If the source changes after `before`, its next stamp differs. */
	ret->is_reliable = file_stamp_is_reliable(&ret->stamp);
	return hash_compute(HASH_BLAKE2B, str_slice(&bytes), &ret->content, err);
}

bool record_input_is_same(const char *path, const struct record_input *input)
{
	struct record_input now = {0};
	struct stat after;

	if (input->is_reliable) {
		if (stat(path, &after) < 0)
			return false;
		file_stamp_of(&after, &now.stamp);
		return file_stamp_equal(&now.stamp, &input->stamp);
	}
	return record_input_read(path, &now, NULL) == 0 &&
	       memcmp(now.content.bytes, input->content.bytes, HASH_SIZE) == 0;
}
