/*
 * The options for OCI images that commands share.
 */
#ifndef KILN_COMMAND_OCI_ARGUMENTS_H
#define KILN_COMMAND_OCI_ARGUMENTS_H

#include "command/command.h"
#include "image/form.h"
#include "image/oci.h"

/* What the options say, before it is checked. */
struct oci_arguments {
	bool is_given;
	bool zstd, attaches;
	const char *prefix, *base, *user, *workdir, *push;
	struct fields layers, platforms, entrypoint, command, environment, labels, ports,
	    annotations;
	const char **rules;		/* of --layer, ended by NULL */
	bool is_archive;		/* IMAGE is a ".oci.tar" */
	struct oci_reference reference; /* of IMAGE, "oci:..." */
};

/* Entries of a table of options for settings of the type `type` with this member. */
#define OCI_GIVEN(type, member) .given = offsetof(type, member.is_given)
#define OCI_LIST(type, member, list, expected) \
	TAKES_LIST(type, member.list, expected), OCI_GIVEN(type, member)
#define OCI_TEXT(type, member, text, expected) \
	TAKES_TEXT(type, member.text, expected), OCI_GIVEN(type, member)
#define OCI_OPTIONS(type, member)                                                                 \
	{0, "base", "IMAGE", "OCI: append to this image, oci:DIR[:TAG] or a .oci.tar",            \
	    OCI_TEXT(type, member, base, "oci:DIR, oci:DIR:TAG or a .oci.tar"), .is_path = true}, \
	    {0, "platform", "PLATFORM",                                                           \
		"OCI: OS/ARCH[/VARIANT] instead of that of the base or this machine; "            \
		"repeatable, for an index",                                                       \
		OCI_LIST(type, member, platforms, "OS/ARCH[/VARIANT]")},                          \
	    {0, "prefix", "PATH", "OCI: where the files are in the image (default: /app)",        \
		OCI_TEXT(type, member, prefix, "an absolute path")},                              \
	    {0, "layer", "NAME=GLOB",                                                             \
		"OCI: a layer for what GLOB matches, before those for distributions; "            \
		"repeatable, the first match counts",                                             \
		OCI_LIST(type, member, layers, "NAME=GLOB")},                                     \
	    {0, "layer-compression", "WHICH", "OCI: gzip (the default) or zstd",                  \
		TAKES_SWITCH(type, member.zstd, "gzip, zstd"), OCI_GIVEN(type, member)},          \
	    {0, "entrypoint", "WORD",                                                             \
		"OCI: word of the entrypoint, or a JSON array of words; repeatable "              \
		"(default: the only console script)",                                             \
		OCI_LIST(type, member, entrypoint, "a word, or a JSON array of strings")},        \
	    {0, "cmd", "WORD",                                                                    \
		"OCI: word of the default arguments, or a JSON array of words; repeatable",       \
		OCI_LIST(type, member, command, "a word, or a JSON array of strings")},           \
	    {0, "env", "NAME=VALUE", "OCI: environment variable; repeatable",                     \
		OCI_LIST(type, member, environment, "NAME=VALUE")},                               \
	    {0, "user", "USER", "OCI: user, or user:group, that processes run as",                \
		OCI_TEXT(type, member, user, "the name or number of a user")},                    \
	    {0, "workdir", "PATH",                                                                \
		"OCI: working directory (default: of the base, else the --prefix)",               \
		OCI_TEXT(type, member, workdir, "an absolute path")},                             \
	    {0, "expose", "PORT", "OCI: port that is served, PORT[/PROTOCOL]; repeatable",        \
		OCI_LIST(type, member, ports, "PORT or PORT/PROTOCOL")},                          \
	    {0, "label", "NAME=VALUE", "OCI: label; repeatable",                                  \
		OCI_LIST(type, member, labels, "NAME=VALUE")},                                    \
	    {0, "attach", NULL,                                                                   \
		"OCI: attach a bill of materials (SPDX) and the provenance (SLSA) to the image",  \
		TAKES_TRUE(type, member.attaches), OCI_GIVEN(type, member)},                      \
	    {0, "push", "DESTINATION",                                                            \
		"OCI: then push the image by skopeo, to docker://REGISTRY/NAME:TAG",              \
		OCI_TEXT(type, member, push, "docker://REGISTRY/NAME:TAG")},                      \
	{                                                                                         \
		0, "annotation", "NAME=VALUE", "OCI: annotation of the manifest; repeatable",     \
		    OCI_LIST(type, member, annotations, "NAME=VALUE")                             \
	}

/* The first option that is given, but for --platform, which also says what is read; else NULL. */
const char *oci_arguments_given(const struct oci_arguments *arguments);

/* Check the options, and make *ret of them, which borrows. `image` is the path of a ".oci.tar",
 * FORM_OCI_TAR, or "oci:DIR[:TAG]" or DIR; *ret_path is what is written there. ERROR_USAGE. */
int oci_arguments_complete(struct oci_arguments *arguments, const char *image, enum image_form form,
    struct oci_options *ret, const char **ret_path, struct error **err);

/* Push the image that was written, if --push is given. */
int oci_arguments_push(const struct oci_arguments *arguments, const char *path, struct error **err);

/* Release both. */
void oci_arguments_release(struct oci_arguments *arguments, struct oci_options *options);

#endif
