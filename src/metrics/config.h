/*
 * What a project has told coverage.py (https://coverage.readthedocs.io/, "Configuration
 * reference"): those of its settings that decide what is reported.
 *
 * They are read from `.coveragerc` or, where there is none, from `[tool.coverage]` of
 * `pyproject.toml`.
 */
#ifndef KILN_METRICS_CONFIG_H
#define KILN_METRICS_CONFIG_H

#include "base/fields.h"

/* Valid when all zero. */
struct coverage_config {
	struct fields source, include, omit;
	struct fields exclude; /* exclude_lines: in place of the default */
	struct fields exclude_also, partial_also;
	struct fields from, to; /* [paths]: parallel; the first of each list is the `to` */
	char *fail_under;	/* as it is written; NULL: not said */
	unsigned precision;
	bool has_exclude, has_precision;
	const char *name; /* of the file; NULL: there is none */
};

/* Read the text of a file in the form of `.coveragerc`. ERROR_USAGE, with `name` as its place. */
int coverage_config_parse(
    struct coverage_config *config, struct slice text, const char *name, struct error **err);

/* The same of a pyproject.toml. */
int coverage_config_parse_project(
    struct coverage_config *config, struct slice text, const char *name, struct error **err);

/* Read the configuration of the current directory; nothing if there is none. */
int coverage_config_read(struct coverage_config *config, struct error **err);

void coverage_config_release(struct coverage_config *config);
#define autocoverage_config CLEANUP(coverage_config_release)

#endif
