"""Columns of findings, their spans and products named, as the kernel puts them together for a batch and a table holds them."""

from __future__ import annotations

#: Of every row: the place of its post in the batch;
POST = 0
#: of a finding: its duty, its reason, and the span behind its last;
DUTY, WHY, SPANS_END, FINDING_COLUMNS = range(1, 5)
#: of a span: where its words begin and end in the text, and its reason;
START, END, SPAN_WHY, SPAN_COLUMNS = range(1, 5)
#: of a product named: its name, and whether it is a competitor's. Each stands once in a post.
NAME, COMPETITOR, MENTION_COLUMNS = range(1, 4)
