package demo_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
	"testing/synctest"

	"tidings/internal/feed"
)

// What the demo is there to show: the visit is told seven times, what followed three
// times.
var (
	visit = []string{
		"clippings/white-house-visit", "evening-ledger/estmark-washington", "harbour-courier/white-house-visit-agency",
		"meridian/white-house-visit", "nbs/lindqvist-washington", "newspulse/lindqvist-birch-tree", "trade-gazette/estmark-steel-tariffs",
	}
	sequel = []string{"meridian/duties-suspended", "nbs/duties-on-hold", "trade-gazette/estmark-duties"}
)

// moulds are items cast in one mould each, which are neither one story nor one event.
var moulds = [][]string{
	{"trade-gazette/markets-1", "trade-gazette/markets-2"},
	{"meridian/quake-sorrel", "meridian/quake-vessel"},
	{"trade-gazette/nordhammer-q3", "trade-gazette/bluewater-q3"},
	{"machine-room/larkspur-1-2-3", "machine-room/larkspur-1-2-4"},
	{"touchline/score-1", "touchline/score-2"},
}

// others are the further stories that several outlets tell.
var others = [][]string{
	{"meridian/ship-refloated", "clippings/ship-refloated", "harbour-courier/ship-free", "evening-ledger/carrier"},
	{"meridian/vaccine-fridge", "clippings/vaccine-fridge"},
	{"field-and-bench/torrin-valley", "clippings/torrin-valley", "newspulse/seafloor-map-wow"},
	{"touchline/marathon", "evening-ledger/marathon-ledger"},
	{"nbs/beaver-dam", "clippings/beaver-dam"},
	{"machine-room/one-fsync", "clippings/one-fsync"},
	{"harbour-courier/ferry-cat", "newspulse/cat-admiral"},
}

// order says in which order feeds are polled.
type order struct {
	name string
	of   func(paths []string) [][]string // feeds that are polled at once, one after the other
}

// orders are all at once, as the demo itself polls, and some in which each feed is
// polled alone: retellings come before what they retell.
func orders() []order {
	all := []order{
		{"at once", func(paths []string) [][]string { return [][]string{paths} }},
		{"as listed", func(paths []string) [][]string { return slices.Collect(slices.Chunk(paths, 1)) }},
		{"backwards", func(paths []string) [][]string {
			paths = slices.Clone(paths)
			slices.Reverse(paths)
			return slices.Collect(slices.Chunk(paths, 1))
		}},
	}
	for seed := range uint64(5) {
		all = append(all, order{fmt.Sprint("shuffled ", seed), func(paths []string) [][]string {
			paths = slices.Clone(paths)
			rand.New(rand.NewPCG(seed, 0)).Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
			return slices.Collect(slices.Chunk(paths, 1))
		}})
	}
	return all
}

// eachOrder runs f after the feeds were polled, in each order, with all outlets at one
// address and with each on its own site.
func eachOrder(t *testing.T, f func(p *press, told map[string]feed.Full)) {
	for _, o := range orders() {
		for _, sites := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, own sites %v", o.name, sites), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := newPress(t, sites)
					for _, paths := range o.of(p.paths) {
						p.read(paths...)
					}
					f(p, p.stories())
				})
			})
		}
	}
}

// Items cast in one mould stay apart, and no story has a source that tells something
// else.
func TestSevenRetellingsAreOneStoryAndNothingElseIs(t *testing.T) {
	eachOrder(t, func(p *press, told map[string]feed.Full) {
		one, next := told[visit[0]], told[sequel[0]]
		if got := sources(one); !slices.Equal(got, visit) {
			p.Errorf("the visit is told by %q", got)
		}
		if got := sources(next); !slices.Equal(got, sequel) {
			p.Errorf("what followed is told by %q", got)
		}
		p.evidence(one)
		p.evidence(next)
		p.related(one, next)
		explainer := told["nbs/tariffs-explained"]
		p.related(one, explainer)
		p.alone(explainer)
		p.apart(told, moulds)
		p.only(told, others...)
	})
}

// evidence demands that each source but the first says why it is there.
func (p *press) evidence(f feed.Full) {
	p.Helper()
	founders := 0
	for _, m := range f.Members {
		v := m.Verdict
		if v.Level == feed.LevelNew {
			founders++
			continue
		}
		if v.Of == 0 || v.Evidence == "" || v.Score < v.Need {
			p.Errorf("%s: joined by %+v", source(m), v)
		}
	}
	if founders != 1 {
		p.Errorf("%s: %d sources tell it first", source(f.Members[0]), founders)
	}
}

// related demands that two stories are of one event, and that the later one says why.
func (p *press) related(a, b feed.Full) {
	p.Helper()
	if a.ID == b.ID || a.Story.Event != b.Story.Event {
		p.Errorf("stories %d (%s) and %d (%s) are of events %d and %d", a.ID, a.Entry.Title, b.ID, b.Entry.Title, a.Story.Event, b.Story.Event)
		return
	}
	if b.ID < a.ID {
		a, b = b, a
	}
	i := slices.IndexFunc(a.Event, func(r feed.Related) bool { return r.Headline.ID == b.ID })
	if i < 0 || a.Event[i].Relation.Evidence == "" {
		p.Errorf("story %d is shown with related coverage %+v", a.ID, a.Event)
	}
}

