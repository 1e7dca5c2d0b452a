#include "build/executor.h"

static void explain_path(struct str *ret, const char *what, struct slice path)
{
	str_adds(ret, what);
	str_add_printable(ret, path);
}

void executor_explain(const struct executor *executor, const struct node *node, struct str *ret)
{
	const struct node_status *status = &executor->statuses[node->index];

	switch (status->reason) {
	case REASON_NONE:
		str_adds(ret, "it is current");
		break;
	case REASON_FORCED:
		str_adds(ret, "it is to be made anew");
		break;
	case REASON_NEW:
		str_adds(ret, "nothing is known of it");
		break;
	case REASON_DECLARATION:
		str_adds(ret, "its sources, formats or requirements are others");
		break;
	case REASON_SOURCE:
		explain_path(ret, "the source changed: ", node->inputs[status->reason_index].path);
		break;
	case REASON_REQUIREMENT:
		str_adds(ret, "the requirement changed: ");
		node_name(node->needs[status->reason_index], ret);
		break;
	case REASON_DEPENDENCY:
		explain_path(ret, "a file that was read for it changed: ", status->changed->path);
		break;
	case REASON_COMMAND:
		str_adds(ret, "its commands are others");
		break;
	case REASON_MISSING:
		explain_path(ret, "the image is missing: ", node->image);
		break;
	case REASON_CHANGED:
		explain_path(ret, "the image is not what was made: ", node->image);
		break;
	}
}
