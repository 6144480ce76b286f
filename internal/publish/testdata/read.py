"""Reads feeds with feedparser and prints what it found, for consumer_test.go."""
import json
import sys

import feedparser

TYPES = {"atom": "application/atom+xml", "rss": "application/rss+xml"}


def entry(e):
    source = e.get("source", {})
    return {
        "id": e.get("id", ""),
        "title": e.get("title", ""),
        "link": e.get("link", ""),
        "published": list(e.published_parsed[:6]),
        "updated": list(e.updated_parsed[:6]),
        "authors": [a.get("name", "") for a in e.get("authors", [])],
        "categories": [[t.term, t.scheme or ""] for t in e.get("tags", [])],
        "content": e.content[0].value if "content" in e else "",
        "summary": e.get("summary", ""),
        "enclosures": [[x.href, x.get("type", "")] for x in e.get("links", []) if x.rel == "enclosure"],
        "related": [x.href for x in e.get("links", []) if x.rel == "related"],
        "source": [source.get("title", ""), source.get("id", "") or source.get("href", "")],
        "language": e.get("language") or e.get("title_detail", {}).get("language") or "",
    }


for name in sys.argv[1:]:
    kind = name.rsplit(".", 1)[-1]
    with open(name, "rb") as f:
        d = feedparser.parse(f.read(), response_headers={"content-type": TYPES[kind] + "; charset=utf-8"}, sanitize_html=False)
    print(json.dumps({
        "file": kind,
        "bozo": bool(d.bozo),
        "version": d.version,
        "title": d.feed.get("title", ""),
        "subtitle": d.feed.get("subtitle", ""),
        "self": next((x.href for x in d.feed.get("links", []) if x.rel == "self"), ""),
        "entries": [entry(e) for e in d.entries],
    }))
