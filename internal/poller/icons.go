package poller

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/picture"
	"tidings/internal/schedule"
)

// Icons of feeds are asked for like everything else, each request when its site's turn has
// come, by a few workers beside the polls and after the first of them: no icon is worth a
// story that comes later. No address is asked for twice in a month, whatever it answered;
// only where nobody answered at all it is tried again after a day.
const (
	iconEvery   = 30 * 24 * time.Hour
	iconAgain   = 24 * time.Hour  // after no answer
	iconGlance  = time.Minute     // how often feeds without an icon are looked for
	iconFirst   = 5 * time.Second // how soon after the start
	iconWorkers = 4
	iconSites   = 64      // sites of a round, so that a new feed needn't wait for thousands
	iconOfSite  = 20      // feeds of each
	iconPage    = 2 << 20 // bytes of a page that may name icons
	iconTypes   = "image/png, image/x-icon, image/webp, image/gif, image/jpeg, image/*;q=0.5"
	pageTypes   = "text/html, application/xhtml+xml;q=0.9"
)

// iconJob is a source whose icon is to be looked for, and a feed that has it.
type iconJob struct {
	source feed.IconSource
	feed   feed.Outlet
}

// keepIcons looks for the icons of feeds until ctx ends.
func (p *Poller) keepIcons(ctx context.Context) {
	if p.o.OnDemand || !p.o.Icons {
		return
	}
	var swept time.Time
	for wait := iconFirst; pause(ctx, wait, nil) == nil; {
		if wait = iconGlance; p.firstPoll() {
			continue
		}
		jobs, sources, err := p.dueIcons(ctx)
		if err == nil && sources != nil && time.Since(swept) > iconAgain {
			swept = time.Now()
			err = p.store.ForgetIcons(ctx, sources)
		}
		if err != nil && ctx.Err() == nil {
			p.log.Error("look for icons", "err", err)
			continue
		}
		if len(jobs) > iconSites {
			jobs, wait = jobs[:iconSites], iconFirst
		}
		p.fetchIcons(ctx, jobs)
	}
}

// dueIcons lists the sources that are due, by site, those never asked for and of the newest
// feeds first, and the keys of all that are of use.
// There are none if no pictures are wanted.
func (p *Poller) dueIcons(ctx context.Context) (jobs [][]iconJob, used map[string]bool, err error) {
	shown, err := p.store.Setting(ctx, feed.SettingPictures)
	if err != nil || feed.ParseShowing(string(shown)) == feed.ShowNothing {
		return nil, nil, err
	}
	known, err := p.store.Icons(ctx)
	if err != nil {
		return nil, nil, err
	}
	outlets, err := p.store.Outlets(ctx)
	if err != nil {
		return nil, nil, err
	}
	used = map[string]bool{}
	seen, due, now := map[string]bool{}, map[string][]iconJob{}, time.Now()
	for _, o := range outlets {
		s := o.IconSource()
		key := s.Key()
		used[key], used[s.Site] = true, true // what the site gave is of use where the feed's own is no good
		if s.Site == "" || seen[key] || p.neverPolled(o.Feed) {
			continue
		}
		if seen[key] = true; !known[key].Due.After(now) && len(due[s.Site]) < iconOfSite {
			due[s.Site] = append(due[s.Site], iconJob{s, o})
		}
	}
	for _, js := range due {
		jobs = append(jobs, js)
	}
	slices.SortFunc(jobs, func(a, b []iconJob) int {
		order := known[a[0].source.Key()].Due.Compare(known[b[0].source.Key()].Due)
		return cmp.Or(order, cmp.Compare(b[0].feed.Feed, a[0].feed.Feed))
	})
	return jobs, used, nil
}

// firstPoll reports whether feeds are polled for the first time, and are not done.
func (p *Poller) firstPoll() bool {
	now := p.Progress()
	return now.Running && now.First
}

func (p *Poller) neverPolled(id uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.unpolled[id]
}

