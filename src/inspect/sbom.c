#include "inspect/sbom.h"

#include "base/iso_time.h"
#include "inspect/sbom_parts.h"

enum sbom_format sbom_format_of_name(struct slice name)
{
	if (slice_ends(name, SLICE_LITERAL(".spdx.json")))
		return SBOM_SPDX;
	return slice_ends(name, SLICE_LITERAL(".cdx.json")) ? SBOM_CYCLONEDX : SBOM_NONE;
}

/* A UUID (RFC 9562, version 8) of a digest. */
static void format_uuid(const struct hash *hash, char ret[37])
{
	const unsigned char *bytes = hash->bytes;
	struct hash changed = {{0}};
	char hex[2 * HASH_SIZE + 1];

	memcpy(changed.bytes, bytes, 16);
	changed.bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x80);
	changed.bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
	hash_hex(&changed, hex);
	(void)snprintf(ret, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
	    hex + 20); /* always fits */
}

static void sbom_release(struct sbom *sbom)
{
	arena_release(&sbom->arena);
	free(sbom->files);
	free(sbom->begins);
}

static int write_all(struct sbom *sbom, struct str *ret, struct error **err)
{
	int result = 0;

	json_begin(&sbom->json, ret);
	if (sbom->options->format == SBOM_SPDX)
		result = sbom_write_spdx(sbom, err);
	else
		sbom_write_cyclonedx(sbom);
	str_addc(ret, '\n');
	return result;
}

int sbom_write(const struct inspection *inspection, const struct packages *packages,
    const struct sbom_options *options, struct str *ret, struct error **err)
{
	CLEANUP(sbom_release)
	struct sbom sbom = {.inspection = inspection, .packages = packages, .options = options};
	autostr struct str draft = STR_INIT;
	struct hash hash;

	iso_time(options->time, sbom.created);
	sbom_group_files(&sbom);
	if (write_all(&sbom, &draft, err) < 0 ||
	    hash_compute(HASH_SHA256, str_slice(&draft), &hash, err) < 0)
		return -1;
	format_uuid(&hash, sbom.uuid);
	return write_all(&sbom, ret, err);
}