func (p *press) alone(f feed.Full) {
	p.Helper()
	if len(f.Members) != 1 {
		p.Errorf("%s is told by %q", f.Entry.Title, sources(f))
	}
}

// All levels are to be seen where the demo itself polls.
func TestLevelsOfTheVisit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPress(t, false)
		p.read(p.paths...)
		got := map[string]feed.Level{}
		for _, m := range p.stories()[visit[0]].Members {
			got[source(m)] = m.Verdict.Level
		}
		levels := []feed.Level{feed.LevelSameURL, feed.LevelPart, feed.LevelSameText, feed.LevelNew, feed.LevelNear, feed.LevelNear, feed.LevelNear}
		for i, s := range visit {
			if got[s] != levels[i] {
				t.Errorf("%s: %q, want %q", s, got[s], levels[i])
			}
		}
	})
}

// apart demands that the items of each mould tell stories of their own, each in an
// event without the others.
func (p *press) apart(told map[string]feed.Full, moulds [][]string) {
	p.Helper()
	for _, mould := range moulds {
		for i, a := range mould {
			if told[a].ID == 0 {
				p.Fatalf("%s isn't there", a)
			}
			for _, b := range mould[:i] {
				if told[a].ID == told[b].ID || told[a].Story.Event == told[b].Story.Event {
					p.Errorf("%s and %s are story %d and %d, event %d and %d", a, b, told[a].ID, told[b].ID, told[a].Story.Event, told[b].Story.Event)
				}
			}
		}
	}
}

// only demands that stories with several sources are parts of the visit, of its sequel
// or of the sets given.
func (p *press) only(told map[string]feed.Full, sets ...[]string) {
	p.Helper()
	sets = append([][]string{visit, sequel}, sets...)
	seen := map[uint64]bool{}
	for _, f := range told {
		all := sources(f)
		if len(all) == 1 || seen[f.ID] {
			continue
		}
		seen[f.ID] = true
		if !slices.ContainsFunc(sets, func(set []string) bool { return within(set, all) }) {
			p.Errorf("one story: %q", all)
		}
	}
}

func within(set, all []string) bool {
	for _, s := range all {
		if !slices.Contains(set, s) {
			return false
		}
	}
	return true
}

// later is what is published in front of the reader's eyes: who tells the same, and
// what is cast in one mould with earlier items.
var (
	later = [][]string{
		{"meridian/halvorsen", "evening-ledger/halvorsen", "harbour-courier/halvorsen-courier"},
		{"meridian/ship-cargo", "harbour-courier/ship-cargo-courier"},
		{"machine-room/printer", "clippings/printer"},
		{"slow-letter/the-map-room", "clippings/the-map-room"},
		{"field-and-bench/ocean-glider", "clippings/ocean-glider", "newspulse/ocean-glider-pulse"},
		{"touchline/cup-upset", "evening-ledger/cup-upset-ledger"},
		{"nbs/rent-strike", "newspulse/newspulse-students"},
		{"meridian/bridge-vote", "harbour-courier/bridge-vote-courier", "clippings/bridge-vote"},
	}
	laterMoulds = [][]string{
		{"meridian/quake-sorrel", "meridian/quake-vessel", "meridian/quake-ovanes"},
		{"machine-room/larkspur-1-2-3", "machine-room/larkspur-1-2-4", "machine-room/larkspur-1-2-5"},
		{"trade-gazette/markets-1", "trade-gazette/markets-2", "trade-gazette/midday"},
	}
)

// The stock is polled as it is published. What develops a story further is of its
// event, what repeats it is told once.
func TestTheStockIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPress(t, false)
		p.read(p.paths...)
		for range p.pub.Stock() {
			p.read(p.pub.Publish())
		}
		told := p.stories()
		for _, set := range later {
			if got := sources(told[set[0]]); len(got) != len(set) || !within(set, got) {
				t.Errorf("one story: %q, want %q", got, set)
			}
			p.evidence(told[set[0]])
		}
		p.related(told["meridian/white-house-visit"], told["meridian/halvorsen"])
		p.related(told["meridian/ship-refloated"], told["meridian/ship-cargo"])
		p.apart(told, laterMoulds)
		p.only(told, append(later, others...)...)
	})
}

// After the stock numbered bulletins follow, each of them a story and an event of its
// own, and dispatches with a copy each.
func TestBulletinsStayApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPress(t, false)
		for range p.pub.Stock() {
			p.pub.Publish()
		}
		p.read(p.paths...)
		before := len(p.stories())
		for range 60 {
			p.read(p.pub.Publish())
		}
		told := p.stories()
		if n := len(told) - before; n != 60 {
			t.Errorf("%d entries came, want 60", n)
		}
		bulletin := regexp.MustCompile(`/(tremor|log|metals|half-time|nightly)-`)
		dispatch := regexp.MustCompile(`/(agency-)?dispatch-`)
		for name, f := range told {
			switch {
			case bulletin.MatchString(name) && (len(f.Members) > 1 || len(f.Event) > 0):
				t.Errorf("%s is told by %q, in event %d with %d others", name, sources(f), f.Story.Event, len(f.Event))
			case dispatch.MatchString(name) && len(f.Members) != 2:
				t.Errorf("%s is told by %q", name, sources(f))
			}
		}
	})
}
