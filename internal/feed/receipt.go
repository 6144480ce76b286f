package feed

import (
	"cmp"
	"slices"
	"time"
)

// Receipt is what polling has cost publishers, for those who ask.
type Receipt struct {
	At    time.Time
	Sites []SiteReceipt // those that were asked most in the last 30 days first
}

// SiteReceipt is what the feeds of one site have cost, and how the site is asked.
type SiteReceipt struct {
	Site       string
	Day, Month Exchange // of the last 24 hours, to the hour, and of the last 30 days, to the day
	Spacing    time.Duration
	Complained time.Time // when it last answered 429 or 503; zero: never of late
	Rests      time.Time // it is left alone until then; zero: it isn't
	Feeds      []FeedReceipt
}

// FeedReceipt is what one feed has cost.
type FeedReceipt struct {
	Feed       uint64
	URL, Title string
	Day, Month Exchange
	Due        time.Time // zero: never
	Why        string    // why then: follows "because"
}

// NewReceipt sums up the ledgers of feeds by their sites. What is known of a site is
// filled in by its caller.
func NewReceipt(fs []Following, now time.Time) Receipt {
	at := map[string]int{}
	r := Receipt{At: now}
	for _, f := range fs {
		s, st := f.Subscription, f.State
		i, ok := at[s.Site]
		if !ok {
			i = len(r.Sites)
			at[s.Site] = i
			r.Sites = append(r.Sites, SiteReceipt{Site: s.Site})
		}
		x := FeedReceipt{Feed: s.ID, URL: s.URL, Title: f.Name(), Day: st.Ledger.LastDay(now), Month: st.Ledger.LastMonth(now), Due: st.Due, Why: st.Why}
		if s.Paused {
			x.Due, x.Why = time.Time{}, "you paused it"
		}
		site := &r.Sites[i]
		site.Day, site.Month, site.Feeds = site.Day.Add(x.Day), site.Month.Add(x.Month), append(site.Feeds, x)
	}
	slices.SortStableFunc(r.Sites, func(a, b SiteReceipt) int {
		return cmp.Or(cmp.Compare(b.Month.Requests, a.Month.Requests), cmp.Compare(a.Site, b.Site))
	})
	return r
}
