/*
 * What --log json tells of images: an object on a line for each.
 */
#ifndef KILN_BUILD_JSON_EVENT_H
#define KILN_BUILD_JSON_EVENT_H

#include "base/json.h"
#include "build/executor.h"

/* Begin an event about an image with the members event, factor and image. */
void json_event_begin(struct json_writer *json, struct str *ret, const char *event,
    struct slice project, struct slice factor, struct slice image);

/* End it, with its line. */
void json_event_end(struct json_writer *json, struct str *ret);

/* Append what became of a node. */
void json_event_add_node(
    const struct node *node, const struct node_status *status, struct str *ret);

/* Append that an image was removed, or is to be. */
void json_event_add_removed(const struct record *record, struct str *ret);

#endif
