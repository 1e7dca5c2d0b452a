#include "build/build_products.h"
#include "build/json_event.h"
#include "build/orphans.h"

struct planning {
	struct build_session session;
	struct reporter *reporter;
	struct build_result *result;
	struct str *lines;
};

static struct node_status *status_of(const struct planning *planning, const struct node *node)
{
	return &planning->session.executor.statuses[node->index];
}

static void plan_node(struct planning *planning, const struct node *node)
{
	autostr struct str why = STR_INIT;
	autostr struct str event = STR_INIT;
	struct json_writer json;

	planning->result->processed++;
	executor_explain(&planning->session.executor, node, &why);
	if (!planning->reporter->json) {
		str_add_printable(planning->lines, node->image);
		str_addf(planning->lines, ": %s\n", str_c(&why));
		return;
	}
	json_event_begin(
	    &json, &event, "planned", node->factor->project->path, node->factor->path, node->image);
	json_member_slice(&json, "reason", str_slice(&why));
	json_event_end(&json, &event);
	reporter_print(planning->reporter, str_slice(&event));
}

static void plan_removals(struct planning *planning)
{
	const struct graph *graph = &planning->session.graph;
	autostr struct str events = STR_INIT;

	for (size_t i = 0; i < graph->workspace_count; i++) {
		const struct map *records = &graph->workspaces[i]->state.by_image;

		for (size_t k = 0; k < records->count; k++) {
			autoarena struct arena arena = {0};
			const struct record *record = build_state_entry(
			    &graph->workspaces[i]->state, &records->entries[k], &arena);

			if (!record ||
			    !record_is_orphan(&planning->session, graph->workspaces[i], record))
				continue;
			planning->result->removed++;
			json_event_add_removed(record, &events);
			str_add_printable(planning->lines, record->image);
			str_adds(planning->lines, ": to be removed: source is gone\n");
		}
	}
	if (!planning->reporter->json)
		return;
	reporter_print(planning->reporter, str_slice(&events));
	str_truncate(planning->lines, 0);
}

static void planning_release(struct planning *planning)
{
	build_session_release(&planning->session);
}

int build_dry_run(const struct build_options *options, struct reporter *reporter, struct str *ret,
    struct build_result *ret_result, struct error **err)
{
	CLEANUP(planning_release)
	struct planning planning = {.reporter = reporter, .result = ret_result, .lines = ret};
	struct build_session *session = &planning.session;

	*ret_result = (struct build_result){0};
	if (build_session_open(session, &options->session, reporter, err) < 0 ||
	    build_session_decide(session, err) < 0)
		return -1;
	for (size_t i = 0; i < session->graph.node_count; i++) {
		const struct node *node = session->graph.nodes[i];

		if (build_session_examine(session, node, err) < 0)
			return -1;
		switch (status_of(&planning, node)->outcome) {
		case OUTCOME_CURRENT:
			ret_result->current++;
			break;
		case OUTCOME_FAILED: /* counted in session->problems */
			break;
		case OUTCOME_SKIPPED:
			ret_result->skipped++;
			break;
		default:
			plan_node(&planning, node);
		}
	}
	plan_removals(&planning);
	ret_result->failed = session->problems;
	return 0;
}
