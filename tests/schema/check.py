#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates JSON documents against a schema: check.py SCHEMA DOCUMENT...
Exit code 77 (skipped) where the package python3-jsonschema is not installed."""
import json
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("SKIP: python3-jsonschema is not installed")
    sys.exit(77)


def main(schema_path, *document_paths):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    faults = 0
    for path in document_paths:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        for fault in Draft202012Validator(schema).iter_errors(document):
            print(f"{path}: {fault.json_path}: {fault.message}")
            faults += 1
    print(f"{len(document_paths)} documents, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
