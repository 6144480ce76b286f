package poller

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"tidings/internal/clean"
	"tidings/internal/dedup"
	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/parse"
)

// Subscribe subscribes to the wishes in one transaction and lets the new feeds
// be polled soon, under the same limits as all others. The additions are in the
// order of the wishes. A wish without an http or https address is an error;
// nothing is then subscribed to (callers tell their bad lines apart before).
func (p *Poller) Subscribe(ctx context.Context, ws []feed.Wish) ([]feed.Addition, error) {
	for i := range ws {
		u, err := FeedURL(ws[i].URL)
		if err != nil {
			return nil, err
		}
		ws[i].URL = u
		ws[i].Canonical = canonical(u)
		ws[i].Site = fetch.Site(u)
	}
	adds, err := p.store.Subscribe(ctx, ws, time.Now())
	if err != nil {
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	p.joined(adds)
	return adds, nil
}

// joined lets the feeds that were added be polled soon.
func (p *Poller) joined(adds []feed.Addition) {
	p.mu.Lock()
	for _, a := range adds {
		if a.Added && !a.Subscription.Paused {
			p.unpolled[a.Subscription.ID] = true
		}
		if a.Added {
			p.crowd.add(a.Subscription.Site, 1)
		}
	}
	p.mu.Unlock()
	p.folds.stale.Store(true)
	p.Wake()
}

// canonical is the form of a feed's address by which duplicates are known: the
// one of articles, and the user's name, which may tell one private feed from
// another.
func canonical(address string) string {
	c := cmp.Or(dedup.CanonicalURL(address), address)
	if u, err := url.Parse(address); err == nil && u.User != nil {
		c += " " + u.User.String()
	}
	return c
}

// FeedURL gives the address that a person or an outline means: feed: and
// feed:// become http, a missing scheme becomes https.
func FeedURL(raw string) (string, error) {
	s := strings.TrimSpace(raw)
	for _, prefix := range []string{"web+feed:", "feed:"} {
		if len(s) > len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
			s = strings.TrimPrefix(s[len(prefix):], "//")
			if !strings.Contains(s, "://") {
				s = "http://" + s
			}
		}
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "", feed.WithHint(fmt.Errorf("read the address %q: %w", raw, err), "give an address like https://example.org/feed.xml")
	case u.Scheme != "http" && u.Scheme != "https":
		return "", feed.WithHint(fmt.Errorf("read the address %q: its scheme is %q", raw, u.Scheme), "feeds are fetched by http and https only")
	case u.Host == "" || strings.ContainsAny(u.Host, " \t"):
		return "", feed.WithHint(fmt.Errorf("read the address %q: it names no host", raw), "give an address like https://example.org/feed.xml")
	}
	return s, nil
}

