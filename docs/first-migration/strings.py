#!/usr/bin/env python3
"""Spells every id and every reference to one as a string, which is what json-server 1.0 looks them up by.

    python3 strings.py < db.json > new.json
"""

import json
import sys


def spelled(value):
    if isinstance(value, list):
        return [spelled(element) for element in value]
    if isinstance(value, dict):
        return {name: str(v) if name == "id" or name.endswith("Id") else spelled(v) for name, v in value.items()}
    return value


json.dump(spelled(json.load(sys.stdin)), sys.stdout, indent=2, ensure_ascii=False)
