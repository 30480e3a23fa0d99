"""Reads a page of metrics with the official client's strict reader: a line for each family, its type, name and labels."""

import sys

from prometheus_client.parser import text_string_to_metric_families

ADDED_BY_THE_TYPE = {"le"}


def main():
    names = set()
    for family in text_string_to_metric_families(sys.stdin.read()):
        if family.name in names:
            sys.exit(f"{family.name} is there twice")
        names.add(family.name)
        if not family.documentation:
            sys.exit(f"{family.name} has no help")
        labels = sorted({label for sample in family.samples for label in sample.labels} - ADDED_BY_THE_TYPE)
        print(f"{family.type} {family.name} {','.join(labels)}".rstrip())


main()
