#include "build/build.h"
#include "build/json_events.h"
#include "build/orphans.h"

struct planning {
	struct integration integration;
	struct reporter *reporter;
	struct integrate_result *result;
	struct str *lines;
};

static struct made *made_of(const struct planning *planning, const struct node *node)
{
	return &planning->integration.maker.made[node->index];
}

static void plan_node(struct planning *planning, const struct node *node)
{
	autostr struct str why = STR_INIT;
	autostr struct str event = STR_INIT;
	struct json_writer json;

	planning->result->processed++;
	maker_explain(&planning->integration.maker, node, &why);
	if (!planning->reporter->json) {
		str_add_printable(planning->lines, node->image);
		str_addf(planning->lines, ": %s\n", str_c(&why));
		return;
	}
	event_begin(
	    &json, &event, "planned", node->factor->project->path, node->factor->path, node->image);
	json_member_slice(&json, "reason", str_slice(&why));
	event_end(&json, &event);
	reporter_print(planning->reporter, str_slice(&event));
}

static void plan_removals(struct planning *planning)
{
	const struct graph *graph = &planning->integration.graph;
	autostr struct str events = STR_INIT;

	for (size_t i = 0; i < graph->site_count; i++) {
		const struct map *records = &graph->sites[i]->state.by_image;

		for (size_t k = 0; k < records->count; k++) {
			autoarena struct arena arena = {0};
			const struct record *record = state_entry(
			    &graph->sites[i]->state, &records->entries[k], &arena);

			if (!record ||
			    !record_is_stale(&planning->integration, graph->sites[i], record))
				continue;
			planning->result->removed++;
			event_add_removed(record, &events);
			str_add_printable(planning->lines, record->image);
			str_adds(planning->lines, ": it is to be removed, its source is gone\n");
		}
	}
	if (!planning->reporter->json)
		return;
	reporter_print(planning->reporter, str_slice(&events));
	str_truncate(planning->lines, 0);
}

static void planning_release(struct planning *planning)
{
	integration_release(&planning->integration);
}

int integrate_plan(const struct integrate_options *options, struct reporter *reporter,
    struct str *ret, struct integrate_result *ret_result, struct error **err)
{
	CLEANUP(planning_release)
	struct planning planning = {.reporter = reporter, .result = ret_result, .lines = ret};
	struct integration *integration = &planning.integration;

	*ret_result = (struct integrate_result){0};
	if (integration_open(integration, &options->product, reporter, err) < 0 ||
	    integration_decide(integration, err) < 0)
		return -1;
	for (size_t i = 0; i < integration->graph.node_count; i++) {
		const struct node *node = integration->graph.nodes[i];

		if (integration_examine(integration, node, err) < 0)
			return -1;
		switch (made_of(&planning, node)->outcome) {
		case OUTCOME_CURRENT:
			ret_result->current++;
			break;
		case OUTCOME_FAILED: /* was counted as a problem */
			break;
		case OUTCOME_SKIPPED:
			ret_result->skipped++;
			break;
		default:
			plan_node(&planning, node);
		}
	}
	plan_removals(&planning);
	ret_result->failed = integration->problems;
	return 0;
}
