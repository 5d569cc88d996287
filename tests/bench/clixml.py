#!/usr/bin/python3
"""clixml.py - PowerShell objects as JSON, one a line, as a script would do it.

The yardstick for "credssp ps --json": reads what "credssp ps --clixml" wrote
and makes the same JSON of it, with lxml (libxml2, as in credssp) and json.
"""
import json
import sys

from lxml import etree

INTEGERS = {"By", "SB", "U16", "I16", "U32", "I32", "U64", "I64"}
LISTS = {"LST", "IE", "QUE", "STK"}
FOLDERS = {"Props", "MS"}


def named(members):
    return {member.get("N"): value(member) for member in members}


def entry(pair):
    key, item = pair
    return str(value(key)), value(item)


def obj(element):
    found = {}
    for part in element:
        if part.tag in FOLDERS:
            found.update(named(part))
        elif part.tag in LISTS:
            return [value(item) for item in part]
        elif part.tag == "DCT":
            return dict(entry(pair) for pair in part)
        elif part.tag not in ("TN", "TNRef", "ToString"):
            return value(part)
    return found


def value(element):
    tag = element.tag
    if tag == "Obj":
        return obj(element)
    if tag in INTEGERS:
        return int(element.text)
    if tag == "B":
        return element.text == "true"
    if tag == "Nil":
        return None
    return element.text or ""


def main():
    put = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for line in sys.stdin.buffer:
        print(put(value(etree.fromstring(line, parser))))


main()