// pages is what discovery asks for: a feed, or a page that names one.
const pages = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/html;q=0.8, */*;q=0.5"

// discover asks the site of an address, see [Poller.Discover].
func (p *Poller) discover(ctx context.Context, address string) ([]feed.Found, error) {
	u, err := FeedURL(address)
	if err != nil {
		return nil, err
	}
	resp, err := p.get(ctx, u, pages)
	if err != nil && !strings.Contains(address, "://") { // a bare name: an old site may have no https
		if r, err2 := p.get(ctx, "http://"+strings.TrimPrefix(u, "https://"), pages); err2 == nil {
			resp, err, u = r, nil, "http://"+strings.TrimPrefix(u, "https://")
		}
	}
	if err != nil {
		return nil, err
	}
	doc, err := parse.Parse(resp.Body, resp.ContentType)
	if err == nil {
		f := p.itself(u, resp, doc)
		p.found.put(f.URL, resp)
		return []feed.Found{f}, nil
	}
	if found := parse.Discover(resp.Body, resp.ContentType, resp.URL); len(found) > 0 {
		return found, nil
	}
	if found := p.usualPlaces(ctx, resp.URL); len(found) > 0 {
		return found, nil
	}
	var nf *parse.NotFeed
	if errors.As(err, &nf) {
		err = feed.WithHint(fmt.Errorf("find a feed at %s: there is none, and the page names none", resp.URL),
			"look for an RSS or Atom link on the site and give that address")
	}
	return nil, err
}

// itself is the find of an address that is a feed.
func (p *Poller) itself(u string, resp *fetch.Response, doc *parse.Document) feed.Found {
	if resp.Permanent {
		u = resp.URL
	}
	return feed.Found{URL: u, Title: clean.New(doc, resp.URL, time.Now()).Document().Title, Type: resp.ContentType}
}

// usualPlaces tries the addresses at which most sites keep their feed, one
// after another, and stops at the first feed.
func (p *Poller) usualPlaces(ctx context.Context, page string) []feed.Found {
	base, err := url.Parse(page)
	if err != nil {
		return nil
	}
	for _, place := range []string{"/feed", "/rss.xml", "/atom.xml", "/index.xml", "/feed.xml"} {
		u := base.ResolveReference(&url.URL{Path: place})
		resp, err := p.get(ctx, u.String(), pages)
		if err != nil {
			continue
		}
		if doc, err := parse.Parse(resp.Body, resp.ContentType); err == nil {
			f := p.itself(u.String(), resp, doc)
			p.found.put(f.URL, resp)
			return []feed.Found{f}
		}
	}
	return nil
}

// Change changes a subscription; a new address is polled at once.
func (p *Poller) Change(ctx context.Context, id uint64, c feed.Change) (feed.Subscription, error) {
	var canon, site string
	if c.When != nil {
		if err := c.When.Check(); err != nil {
			return feed.Subscription{}, err
		}
	}
	if c.URL != nil {
		u, err := FeedURL(*c.URL)
		if err != nil {
			return feed.Subscription{}, err
		}
		c.URL, canon, site = &u, canonical(u), fetch.Site(u)
	}
	s, err := p.store.ChangeSubscription(ctx, id, c, canon, site)
	p.folds.stale.Store(true) // it may be in another folder
	if err == nil && c.Paused != nil {
		err = p.recount(ctx, id)
	}
	if err == nil && c.When != nil {
		err = p.reschedule(ctx, []uint64{id})
	}
	if c.FullText != nil {
		p.texts.look()
	}
	p.Wake()
	return s, err
}

// recount notes whether a feed is waiting for its first poll.
func (p *Poller) recount(ctx context.Context, id uint64) error {
	f, err := p.store.Subscription(ctx, id)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if delete(p.unpolled, id); waitsForFirst(f) {
		p.unpolled[id] = true
	}
	return nil
}

// get makes a request when its site's turn has come.
func (p *Poller) get(ctx context.Context, address, accept string) (*fetch.Response, error) {
	resp, err := p.turn(ctx, fetch.Request{URL: address, Accept: accept})
	return resp, asked(err)
}

// getList asks for a list of feeds, which may be longer than a feed.
func (p *Poller) getList(ctx context.Context, address string) (*fetch.Response, error) {
	resp, err := p.turn(ctx, fetch.Request{URL: address, Accept: listTypes, MaxBody: maxList})
	return resp, asked(err)
}

// turn makes a request when its site's turn has come, and so at each redirect that
// leads to another site. The error may be a *tooFar.
func (p *Poller) turn(ctx context.Context, r fetch.Request) (*fetch.Response, error) {
	site := fetch.Site(r.URL)
	f, err := p.pace.wait(ctx, site, noHurry)
	if err != nil {
		return nil, err
	}
	w := &way{p: p, site: site, flight: f, most: noHurry}
	defer w.end()
	r.Turn = w.turn
	return p.fetch.Get(ctx, r)
}

// Refresh makes feeds due now, nil meaning all, and gives how many. Feeds that
// were polled within the last five minutes, are paused, gone, or asked us to
// wait, are left as they are.
func (p *Poller) Refresh(ctx context.Context, ids []uint64) (int, error) {
	fs, err := p.wanted(ctx, feed.PollRequest{Feeds: ids, All: ids == nil})
	if err != nil {
		return 0, err
	}
	var ask []uint64
	p.mu.Lock()
	for _, f := range fs {
		if _, not := p.refusal(f, feed.PollRequest{}, time.Now()); !not && p.busy[f.Subscription.ID] == nil {
			ask = append(ask, f.Subscription.ID)
		}
	}
	p.mu.Unlock()
	if len(ask) == 0 {
		return 0, nil
	}
	n, err := p.store.Hasten(ctx, ask, time.Now())
	p.Wake()
	return n, err
}
