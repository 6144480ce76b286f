package server

import (
	"mime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tidings/internal/feed"
)

// showroom is a world that has something of everything to look at.
type showroom struct {
	*world
	entries []uint64 // of the ferry
	report  string   // name of an import's report
	notice  string   // name of what is told, with an undo
}

func newShowroom(t *testing.T) *showroom {
	w := newWorld(t, 11, func(o *Options) { o.Starter = []feed.Wish{{URL: "https://outlet1.example/feed.xml", Folder: "World"}} })
	w.strike(t, time.Now())
	r := &showroom{world: w, entries: w.sunk(t)}
	w.teaser(t)
	w.teamed(t)
	rep, err := newReport(feed.ImportReport{Title: "mine.opml", Lines: []feed.ImportLine{
		{State: feed.ImportAdded, Title: "Meridian Wire", URL: "https://outlet1.example/feed.xml", Folder: "World", Feed: 1},
		{State: feed.ImportKnown, Title: "科技日报", URL: "https://outlet8.example/feed.xml", Folder: "Technology", Feed: 8},
		{State: feed.ImportFailed, Title: "Old gopher hole", URL: "gopher://example.org/", Reason: "this is no http or https address", Line: 14},
	}})
	if err != nil {
		t.Fatal(err)
	}
	r.report = w.shelf.put(rep)
	r.notice = w.shelf.put(&flash{Text: "42 stories marked read.", Undo: "x"})
	return r
}

// addresses are those at which a route is worth a look. A route that has none here is
// asked for as it is.
func (r *showroom) addresses() map[string][]string {
	return map[string][]string{
		"GET /{$}": {"/?view=all&done=" + r.notice, "/", "/?view=all&order=sources&span=week", "/?view=starred", "/?folder=World&view=all", "/?feed=7&view=starred"},
		"GET /story/{id}": {"/story/1000", "/story/998", "/story/995", "/story/997", "/story/2000?view=all", "/story/4000",
			"/story/4000?copy=" + number(r.entries[1]), "/story/4100"},
		"GET /feeds":             {"/feeds", "/feeds?done=" + r.notice},
		"GET /feeds/{id}":        {"/feeds/3", "/feeds/1"},
		"GET /feeds/{id}/remove": {"/feeds/3/remove"},
		"GET /packs/{name}":      {"/packs/world-de", "/packs/world-ar"},
		"GET /statistics":        {"/statistics", "/statistics?span=all"},
		"GET /subscribe":         {"/subscribe", "/subscribe?url=example.org"},
		"GET /folding":           {"/folding", "/folding?folder=World/Middle+East"},
		"GET /import/{token}":    {"/import/" + r.report},
		"GET /palette":           {"/palette", "/palette?q=the"},
		"GET /feed/{name}":       {"/feed/3"},
		"GET /folder/{path...}":  {"/folder/World"},
		"GET /tag/{path...}":     {"/tag/wire"},
	}
}

// noPages are routes with a part to fill in that give no page, whatever it is.
var noPages = map[string]bool{
	"GET /websub/{token}": true, "GET /picture/{sig}/{width}": true, "GET /icon/{name}": true, "GET /assets/{name}": true,
	"GET /events": true, // it doesn't end
}

// pages are the addresses of all pages that there are: every GET route that answers
// with HTML. A route that this doesn't know how to fill in fails the test.
func (r *showroom) pages(t *testing.T) (all []string) {
	t.Helper()
	known := r.addresses()
	for _, rt := range r.routes() {
		path, isGet := strings.CutPrefix(rt.pattern, "GET ")
		if !isGet || noPages[rt.pattern] {
			continue
		}
		at := known[rt.pattern]
		if at == nil {
			path = strings.TrimSuffix(path, "{$}")
			if strings.Contains(path, "{") {
				t.Errorf("%s: say where, for its page to be looked at", rt.pattern)
				continue
			}
			at = []string{path}
		}
		for _, address := range at {
			a := r.get(t, address)
			if kind, _, _ := mime.ParseMediaType(a.Header().Get("Content-Type")); a.Code == 200 && kind == "text/html" {
				all = append(all, address)
			} else if known[rt.pattern] != nil {
				t.Errorf("%s: %d, %s: no page", address, a.Code, kind)
			}
		}
	}
	return all
}

// Every page outlines itself: one first heading, no level left out, landmarks, and a
// title and a language of its own.
func TestEveryPageHasItsOutline(t *testing.T) {
	r := newShowroom(t)
	all := r.pages(t)
	if len(all) < 20 {
		t.Fatalf("only %d pages were found: %q", len(all), all)
	}
	titles := map[string]string{}
	for _, address := range all {
		a := r.get(t, address).status(200)
		p := a.page()
		if n := len(p.find("h1")); n != 1 {
			t.Errorf("%s has %d first headings", address, n)
		}
		if n := len(p.find("main")); n != 1 {
			t.Errorf("%s has %d main parts", address, n)
		}
		path, _, _ := strings.Cut(address, "?")
		title := a.one(p, "head title").text()
		if title == "" {
			t.Errorf("%s has no title", address)
		}
		if was := titles[title]; was != "" && was != path {
			t.Errorf("%s and %s have one title: %s", was, path, title)
		}
		titles[title] = path
		if a.one(p, "html").attr("lang") == "" {
			t.Errorf("%s has no language", address)
		}
		last := 0
		for h := range p.Descendants() {
			if h.Type != html.ElementNode || len(h.Data) != 2 || h.Data[0] != 'h' || h.Data[1] < '1' || h.Data[1] > '6' {
				continue
			}
			level := int(h.Data[1] - '0')
			if last > 0 && level > last+1 { // an index may stand above the first
				t.Errorf("%s: a heading of level %d under one of level %d: %s", address, level, last, (&node{h}).text())
			}
			last = level
		}
	}
}
