package poller

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"tidings/internal/dedup"
	"tidings/internal/feed"
)

// Rebuild applies today's rules to the entries of the window: it places them as if
// they came now, in their order, with the reader's decisions and foldings, and puts
// each group into the story that most of a reader's memory hangs on. What is older
// stays where it is, and is there to be matched. report is told how far it is.
//
// It runs in the committer: what arrives meanwhile waits, and is placed by the new
// stories.
func (p *Poller) Rebuild(ctx context.Context, report func(done, total int)) (feed.Rebuilt, error) {
	var out feed.Rebuilt
	steps, ended := make(chan [2]int, 1), make(chan error, 1)
	go func() {
		ended <- p.inCommitter(ctx, func() (err error) {
			out, err = p.rebuild(ctx, steps)
			return err
		})
	}()
	for {
		select {
		case s := <-steps:
			report(s[0], s[1])
		case err := <-ended:
			select { // the last step
			case s := <-steps:
				report(s[0], s[1])
			default:
			}
			return out, wrap("rebuild the stories", err)
		}
	}
}

func (p *Poller) rebuild(ctx context.Context, steps chan [2]int) (feed.Rebuilt, error) {
	r, err := p.newRebuilding(ctx)
	if err != nil {
		return feed.Rebuilt{}, err
	}
	for done := 0; done < len(r.rows); {
		if err := p.goOn(ctx); err != nil {
			return feed.Rebuilt{}, err
		}
		some := r.rows[done:min(done+rebuildStep, len(r.rows))]
		if err := r.load(ctx, some); err != nil {
			return feed.Rebuilt{}, err
		}
		for i := range some {
			r.place(&some[i])
		}
		done += len(some)
		select { // a step that nobody has heard of is out of date
		case <-steps:
		default:
		}
		steps <- [2]int{done, len(r.rows)}
	}
	out, err := p.store.Regroup(ctx, r.regrouped(p.store.NextStory), time.Now())
	if err != nil {
		return out, err
	}
	// As a restart would, so that the two can't differ; three indexes at once would
	// be many.
	r.index = nil
	ctx = context.WithoutCancel(ctx)
	if err := p.restore(ctx); err != nil {
		p.log.Error("rebuild the index of copies; going on without the past", "err", err)
	}
	return out, p.noteRules(ctx)
}

// rebuildStep is how many entries are read and sketched at once.
const rebuildStep = 256

// goOn says whether a long work in the committer must end.
func (p *Poller) goOn(ctx context.Context) error {
	select {
	case <-p.ending:
		return errors.New("tidings is stopping; nothing was changed")
	default:
		return ctx.Err()
	}
}

// rebuilding is the state of a rebuild.
type rebuilding struct {
	store Store
	index *dedup.Index
	from  time.Time // entries seen since then are placed anew
	since time.Time // those seen between since and from stay, and can be matched
	rows  []feed.Sketched

	loaded map[uint64]bool  // stories read; true: it has entries from before since
	told   map[uint64]*told // entries of stories that were read, until they are placed

	events map[uint64]uint64        // of stories in which an entry stays
	whys   map[uint64]feed.Relation // of the same
	first  map[uint64]uint64        // the oldest entry of each of today's stories
	held   map[uint64]bool          // stories in which an entry stays
	groups []*group
	moves  []*move
}

// told is an entry that a story tells, ready to be placed.
type told struct {
	entry   feed.Entry
	url     string // of its feed
	sketch  dedup.Sketch
	verdict feed.Verdict
}

// group is a story to be, before it has its number: the engine knows group i as
// story unnumbered+i.
type group struct {
	event  uint64 // may be unnumbered as well
	urn    string // should it need one
	number uint64
	was    []uint64 // today's stories of its entries
	founds []uint64 // those of them whose founder it has
}

// unnumbered is greater than any story's number.
const unnumbered = 1 << 62

// move is what is told the store of an entry.
type move struct {
	feed.Regrouped
	group *group // nil: Story and Event are final
}

func (p *Poller) newRebuilding(ctx context.Context) (*rebuilding, error) {
	from := time.Now().Add(-p.o.Window)
	r := &rebuilding{store: p.store, from: from, since: from.Add(-p.o.Window - dedup.Slack), loaded: map[uint64]bool{}, told: map[uint64]*told{},
		events: map[uint64]uint64{}, whys: map[uint64]feed.Relation{}, first: map[uint64]uint64{}, held: map[uint64]bool{}}
	var err error
	if r.index, err = p.newIndex(ctx); err != nil {
		return nil, err
	}
	err = p.store.Sketches(ctx, r.since, func(k feed.Sketched) error {
		k.Sketch, k.Event = nil, cmp.Or(k.Event, k.Story)
		r.rows = append(r.rows, k)
		return nil
	})
	slices.SortFunc(r.rows, func(a, b feed.Sketched) int { return cmp.Compare(a.Entry, b.Entry) })
	for _, k := range r.rows {
		if r.first[k.Story] == 0 {
			r.first[k.Story] = k.Entry
		}
		if k.Seen.Before(r.from) {
			r.held[k.Story] = true
		}
	}
	return r, err
}

