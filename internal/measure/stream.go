package measure

import (
	"cmp"
	"time"

	"tidings/internal/dedup"
	"tidings/internal/feed"
)

// Stream puts items through an index as the product does with entries: each is
// assigned and placed before the next one comes. Entries are numbered in order
// from 1, a story has the number of its first entry, an event that of its first
// story.
//
// It remembers ids as long as something in the window refers to them, and so is
// bounded by the window, however long the stream.
type Stream struct {
	index  *dedup.Index
	window time.Duration
	last   uint64    // number of the newest entry
	seen   time.Time // when it came

	feeds   map[string]*source
	sources uint64 // numbers given to feeds
	recent  []member
	names   map[uint64]*label
}

// source is a feed with entries in the window.
type source struct {
	id      uint64
	entries int
}

// member is an entry in the window.
type member struct {
	entry, story, event uint64
	seen                time.Time
	feed                string
}

// label is the id of an entry that entries in the window refer to: as
// themselves, as their story, or as their event.
type label struct {
	id    string
	refs  int
	event uint64 // of the story that the entry founded
}

// Placed is where an item went.
type Placed struct {
	Entry, Story, Event uint64
	ID                  string // the item's
	StoryID, EventID    string // ids of the first items of story and event
	OfID                string // id of the item it was matched with; empty for a founder
	Verdict             feed.Verdict
	Relation            feed.Relation
	Sketch              []byte
}

// NewStream makes a stream with an empty index.
func NewStream(window time.Duration) *Stream {
	return &Stream{index: dedup.NewIndex(window), window: window, seen: dawn(),
		feeds: map[string]*source{}, names: map[uint64]*label{}}
}

// Add puts the next item in its place. One without a time comes with the one before.
func (s *Stream) Add(it Item) Placed {
	s.last++
	e := it.entry(s.last, s.feedOf(it.Feed), s.seen)
	s.seen = e.Seen
	sketch := dedup.NewSketch(e, it.Text)
	to := s.index.Assign(e.ID, e.Feed, e.Seen, sketch)
	p := Placed{Entry: e.ID, Story: to.Story, Event: to.Event, ID: it.ID, Verdict: to.Verdict, Relation: to.Relation}
	if p.Story == 0 {
		p.Story = e.ID
		p.Event = cmp.Or(p.Event, p.Story)
	} else if n := s.names[p.Story]; n != nil {
		p.Event = cmp.Or(p.Event, n.event)
	}
	p.Event = cmp.Or(p.Event, p.Story)
	p.Sketch = s.index.Place(e.ID, e.Feed, p.Story, p.Event, e.Seen, sketch)
	s.remember(member{entry: e.ID, story: p.Story, event: p.Event, seen: e.Seen, feed: it.Feed}, it.ID)
	p.StoryID, p.EventID, p.OfID = s.Name(p.Story), s.Name(p.Event), s.Name(p.Verdict.Of)
	return p
}

// Name is the id of an entry that something in the window refers to, empty for
// others.
func (s *Stream) Name(entry uint64) string {
	if n := s.names[entry]; n != nil {
		return n.id
	}
	return ""
}

// feedOf numbers a feed; one without a name is new each time.
func (s *Stream) feedOf(name string) uint64 {
	if f := s.feeds[name]; f != nil && name != "" {
		f.entries++
		return f.id
	}
	s.sources++
	if name != "" {
		s.feeds[name] = &source{id: s.sources, entries: 1}
	}
	return s.sources
}

// remember keeps what names the entry needs, and lets go of those that nothing
// in the window needs any more.
func (s *Stream) remember(m member, id string) {
	s.names[m.entry] = &label{id: id, event: m.event}
	for _, n := range []uint64{m.entry, m.story, m.event} {
		if s.names[n] != nil {
			s.names[n].refs++
		}
	}
	s.recent = append(s.recent, m)
	for len(s.recent) > 0 && m.seen.Sub(s.recent[0].seen).Abs() > s.window+2*time.Hour {
		s.forget(s.recent[0])
		s.recent = s.recent[1:]
	}
}

func (s *Stream) forget(m member) {
	for _, n := range []uint64{m.entry, m.story, m.event} {
		if x := s.names[n]; x != nil {
			if x.refs--; x.refs == 0 {
				delete(s.names, n)
			}
		}
	}
	if f := s.feeds[m.feed]; f != nil {
		if f.entries--; f.entries == 0 {
			delete(s.feeds, m.feed)
		}
	}
}
