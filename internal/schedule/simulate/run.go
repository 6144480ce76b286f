package simulate

import (
	"container/heap"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"tidings/internal/feed"
	"tidings/internal/schedule"
)

// Policy says when a feed is due that was polled at now. The state has what an answer
// tells and what was learned of it.
type Policy struct {
	Name string
	Next func(st feed.State, now time.Time) time.Time
}

// Learned is the product's own schedule.
func Learned() Policy {
	return Policy{"tidings", func(st feed.State, now time.Time) time.Time {
		due, _ := schedule.Next(st, schedule.Terms{}, now)
		return due
	}}
}

// Fixed polls every feed in a fixed time, as most readers do.
func Fixed(name string, every time.Duration) Policy {
	return Policy{name, func(_ feed.State, now time.Time) time.Time { return now.Add(every) }}
}

// Result is what a policy did.
type Result struct {
	Name     string
	Feeds    int
	Days     float64
	Requests int
	Same     int             // answered 304
	Delays   []time.Duration // of each entry, from publication to our seeing it; sorted
	Kinds    map[string]*Result
}

// Quantile is the delay that a share of the entries does not exceed.
func (r *Result) Quantile(share float64) time.Duration {
	if len(r.Delays) == 0 {
		return 0
	}
	return r.Delays[min(int(share*float64(len(r.Delays))), len(r.Delays)-1)]
}

// PerFeedDay is how many requests a feed got in a day.
func (r *Result) PerFeedDay() float64 { return float64(r.Requests) / float64(r.Feeds) / r.Days }

// Unchanged is the share of requests that were answered 304.
func (r *Result) Unchanged() float64 { return float64(r.Same) / float64(max(r.Requests, 1)) }

// Note counts a poll at now that brought entries published at the times given.
func (r *Result) Note(kind string, fresh []time.Time, now time.Time) {
	k := r.Kinds[kind]
	for _, x := range []*Result{r, k} {
		x.Requests++
		if len(fresh) == 0 {
			x.Same++
		}
		for _, t := range fresh {
			x.Delays = append(x.Delays, now.Sub(t))
		}
	}
}

// NewResult is the empty result of a policy in a web.
func NewResult(name string, o *Origin) *Result {
	r := &Result{Name: name, Feeds: len(o.Outlets), Days: o.End.Sub(o.Start).Hours() / 24, Kinds: map[string]*Result{}}
	for _, x := range o.Outlets {
		if r.Kinds[x.Kind] == nil {
			r.Kinds[x.Kind] = &Result{Name: x.Kind, Days: r.Days}
		}
		r.Kinds[x.Kind].Feeds++
	}
	return r
}

// Close sorts what was measured.
func (r *Result) Close() *Result {
	slices.Sort(r.Delays)
	for _, k := range r.Kinds {
		slices.Sort(k.Delays)
	}
	return r
}

// Run lets a policy poll the web from its start to its end. The first polls are
// spread over an hour.
func Run(o *Origin, p Policy) *Result {
	r := NewResult(p.Name, o)
	var q queue
	for i, x := range o.Outlets {
		heap.Push(&q, &turn{outlet: x, state: feed.State{Feed: x.Number, Hints: x.Hints, ETag: `"1"`},
			due: o.Start.Add(time.Duration(i) * time.Hour / time.Duration(len(o.Outlets)))})
	}
	for len(q) > 0 && q[0].due.Before(o.End) {
		t := q[0]
		now := t.due
		r.Note(t.outlet.Kind, t.poll(o, now), now)
		if t.due = p.Next(t.state, now); t.due.IsZero() {
			heap.Pop(&q)
			continue
		}
		heap.Fix(&q, 0)
	}
	return r.Close()
}

// turn is a feed that waits for its next poll.
type turn struct {
	outlet *Outlet
	state  feed.State
	due    time.Time
	newest time.Time // of the entries that were seen
}

// poll asks the outlet, and gives the times of the entries that are new and were
// published since the start: what was there before is no news.
func (t *turn) poll(o *Origin, now time.Time) (news []time.Time) {
	st := &t.state
	st.Polled = now
	if t.outlet.Fails {
		st.Failures++
		st.Failure = feed.FailureMissing
		return nil
	}
	var fresh []time.Time
	for _, at := range t.outlet.Listed(now) {
		if at.After(t.newest) {
			fresh = append(fresh, at)
		}
	}
	st.Answered = now
	st.Rhythm = schedule.Learn(st.Rhythm, fresh, now)
	if len(fresh) > 0 {
		st.Changed, t.newest = now, fresh[len(fresh)-1]
	}
	for _, at := range fresh {
		if at.After(o.Start) {
			news = append(news, at)
		}
	}
	return news
}

// queue is a heap by due time.
type queue []*turn

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, k int) bool { return q[i].due.Before(q[k].due) }
func (q queue) Swap(i, k int)      { q[i], q[k] = q[k], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*turn)) }
func (q *queue) Pop() any {
	x := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return x
}

// Table writes results beside each other, in Markdown.
func Table(rs ...*Result) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 1, ' ', 0)
	fmt.Fprintln(w, "| schedule\t| requests per feed and day\t| of them 304\t| median delay\t| 90th percentile\t|")
	fmt.Fprintln(w, "|---\t|---:\t|---:\t|---:\t|---:\t|")
	for _, r := range rs {
		fmt.Fprintf(w, "| %s\t| %.1f\t| %.0f %%\t| %s\t| %s\t|\n", r.Name, r.PerFeedDay(), 100*r.Unchanged(), minutes(r.Quantile(0.5)), minutes(r.Quantile(0.9)))
	}
	w.Flush()
	return b.String()
}

// KindTable writes the results by the rhythms of feeds.
func KindTable(o *Origin, rs ...*Result) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 8, 1, ' ', 0)
	fmt.Fprint(w, "| rhythm\t| feeds\t")
	for _, r := range rs {
		fmt.Fprintf(w, "| %s: requests, median\t", r.Name)
	}
	fmt.Fprintln(w, "|")
	fmt.Fprintln(w, "|---\t|---:\t"+strings.Repeat("|---:\t", len(rs))+"|")
	for _, k := range kinds() {
		if rs[0].Kinds[k.name] == nil {
			continue
		}
		fmt.Fprintf(w, "| %s\t| %d\t", k.name, rs[0].Kinds[k.name].Feeds)
		for _, r := range rs {
			x := r.Kinds[k.name]
			fmt.Fprintf(w, "| %.1f, %s\t", x.PerFeedDay(), minutes(x.Quantile(0.5)))
		}
		fmt.Fprintln(w, "|")
	}
	w.Flush()
	return b.String()
}

func minutes(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f min", d.Minutes())
}
