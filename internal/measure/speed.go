package measure

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"time"

	"tidings/internal/dedup"
	"tidings/internal/feed"
)

// pace is what a run at a full window showed.
type pace struct {
	items   int           // that were timed
	took    time.Duration // for all of them: sketch, assignment and place
	median  time.Duration // of a batch
	assign  time.Duration // 99 of 100 assignments were faster
	heap    int           // bytes that the filled window holds
	sketch  float64       // bytes of one sketch, on average
	in      int           // items in the window
	joined  int           // items that joined a story, of those timed
	longest time.Duration // the slowest assignment
}

// rate is items a second.
func (p pace) rate() float64 { return float64(p.items) / p.took.Seconds() }

// batch is how many items are timed at a time; making their texts isn't.
const batch = 1000

// timed fills a window with n items and then times some more, in processor time
// of one core, so that what else the machine does at the time matters little. Old items leave the window as new ones come, as they do in a
// program that runs for weeks.
func timed(n, more int, window time.Duration, item func(i int) Item) pace {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	r := racer{index: dedup.NewIndex(window), step: window / time.Duration(n), item: item}
	before := heap()
	for r.next < n {
		r.batch(min(batch, n-r.next))
	}
	p := pace{in: n, heap: heap() - before, sketch: float64(r.bytes) / float64(n)}
	r.joined = 0
	var batches []time.Duration
	for p.items < more {
		took := r.batch(batch)
		batches = append(batches, took)
		p.took += took
		p.items += batch
	}
	p.joined = r.joined
	r.assigns = make([]time.Duration, 0, more) // looking at the clock costs time too
	for len(r.assigns) < more {
		r.batch(batch)
	}
	slices.Sort(batches)
	slices.Sort(r.assigns)
	p.median = batches[len(batches)/2]
	p.assign, p.longest = r.assigns[len(r.assigns)*99/100], r.assigns[len(r.assigns)-1]
	runtime.KeepAlive(r.index)
	return p
}

// heap is how many bytes are in use after collecting garbage.
func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// racer puts made-up items through an index.
type racer struct {
	index   *dedup.Index
	step    time.Duration // between two items
	item    func(i int) Item
	next    int
	bytes   int             // of all sketches
	joined  int             // items that joined a story
	assigns []time.Duration // of each assignment, if not nil
	entries [batch]feed.Entry
	texts   [batch]string
}

// batch takes the next n items and gives the time that the engine needed.
func (r *racer) batch(n int) time.Duration {
	const feeds = 500
	for i := range n {
		it := r.item(r.next)
		r.next++
		it.Time = dawn().Add(time.Duration(r.next) * r.step)
		r.entries[i], r.texts[i] = it.entry(uint64(r.next), uint64(r.next%feeds)+1, it.Time), it.Text
	}
	began := busy()
	for i := range n {
		e := &r.entries[i]
		s := dedup.NewSketch(*e, r.texts[i])
		to := r.assign(e, s)
		story := cmp.Or(to.Story, e.ID)
		if to.Story != 0 {
			r.joined++
		}
		r.bytes += len(r.index.Place(e.ID, e.Feed, story, cmp.Or(to.Event, story), e.Seen, s))
	}
	return busy() - began
}

// assign asks the index, and notes how long that took where it is wanted.
func (r *racer) assign(e *feed.Entry, s dedup.Sketch) dedup.Placing {
	if r.assigns == nil {
		return r.index.Assign(e.ID, e.Feed, e.Seen, s)
	}
	began := busy()
	to := r.index.Assign(e.ID, e.Feed, e.Seen, s)
	r.assigns = append(r.assigns, busy()-began)
	return to
}

// The windows in which speed is measured: a busy reader's, the same for long
// texts, of which there are fewer, and a small one.
const (
	wide   = 150_000
	narrow = 30_000
	small  = 10_000
)