// load reads and sketches the stories of some entries, each once.
func (r *rebuilding) load(ctx context.Context, rows []feed.Sketched) error {
	var ids []uint64
	for _, k := range rows {
		if _, ok := r.loaded[k.Story]; !ok {
			r.loaded[k.Story] = false
			ids = append(ids, k.Story)
		}
	}
	tales, errs := make([]tale, len(ids)), make([]error, len(ids))
	var work sync.WaitGroup
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, id := range ids {
		turns <- struct{}{}
		work.Go(func() {
			tales[i], errs[i] = r.read(ctx, id)
			<-turns
		})
	}
	work.Wait()
	for i := range tales {
		r.take(ids[i], tales[i])
	}
	return errors.Join(errs...)
}

// tale is a story as it was read. One that has entries older than all that is looked
// at stays as it is: its reasons are out of sight.
type tale struct {
	told  []told
	stays bool
	why   feed.Relation // why it is in its event, if an entry stays in it
}

// read gives a story. It only reads what is r's, for many run at once.
func (r *rebuilding) read(ctx context.Context, id uint64) (tale, error) {
	f, err := r.store.Story(ctx, id)
	if err != nil && !errors.Is(err, feed.ErrNotFound) {
		return tale{}, fmt.Errorf("read story %d: %w", id, err)
	}
	var t tale
	for _, m := range f.Members {
		t.told = append(t.told, told{m.Entry, m.Outlet.URL, sketchOf(m.Entry, m.Body), m.Verdict})
		t.stays = t.stays || m.Entry.Seen.Before(r.since)
	}
	if (t.stays || r.held[id]) && len(f.Event) > 0 {
		t.why, err = r.why(ctx, id, f.Event[0].Headline.ID)
	}
	return t, err
}

// why tells why a story is in its event, which the others of the event know.
func (r *rebuilding) why(ctx context.Context, id, other uint64) (feed.Relation, error) {
	f, err := r.store.Story(ctx, other)
	if err != nil && !errors.Is(err, feed.ErrNotFound) {
		return feed.Relation{}, fmt.Errorf("read story %d: %w", other, err)
	}
	for _, o := range f.Event {
		if o.Headline.ID == id {
			return o.Relation, nil
		}
	}
	return feed.Relation{}, nil
}

// take keeps what was read.
func (r *rebuilding) take(story uint64, t tale) {
	for i := range t.told {
		r.told[t.told[i].entry.ID] = &t.told[i]
	}
	r.whys[story] = t.why
	if t.stays {
		r.loaded[story], r.held[story] = true, true
	}
}

// place puts an entry into the index: where it is, or as if it came now.
func (r *rebuilding) place(k *feed.Sketched) {
	t := r.told[k.Entry]
	if t == nil {
		return // its story could not tell it: the check's business
	}
	delete(r.told, k.Entry)
	if old := k.Seen.Before(r.from); old || r.loaded[k.Story] {
		r.stay(k, t, !old)
		return
	}
	to := r.index.Assign(k.Entry, k.Feed, k.Seen, t.sketch)
	m := &move{Regrouped: feed.Regrouped{Entry: k.Entry, Story: to.Story, Verdict: to.Verdict, Relation: to.Relation}}
	switch {
	case to.Story == 0:
		m.group = &group{event: to.Event, urn: feed.SplitURN(t.url, t.entry)}
		r.groups = append(r.groups, m.group)
		m.Story = unnumbered + uint64(len(r.groups)-1)
		m.group.event = cmp.Or(to.Event, m.Story)
	case to.Story >= unnumbered:
		m.group = r.groups[to.Story-unnumbered]
	}
	if m.group == nil {
		m.Event, m.Relation = r.events[m.Story], r.whys[m.Story]
	} else {
		m.Event = m.group.event
		m.group.add(k, r.first[k.Story] == k.Entry)
	}
	m.Sketch = r.index.Place(k.Entry, k.Feed, m.Story, m.Event, k.Seen, t.sketch)
	r.moves = append(r.moves, m)
}

// stay puts an entry into the index where it is. If it is of the window, the store
// gets its new sketch.
func (r *rebuilding) stay(k *feed.Sketched, t *told, tell bool) {
	r.events[k.Story] = k.Event
	sketch := r.index.Place(k.Entry, k.Feed, k.Story, k.Event, k.Seen, t.sketch)
	if tell {
		r.moves = append(r.moves, &move{Regrouped: feed.Regrouped{Entry: k.Entry, Story: k.Story, Event: k.Event, Verdict: t.verdict, Relation: r.whys[k.Story], Sketch: sketch}})
	}
}

func (g *group) add(k *feed.Sketched, founder bool) {
	if !slices.Contains(g.was, k.Story) {
		g.was = append(g.was, k.Story)
	}
	if founder {
		g.founds = append(g.founds, k.Story)
	}
}