// fetchIcons looks for icons, those of a few sites at a time, and returns when all are
// found or ctx has ended.
func (p *Poller) fetchIcons(ctx context.Context, jobs [][]iconJob) {
	sites := make(chan []iconJob)
	var workers sync.WaitGroup
	for range min(iconWorkers, len(jobs)) {
		workers.Go(func() {
			for js := range sites {
				p.fetchIconsOf(ctx, js)
			}
		})
	}
	for _, js := range jobs {
		select {
		case sites <- js:
		case <-ctx.Done():
		}
	}
	close(sites)
	workers.Wait()
}

// fetchIconsOf looks for the icons of one site's feeds, one after another.
func (p *Poller) fetchIconsOf(ctx context.Context, js []iconJob) {
	for _, j := range js {
		h := &iconHunt{p: p, feed: j.feed}
		png, err := h.find(ctx, j.source)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = p.store.PutIcon(ctx, j.source.Key(), png, h.due())
		}
		if err != nil {
			p.log.Error("keep an icon", "feed", j.feed.URL, "err", err)
		}
	}
}

// iconHunt is the search for one icon.
type iconHunt struct {
	p        *Poller
	feed     feed.Outlet
	answered bool // somebody gave an answer, whatever it was
}

// find gives the icon of a source, a PNG; nil if it has none. The error is the store's.
func (h *iconHunt) find(ctx context.Context, s feed.IconSource) ([]byte, error) {
	if s.Icon == "" {
		return h.atSite(ctx, s.Site), nil
	}
	if png := h.icon(ctx, s.Icon); png != nil {
		return png, nil
	}
	known, err := h.p.store.Icons(ctx)
	if err != nil || ctx.Err() != nil {
		return nil, err
	}
	site, now := known[s.Site], time.Now()
	if site.Due.After(now) {
		if site.Hash == "" {
			return nil, nil
		}
		return h.p.store.Icon(ctx, site.Hash)
	}
	h.answered = false
	png := h.atSite(ctx, s.Site)
	if ctx.Err() != nil {
		return nil, nil
	}
	return png, h.p.store.PutIcon(ctx, s.Site, png, h.due())
}

// atSite looks for an icon in the site's first page, then where browsers look.
func (h *iconHunt) atSite(ctx context.Context, site string) []byte {
	if resp := h.get(ctx, fetch.Request{URL: site + "/", Accept: pageTypes, MaxBody: iconPage}); resp != nil {
		for _, address := range picture.IconLinks(resp.Body, resp.URL) {
			if png := h.icon(ctx, address); png != nil {
				return png
			}
		}
	}
	return h.icon(ctx, site+"/favicon.ico")
}

// icon asks for one icon; nil if that is none.
func (h *iconHunt) icon(ctx context.Context, address string) []byte {
	resp := h.get(ctx, fetch.Request{URL: address, Accept: iconTypes, MaxBody: picture.MostIconBytes})
	if resp == nil || resp.Cut != nil {
		return nil
	}
	png, err := picture.Icon(resp.Body)
	if err != nil {
		h.p.log.Debug("make an icon", "address", address, "err", err)
	}
	return png
}

// get makes a request when its site's turn has come, and learns from the answer how
// the site wants to be asked; nil for a failure.
func (h *iconHunt) get(ctx context.Context, r fetch.Request) *fetch.Response {
	r.Origin = h.feed.URL
	resp, err := h.p.turn(ctx, r)
	fe, site := fetchError(err), fetch.Site(r.URL)
	switch {
	case err == nil:
		h.answered = true
		h.p.pace.note(site, verdict{}, time.Now())
	case fe != nil && fe.Status != 0:
		h.answered = true
		v := verdict{limited: fe.Kind == feed.FailureLimited}
		if fe.Status == http.StatusTooManyRequests {
			v.rest = min(max(fe.RetryAfter, time.Minute), siteRest)
		}
		h.p.pace.note(fetch.Site(fe.URL), v, time.Now())
	}
	if err != nil {
		return nil
	}
	return resp
}

// due is when the source may be asked again. Sources that were asked together come apart
// with time.
func (h *iconHunt) due() time.Time {
	wait := iconAgain
	if h.answered {
		wait = iconEvery
	}
	return time.Now().Add(wait + schedule.Spread(h.feed.Feed, wait))
}
