package poller

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"tidings/internal/clean"
	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/parse"
	"tidings/internal/sanitize"
)

// Bounds of a preview.
const (
	previewFeeds = 6                // of one address are looked at; the others are named
	previewItems = 5                // of each are shown
	previewAbout = 300              // characters of what a feed says of itself
	previewTime  = 20 * time.Second // for all of them
)

// Preview finds the feeds behind an address, like [Poller.Discover], and tells of each
// what it is and what it brought last. Nothing is subscribed to. Feeds that are followed
// already aren't asked, nor those that were asked within the last ten minutes; the first
// poll of a feed that is then subscribed to takes what was fetched here.
func (p *Poller) Preview(ctx context.Context, address string) ([]feed.Preview, error) {
	found, err := p.Discover(ctx, address)
	if err != nil {
		return nil, err
	}
	out := make([]feed.Preview, len(found))
	ctx, cancel := context.WithTimeout(ctx, previewTime)
	defer cancel()
	var wg sync.WaitGroup
	for i, f := range found {
		out[i].Found = f
		sub, err := p.store.FindSubscription(ctx, canonical(f.URL))
		if err == nil {
			out[i].Feed = sub.ID
			continue
		}
		if !errors.Is(err, feed.ErrNotFound) {
			return nil, err
		}
		if i < previewFeeds {
			wg.Go(func() { p.preview(ctx, &out[i]) })
		}
	}
	wg.Wait()
	return out, nil
}

// preview looks at one feed.
func (p *Poller) preview(ctx context.Context, out *feed.Preview) {
	resp, err := p.lookAt(ctx, out.URL)
	if err != nil {
		out.Failure = err.Error()
		return
	}
	doc, err := parse.Parse(resp.Body, resp.ContentType)
	if err != nil {
		out.Failure = err.Error()
		return
	}
	now := time.Now()
	c := clean.New(doc, resp.URL, now)
	d := c.Document()
	out.Title = cmp.Or(d.Title, out.Title)
	out.Format, out.Site, out.Language, out.Entries = d.Format, d.Link, d.Language, c.Len()
	out.About = short(sanitize.Text(d.Description), previewAbout)
	for i := range min(c.Len(), 200) {
		e, _, _ := c.Entry(i)
		item := feed.PreviewItem{Title: e.Title, URL: e.URL, Time: e.Published, Excerpt: e.Excerpt}
		if item.Time.After(now) {
			item.Time = now
		}
		out.Last = append(out.Last, item)
	}
	slices.SortStableFunc(out.Last, func(a, b feed.PreviewItem) int { return b.Time.Compare(a.Time) })
	if len(out.Last) > 0 {
		out.Newest = out.Last[0].Time
	}
	out.Last = out.Last[:min(len(out.Last), previewItems)]
}

// short cuts a text to n characters.
func short(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// lookAt fetches a feed, unless that was just done.
func (p *Poller) lookAt(ctx context.Context, address string) (*fetch.Response, error) {
	if resp := p.found.look(address); resp != nil {
		return resp, nil
	}
	resp, err := p.get(ctx, address, pages)
	if err == nil {
		p.found.put(address, resp)
	}
	return resp, err
}
