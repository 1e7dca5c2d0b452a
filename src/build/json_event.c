#include "build/json_event.h"

static const char *event_name(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_CURRENT:
		return "current";
	case OUTCOME_CACHED:
		return "cached";
	case OUTCOME_PROCESSED:
		return "processed";
	case OUTCOME_SKIPPED:
		return "skipped";
	default:
		return "failed";
	}
}

void json_event_begin(struct json_writer *json, struct str *ret, const char *event,
    struct slice project, struct slice factor, struct slice image)
{
	autostr struct str name = STR_INIT;

	str_add_slice(&name, project);
	if (project.len && factor.len)
		str_addc(&name, '.');
	str_add_slice(&name, factor);
	json_begin(json, ret);
	json_object(json);
	json_member(json, "event", event);
	json_member_slice(json, "factor", str_slice(&name));
	json_member_slice(json, "image", image);
}

void json_event_end(struct json_writer *json, struct str *ret)
{
	json_object_end(json);
	str_addc(ret, '\n');
}

void json_event_add_node(const struct node *node, const struct node_status *status, struct str *ret)
{
	char key[2 * HASH_SIZE + 1];
	struct json_writer json;

	json_event_begin(&json, ret, event_name(status->outcome), node->factor->project->path,
	    node->factor->path, node->image);
	json_key(&json, "duration");
	json_number(&json, status->usage.seconds);
	json_member_integer(&json, "memory", (int64_t)status->usage.memory);
	json_member_integer(&json, "commands", status->commands);
	if (status->outcome == OUTCOME_PROCESSED || status->outcome == OUTCOME_CACHED ||
	    status->outcome == OUTCOME_CURRENT) {
		hash_hex(&status->key, key);
		json_member(&json, "key", key);
	}
	json_event_end(&json, ret);
}

void json_event_add_removed(const struct record *record, struct str *ret)
{
	struct json_writer json;

	json_event_begin(&json, ret, "removed", record->project, record->factor, record->image);
	json_event_end(&json, ret);
}
