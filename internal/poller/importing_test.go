package poller

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tidings/internal/fetch"
	"tidings/internal/opml"

	"tidings/internal/feed"
)

// imported imports, and gives the report with all lines.
func imported(t testing.TB, p *Poller, r feed.ImportRequest) (rep feed.ImportReport, err error) {
	t.Helper()
	sum, err := p.Import(t.Context(), r, func(l feed.ImportLine) error {
		rep.Lines = append(rep.Lines, l)
		return nil
	})
	rep.Title, rep.List = sum.Title, sum.List
	for s, n := range sum.Counts {
		if rep.Count(s) != n {
			t.Errorf("the sum has %d of %s, and there are %d", n, s, rep.Count(s))
		}
	}
	if err == nil && sum.Lines() != len(rep.Lines) {
		t.Errorf("the sum has %d lines of %d", sum.Lines(), len(rep.Lines))
	}
	return rep, err
}

// spelled is a report in short: "line state host, reason".
func spelled(r feed.ImportReport) (lines []string) {
	for _, l := range r.Lines {
		s := fmt.Sprintf("%d %s %s", l.Line, l.State, strings.TrimSuffix(strings.TrimPrefix(l.URL, "https://"), ".example/feed"))
		if l.Reason != "" {
			s += ", " + l.Reason
		}
		lines = append(lines, s)
	}
	return lines
}

const mixed = `<opml><body tidings:fold="exact">
<outline text="News" tidings:events="off"><outline text="A" xmlUrl="https://a.example/feed" category="go" tidings:paused="yes" tidings:fold="off"/>
<outline text="Bad" xmlUrl="gopher://b.example/"/>
<outline text="More" type="include" url="https://lists.example/more.opml"/>
</outline>
<outline text="Fun"><outline text="A again" xmlUrl="HTTPS://www.A.example/feed?utm_source=x"/></outline>
<outline text="C" xmlUrl="feed://c.example/feed"/>
</body></opml>`

func TestImportTellsOfEachLine(t *testing.T) {
	s := open(t)
	p, stop := start(t, s, newShelf(), Options{OnDemand: true})
	defer stop()
	r, err := imported(t, p, feed.ImportRequest{Body: strings.NewReader(mixed)})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"2 added a",
		"3 failed , addresses that begin with gopher: are not supported, only https and http",
		"4 failed , this is another list, not a feed: import it by its own address",
		"6 twice www.A.example/feed?utm_source=x, the same feed as in line 2; this folder is a tag of it",
		"7 added http://c",
		"0 set , folding exact",
		"0 set , related coverage off",
	}
	if got := spelled(r); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	fs, err := s.Subscriptions(t.Context())
	if err != nil || len(fs) != 2 {
		t.Fatal(fs, err)
	}
	a := fs[1].Subscription
	if a.Folder != "News" || !slices.Equal(a.Tags, []string{"Fun", "go"}) || !a.Paused || a.Title != "A" {
		t.Errorf("a is %+v", a)
	}
	settings, err := s.Settings(t.Context(), feed.Scope{}.Setting())
	rules := feed.Rules(settings)
	if err != nil || rules.Global.Fold != feed.FoldExact || rules.Folders["News"].Events != "off" || rules.Feeds[a.ID].Fold != feed.FoldOff {
		t.Errorf("rules %+v, %v", rules, err)
	}
}

// What is there stays as the reader has it since.
func TestImportingTwiceChangesNothing(t *testing.T) {
	s := open(t)
	p, stop := start(t, s, newShelf(), Options{OnDemand: true})
	defer stop()
	again := func() feed.ImportReport {
		r, err := imported(t, p, feed.ImportRequest{Body: strings.NewReader(mixed)})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := again()
	title, none, no := "Mine", []string{}, false
	if _, err := p.Change(t.Context(), r.Lines[0].Feed, feed.Change{Title: &title, Tags: &none, Paused: &no}); err != nil {
		t.Fatal(err)
	}
	if err := p.SetRule(t.Context(), feed.Scope{Folder: "News"}, feed.Rule{Fold: feed.FoldCopies}); err != nil {
		t.Fatal(err)
	}
	before := exported(t, s)
	r = again()
	if r.Count(feed.ImportAdded)+r.Count(feed.ImportSet) != 0 || r.Count(feed.ImportKnown) != 2 || r.Count(feed.ImportKept) != 1 {
		t.Errorf("the second time:\n%s", strings.Join(spelled(r), "\n"))
	}
	if after := exported(t, s); after != before {
		t.Errorf("it changed\n%s\nto\n%s", before, after)
	}
}

// exported is what a store's subscriptions are as OPML.
func exported(t *testing.T, s Store) string {
	t.Helper()
	fs, err := s.Subscriptions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	settings, err := s.Settings(t.Context(), feed.Scope{}.Setting())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := opml.Write(&b, opml.Export{Feeds: fs, Rules: feed.Rules(settings)}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What is exported and imported into an empty data file is the same as before.
func TestAnExportComesBackWhole(t *testing.T) {
	first, second := open(t), open(t)
	p, stop := start(t, first, newShelf(), Options{OnDemand: true})
	if _, err := imported(t, p, feed.ImportRequest{Body: strings.NewReader(mixed)}); err != nil {
		t.Fatal(err)
	}
	stop()
	want := exported(t, first)
	p, stop = start(t, second, newShelf(), Options{OnDemand: true})
	defer stop()
	if r, err := imported(t, p, feed.ImportRequest{Body: strings.NewReader(want)}); err != nil || r.Count(feed.ImportFailed) != 0 {
		t.Fatal(spelled(r), err)
	}
	if got := exported(t, second); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A list at an address brings what it includes, and relative addresses have a base.
func TestImportByAddressFollowsIncludes(t *testing.T) {
	s, w := open(t), newShelf("|alpha")
	w.extra = `<outline text="Friends" type="include" url="more.opml"/><outline xmlUrl="/feed"/>`
	answer := w.answer
	w.answer = func(r fetch.Request) (*fetch.Response, error) {
		if r.URL == "https://lists.example/more.opml" {
			return &fetch.Response{Status: 200, URL: r.URL, Body: []byte(`<opml><body><outline text="F"><outline xmlUrl="https://beta.example/feed"/></outline></body></opml>`)}, nil
		}
		return answer(r)
	}
	p, stop := start(t, s, w, Options{OnDemand: true})
	defer stop()
	r, err := imported(t, p, feed.ImportRequest{URL: listURL, Folder: "Team"})
	if err != nil || r.Count(feed.ImportAdded) != 3 {
		t.Fatal(spelled(r), err)
	}
	wantFeeds(t, s, "all of it", "Team|alpha", "Team|lists", "Team/Friends/F|beta")
	if n := len(w.at("lists.example")); n != 2 {
		t.Errorf("%d requests", n)
	}
}
