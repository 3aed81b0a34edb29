"""Reads /metrics from standard input with Prometheus' own Python client: by its parser of the text format, and, after what 0.0.4
writes differently is rewritten, by its strict parser of OpenMetrics. Prints a line a problem and fails if there is one."""
import re
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict
from prometheus_client.parser import text_string_to_metric_families as lenient

UNITS = ("_seconds", "_bytes", "_ratio")
text = sys.stdin.read()
problems, families = [], []
try:
    families = list(lenient(text))
    # In OpenMetrics a counter's family has no _total, and the text has an end.
    renamed = re.sub(r"^(# (?:HELP|TYPE) \S+?)_total ", r"\1 ", text, flags=re.MULTILINE)
    list(strict(renamed + "# EOF\n"))
except ValueError as error:
    problems.append(str(error))
for family in families:
    if not family.documentation or family.documentation == "Not declared.":
        problems.append(f"{family.name}: no help text")
    if family.type not in ("counter", "gauge", "histogram"):
        problems.append(f"{family.name}: type {family.type}")
    if family.type == "histogram" and not family.name.endswith(UNITS):
        problems.append(f"{family.name}: a histogram without a unit")
    for sample in family.samples:
        if (family.type == "counter") != sample.name.endswith("_total"):
            problems.append(f"{sample.name}: _total is for counters, and for all of them")
print("\n".join(problems) or f"{len(families)} metrics, {sum(len(family.samples) for family in families)} samples")
sys.exit(1 if problems or len(families) < 20 else 0)
