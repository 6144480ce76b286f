package opml

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// web is lists by their addresses; what isn't there can't be fetched.
type web map[string]string

// fetched is the list at an address and what it includes, as [Walk] gives it.
func fetched(ctx context.Context, address string, fetch Fetch, limits Limits) (*List, error) {
	text, at, err := fetch(ctx, address)
	if err != nil {
		return nil, err
	}
	all := &List{}
	l, err := Walk(ctx, text, at, fetch, limits, all.add)
	if err != nil {
		return nil, err
	}
	all.Title, all.Cut = l.Title, l.Cut
	return all, nil
}

func (w web) fetch(_ context.Context, address string) (*io.SectionReader, string, error) {
	s, ok := w[address]
	if !ok {
		return nil, "", errors.New("not found (404)")
	}
	if to, moved := strings.CutPrefix(s, "moved "); moved {
		return Section([]byte(w[to])), to, nil
	}
	return Section([]byte(s)), address, nil
}

func body(outlines ...string) string {
	return "<opml><body>\n" + strings.Join(outlines, "\n") + "\n</body></opml>"
}

func TestFetched(t *testing.T) {
	w := web{
		"https://l.example/a.opml": body(`<outline text="In"><outline text="B" type="include" url="sub/b.opml"/></outline>`,
			`<outline text="One" xmlUrl="one.xml"/>`, `<outline text="Gone" type="include" url="https://gone.example/"/>`,
			`<outline text="Page" type="include" url="https://page.example/"/>`),
		"https://l.example/sub/b.opml": "moved https://m.example/b/",
		"https://m.example/b/": body(`<outline text="F"><outline text="Two" xmlUrl="/two.xml"/></outline>`, `<outline type="rss" text="Bad"/>`,
			`<outline text="Back" type="link" url="https://l.example/a.opml"/>`, `<outline text="Itself" type="include" url="https://m.example/b/"/>`),
		"https://page.example/": "<!DOCTYPE html><html>",
	}
	l, err := fetched(t.Context(), "https://l.example/a.opml", w.fetch, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/expand.golden", describe(l))
	if l.Feeds[1].Source != "https://l.example/sub/b.opml" || l.Feeds[0].Source != "" {
		t.Errorf("sources: %+v", l.Feeds)
	}
}

// TestFetchedEnds holds that lists can't lead on for ever, in depth, in number or in
// circles.
func TestFetchedEnds(t *testing.T) {
	asked := 0
	endless := func(_ context.Context, address string) (*io.SectionReader, string, error) {
		asked++
		return Section([]byte(body(fmt.Sprintf(`<outline type="include" url="%s1"/><outline type="include" url="%s2"/><outline xmlUrl="%sf"/>`, address, address, address)))), address, nil
	}
	l, err := fetched(t.Context(), "https://l.example/", endless, Limits{})
	if err != nil || asked != 1+2+4+8 || len(l.Feeds) != asked || len(l.Problems) != 16 || !l.Cut {
		t.Errorf("deep: asked %d times, %d feeds, %d problems, %v", asked, len(l.Feeds), len(l.Problems), err)
	}
	asked = 0
	var many []string
	for i := range 30 {
		many = append(many, fmt.Sprintf(`<outline type="include" url="https://l.example/%d"/>`, i))
	}
	wide := func(_ context.Context, address string) (*io.SectionReader, string, error) {
		asked++
		if asked == 1 {
			return Section([]byte(body(many...))), address, nil
		}
		return Section([]byte(body(`<outline xmlUrl="https://a.example/"/>`))), address, nil
	}
	l, err = fetched(t.Context(), "https://l.example/", wide, Limits{})
	if err != nil || asked != 21 || len(l.Feeds) != 20 || len(l.Problems) != 10 {
		t.Errorf("wide: asked %d times, %d feeds, %d problems, %v", asked, len(l.Feeds), len(l.Problems), err)
	}
	if l, err = fetched(t.Context(), "https://l.example/", endless, Limits{Outlines: 5}); err != nil || len(l.Feeds) > 5 {
		t.Errorf("limits: %d feeds, %v", len(l.Feeds), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	giveUp := func(ctx context.Context, address string) (*io.SectionReader, string, error) {
		cancel()
		return endless(ctx, address)
	}
	if _, err := fetched(ctx, "https://l.example/", giveUp, Limits{}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

func TestUnfollowed(t *testing.T) {
	l := read(t, body(`<outline text="B" type="include" url="https://b.example/"/>`), Limits{})
	l.Unfollowed()
	if len(l.Includes) != 0 || len(l.Problems) != 1 || l.Problems[0].Line != 2 || !strings.Contains(l.Problems[0].Reason, "own address") {
		t.Errorf("%+v", l)
	}
}
