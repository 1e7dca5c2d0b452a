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
		str_adds(ret, "nothing changed");
		break;
	case REASON_FORCED:
		str_adds(ret, "rebuild requested");
		break;
	case REASON_NEW:
		str_adds(ret, "not built yet");
		break;
	case REASON_DECLARATION:
		str_adds(ret, "sources, formats or requirements changed");
		break;
	case REASON_SOURCE:
		explain_path(ret, "source changed: ", node->inputs[status->reason_index].path);
		break;
	case REASON_REQUIREMENT:
		str_adds(ret, "requirement changed: ");
		node_name(node->needs[status->reason_index], ret);
		break;
	case REASON_DEPENDENCY:
		explain_path(ret, "input changed: ", status->changed->path);
		break;
	case REASON_COMMAND:
		str_adds(ret, "command changed");
		break;
	case REASON_MISSING:
		explain_path(ret, "built file is missing: ", node->image);
		break;
	case REASON_CHANGED:
		explain_path(ret, "built file was changed: ", node->image);
		break;
	}
}
