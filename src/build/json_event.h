/*
 * Events about images in the log of --log json: JSON objects, one on a line.
 */
#ifndef KILN_BUILD_JSON_EVENT_H
#define KILN_BUILD_JSON_EVENT_H

#include "base/json.h"
#include "build/executor.h"

/* Begin an event about an image with the members event, factor and image. */
void json_event_begin(struct json_writer *json, struct str *ret, const char *event,
    struct slice project, struct slice factor, struct slice image);

/* End the event and its line. */
void json_event_end(struct json_writer *json, struct str *ret);

/* Append an event with the outcome of a node. */
void json_event_add_node(
    const struct node *node, const struct node_status *status, struct str *ret);

/* Append an event saying that an image was removed or, in a dry run, would be. */
void json_event_add_removed(const struct record *record, struct str *ret);

#endif
