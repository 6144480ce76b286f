package poller

import (
	"cmp"
	"slices"
	"time"

	"tidings/internal/clean"
	"tidings/internal/dedup"
	"tidings/internal/feed"
	"tidings/internal/sanitize"
)

// reading is the reading of one document against what is known of its feed.
type reading struct {
	clean *clean.Cleaner
	claim feed.Claim
	known map[feed.Key]feed.Known
	now   time.Time
	part  bool // the document is not all of the feed: what it lacks is not gone

	heads []dedup.Head
	raw   []clean.Head
	keys  [][]feed.Key
}

// served entries are noted again when the last note is older than a week.
const servedDays = 7

// read gives the document's harvest and tells the state what was learned. Items
// whose published form is unchanged are neither cleaned nor written.
func (r *reading) read(st *feed.State) (feed.Harvest, []dedup.Sketch) {
	r.identify(st)
	var h feed.Harvest
	var sketches []dedup.Sketch
	entries := dedup.Resolve(r.keys, r.known)
	if len(r.known) == 0 { // all are new
		h.Arrivals = make([]feed.Arrival, 0, len(r.keys))
		sketches = make([]dedup.Sketch, 0, len(r.keys))
	}
	for i, keys := range r.keys {
		if len(keys) == 0 {
			continue // the same item once more in one document
		}
		if k, ok := r.unchanged(i, entries[i]); ok {
			h.Served = append(h.Served, r.served(i, k)...)
			continue
		}
		a, sketch := r.arrival(i, entries[i], st)
		h.Arrivals = append(h.Arrivals, a)
		sketches = append(sketches, sketch)
	}
	r.learn(st, len(h.Arrivals) > 0)
	r.rhythm(st, h.Arrivals)
	sortOldestFirst(h.Arrivals, sketches)
	return h, sketches
}

func (r *reading) identify(st *feed.State) {
	for i := range r.clean.Len() {
		c := r.clean.Head(i)
		r.raw = append(r.raw, c)
		r.heads = append(r.heads, dedup.Head{GUID: c.GUID, IsPermaLink: c.IsPermaLink, URL: c.URL, Title: c.Title, Published: c.Published, Hash: c.Hash})
	}
	r.keys, st.ReusedGUIDs = dedup.Identify(r.heads, st.ReusedGUIDs)
}

// unchanged reports whether item i is known under entry with the very hash it
// has now, and what is known of it.
func (r *reading) unchanged(i int, entry uint64) (feed.Known, bool) {
	if entry == 0 {
		return feed.Known{}, false
	}
	for _, key := range r.keys[i] {
		if k, ok := r.known[key]; ok && k.Entry == entry {
			return k, k.Hash == r.raw[i].Hash
		}
	}
	return feed.Known{}, false
}

// served gives the note that item i is still published, when one is due: rarely,
// because it costs a write, or where a key of it isn't known yet.
func (r *reading) served(i int, k feed.Known) []feed.Served {
	today := int32(r.now.Unix() / 86400)
	fresh := today-k.Served < servedDays
	for _, key := range r.keys[i] {
		if _, ok := r.known[key]; !ok {
			fresh = false
		}
	}
	if fresh {
		return nil
	}
	k.Served = today
	return []feed.Served{{Keys: r.keys[i], Known: k}}
}

// arrival cleans item i, which is new (entry 0) or revised.
func (r *reading) arrival(i int, entry uint64, st *feed.State) (feed.Arrival, dedup.Sketch) {
	e, body, text := r.clean.Entry(i)
	e.Feed, e.ID, e.Seen = r.claim.Subscription.ID, entry, r.now
	body.Links = slices.DeleteFunc(body.Links, func(l feed.Link) bool { return l.Href == e.URL }) // said already
	sketch := dedup.NewSketch(e, text)
	a := feed.Arrival{Keys: r.keys[i], Hash: r.raw[i].Hash, Entry: e, Body: body, New: entry == 0}
	if a.New {
		a.Time = feed.RiverTime(e, r.claim.State.Document.IsZero())
		a.URN = feed.StoryURN(r.claim.Subscription.URL, dedup.FounderKey(r.heads[i], st.ReusedGUIDs))
	} else {
		a.Entry.Revised = r.now
	}
	return a, sketch
}

// ranEmpty reports whether the document has no items although earlier ones had:
// more likely a fault of the publisher's than the end of all its items.
func (r *reading) ranEmpty() bool {
	return r.clean.Len() == 0 && !r.part && !r.claim.State.Document.IsZero() && len(r.known) > 0
}

// learn puts what the document says of its feed into the state. The age of entries is
// measured against whole documents alone, and a part says less of the feed than one.
func (r *reading) learn(st *feed.State, changed bool) {
	if changed {
		st.Changed = r.now
	}
	if r.part && !st.Document.IsZero() {
		return
	}
	d := r.clean.Document()
	st.Title, st.SiteURL, st.Language, st.Format = d.Title, d.Link, d.Language, d.Format
	st.Description = sanitize.Text(d.Description)
	st.Icon, st.Hub, st.Hubs, st.Self, st.Cloud = cmp.Or(d.Icon, d.Image), d.Hub, d.Hubs, d.Self, d.Cloud
	maxAge := st.Hints.MaxAge
	st.Hints = d.Hints
	st.Hints.MaxAge = maxAge
	if !r.part {
		st.Document = r.now
	}
}

// sortOldestFirst puts arrivals in the order in which their numbers are given:
// documents list the newest first, arrivals count upwards.
func sortOldestFirst(as []feed.Arrival, sketches []dedup.Sketch) {
	order := make([]int, len(as))
	for i := range order {
		order[i] = len(as) - 1 - i
	}
	slices.SortStableFunc(order, func(a, b int) int { return as[a].Time.Compare(as[b].Time) })
	as2, sk2 := slices.Clone(as), slices.Clone(sketches)
	for to, from := range order {
		as[to], sketches[to] = as2[from], sk2[from]
	}
}
