package poller

import (
	"time"

	"tidings/internal/feed"
	"tidings/internal/fetch"
	"tidings/internal/schedule"
)

// spent enters an answer into a feed's ledger. Each hop of a redirect was a request,
// too. What a 304 saved is as long as the last whole document was.
func spent(l feed.Ledger, resp *fetch.Response, now time.Time) feed.Ledger {
	e := feed.Exchange{Requests: 1 + len(resp.Hops), Received: resp.Bytes}
	switch {
	case resp.NotModified:
		e.Unchanged, e.Saved = 1, l.Size
	case !resp.Delta && resp.Bytes > 0:
		l.Size = resp.Bytes
	}
	return l.Note(now, e)
}

// passed lets time pass in which nothing new came. Nothing is begun by it: that takes
// the times of a document's entries.
func passed(r feed.Rhythm, now time.Time) feed.Rhythm {
	if r.At.IsZero() {
		return r
	}
	return schedule.Learn(r, nil, now)
}

// rhythm learns from a document when its feed publishes: by the entries that are new,
// or where nothing is known of it yet by all of them.
func (r *reading) rhythm(st *feed.State, arrivals []feed.Arrival) {
	var times []time.Time
	if st.Rhythm.At.IsZero() {
		for _, h := range r.raw {
			times = append(times, h.Published)
		}
		st.Rhythm = schedule.Begin(times, r.now)
		return
	}
	for _, a := range arrivals {
		if a.New {
			times = append(times, a.Entry.Published)
		}
	}
	st.Rhythm = schedule.Learn(st.Rhythm, times, r.now)
}