func speeds(d *data, o Options) ([]Set, error) {
	k, err := d.stock()
	if err != nil || len(k.titles) == 0 {
		return nil, err
	}
	short := timed(wide, 20*batch, o.Window, k.short)
	titles := timed(wide, 20*batch, o.Window, k.headline)
	full := timed(narrow, 5*batch, o.Window, k.full)
	shortFew, titlesFew := timed(small, 20*batch, o.Window, k.short), timed(small, 20*batch, o.Window, k.headline)
	set := Set{Name: "speed", Title: "speed on one core, sketch included, in processor time"}
	set.Rows = []Row{
		short.row("short items", &Bar{Must: 10_000, Aim: 20_000}),
		titles.row("titles", &Bar{Must: 25_000, Aim: 50_000}),
		full.row("full texts of 800 words", &Bar{Must: 3000, Aim: 6000}),
		shortFew.row("short items, small window", nil),
		titlesFew.row("titles, small window", nil),
		{Name: "99 of 100 assignments of short items", Value: float64(short.assign) / 1e3, Unit: Micros,
			Of: fmt.Sprintf("longest %d µs", short.longest.Microseconds()), Bar: &Bar{Must: 1000, Aim: 1000, Below: true}},
		{Name: "99 of 100 assignments of titles", Value: float64(titles.assign) / 1e3, Unit: Micros,
			Of: fmt.Sprintf("longest %d µs", titles.longest.Microseconds()), Bar: &Bar{Must: 1000, Aim: 1000, Below: true}},
		{Name: "99 of 100 assignments of full texts", Value: float64(full.assign) / 1e3, Unit: Micros,
			Of: fmt.Sprintf("longest %d µs", full.longest.Microseconds())},
	}
	set.Rows = append(set.Rows, short.memory("short items", true)...)
	set.Rows = append(set.Rows, titles.memory("titles", true)...)
	set.Rows = append(set.Rows, full.memory("full texts", false)...)
	return []Set{set}, nil
}

func (p pace) row(what string, bar *Bar) Row {
	return Row{Name: what, Value: p.rate(), Unit: Rate, Bar: bar,
		Of: fmt.Sprintf("%s items in the window; median %s/s; %s joined", thousands(float64(p.in)), thousands(batch/p.median.Seconds()),
			Percent.format(ratio(p.joined, p.items)))}
}

// memory tells what a window costs; its bar is for one of 150,000 items.
func (p pace) memory(what string, bar bool) []Row {
	rs := []Row{
		{Name: "memory of the window, " + what, Value: float64(p.heap) / (1 << 20), Unit: MiB,
			Of: fmt.Sprintf("%s items, %s B each", thousands(float64(p.in)), thousands(float64(p.heap)/float64(p.in)))},
		{Name: "sketch in the data file, " + what, Value: p.sketch, Unit: Bytes, Of: "mean", Bar: &Bar{Must: 500, Aim: 500, Below: true}},
	}
	if bar {
		rs[0].Bar = &Bar{Must: 120, Aim: 120, Below: true}
	}
	return rs
}

// growth compares a window of a million items with one of ten thousand.
func growth(d *data, o Options) ([]Set, error) {
	k, err := d.stock()
	if err != nil || len(k.titles) == 0 {
		return nil, err
	}
	set := Set{Name: "growth", Title: "growth with the window, short items"}
	var paces []pace
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		p := timed(n, 20*batch, o.Window, k.short)
		paces = append(paces, p)
		set.Rows = append(set.Rows, p.row(thousands(float64(n))+" items", nil), p.memory("short items", false)[0])
	}
	few, many := paces[0], paces[len(paces)-1]
	set.Rows = append(set.Rows, Row{Name: "time per item at 1,000,000 items in the window against 10,000", Unit: Multiple,
		Value: few.rate() / many.rate(), Of: fmt.Sprintf("p99 %d µs against %d µs", many.assign.Microseconds(), few.assign.Microseconds()),
		Bar: &Bar{Must: 3, Aim: 1.5, Below: true}})
	return []Set{set}, nil
}
