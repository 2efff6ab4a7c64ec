#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""metrics.py FILE: is it OpenMetrics, as the reference parser of the Prometheus project reads it?
Visibly skipped (77) where python3-prometheus-client is not installed."""
import sys

try:
    from prometheus_client.openmetrics import parser
except ImportError:
    print("python3-prometheus-client is not installed")
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as file:
    families = list(parser.text_fd_to_metric_families(file))
samples = [sample for family in families for sample in family.samples]
lost = [s for s in samples if s.name == "sekisho_exporter_lost_flows"]
assert len(families) > 15 and len(samples) > 30, (len(families), len(samples))
assert {s.labels["exporter"] for s in lost} == {"192.0.2.1", "192.0.2.2"}, lost
print(f"{len(families)} families, {len(samples)} samples")
