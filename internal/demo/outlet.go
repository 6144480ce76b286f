package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// shown is how many items a feed and a front page list.
const shown = 40

// outlet is one invented publisher: what the head of its file says, and what
// it has published.
type outlet struct {
	Slug     string // first part of its paths
	Name     string
	About    string
	Language string // BCP 47
	Folder   string // in the list of feeds, "/" between levels
	Format   string // "rss", "rdf", "atom" or "json"
	Charset  string // of the feed: "utf-8" or "iso-8859-1"
	Fault    string // "slow", "broken", "gone", or empty
	Teasers  bool   // the feed carries summaries only
	Twice    bool   // titles are escaped twice, as careless publishers do
	Relative bool   // addresses in texts are left relative

	items    []*item // newest first
	revision int     // goes up with each publication
}

// item is one article.
type item struct {
	outlet *outlet

	ID      string // last part of its path
	Title   string // plain text; may be empty
	Author  string
	Tags    []string
	Summary string // plain text
	Body    string // HTML, addresses relative to the root
	Audio   bool   // has a recording
	Picture bool   // has a picture of its own
	Link    string // path that the feed gives, where it isn't the item's own
	From    string // slug of the outlet it was taken from; may be empty
	Cut     int    // the feed has so many characters of the text and no more; 0: all
	At      time.Time
	Updated time.Time // zero if never revised

	ago     time.Duration // negative: when it was published, relative to the start
	same    string        // "outlet/id" of the item whose words it has
	wording *item         // that item, once connected; nil: the words are its own
	revises string        // id of the item, of the same outlet, that it replaces
}

// FeedPath is the path of the outlet's feed.
func (o *outlet) FeedPath() string {
	name := map[string]string{"rss": "feed.xml", "rdf": "index.rdf", "atom": "atom.xml", "json": "feed.json"}
	return "/" + o.Slug + "/" + name[o.Format]
}

// latest is when the outlet last published.
func (o *outlet) latest() time.Time {
	var t time.Time
	for _, it := range o.items {
		if it.changed().After(t) {
			t = it.changed()
		}
	}
	return t
}

// list is what the feed and the front page show now, newest first.
func (o *outlet) list() []*item { return o.items[:min(len(o.items), shown)] }

func (o *outlet) find(id string) *item {
	i := slices.IndexFunc(o.items, func(it *item) bool { return it.ID == id })
	if i < 0 {
		return nil
	}
	return o.items[i]
}

// publish puts an item on top, or in the place of the one that it revises. The
// list is made anew, so that a list given out before doesn't change.
func (o *outlet) publish(it *item) {
	o.revision++
	if old := o.find(it.revises); old != nil {
		it.ID, it.Updated, it.At = old.ID, it.At, old.At
		o.items = slices.Clone(o.items)
		o.items[slices.Index(o.items, old)] = it
		return
	}
	o.items = append([]*item{it}, o.items...)
}

func (o *outlet) sort() {
	slices.SortStableFunc(o.items, func(a, b *item) int { return b.At.Compare(a.At) })
}

// date settles when the item is published.
func (it *item) date(at time.Time) {
	it.At = at
	it.speak()
}

// speak puts days and dates into the item's words: those of the item that had
// the words first.
func (it *item) speak() {
	at := it.At
	if it.wording != nil {
		at = it.wording.At
	}
	r := strings.NewReplacer(
		"{day}", at.Weekday().String(),
		"{yesterday}", at.AddDate(0, 0, -1).Weekday().String(),
		"{tomorrow}", at.AddDate(0, 0, 1).Weekday().String(),
		"{date}", at.Format("2 January"),
	)
	it.Title, it.Summary, it.Body = r.Replace(it.Title), r.Replace(it.Summary), r.Replace(it.Body)
}

func (it *item) changed() time.Time {
	if it.Updated.IsZero() {
		return it.At
	}
	return it.Updated
}

// path is where the article itself is.
func (it *item) path() string { return "/" + it.outlet.Slug + "/" + it.ID }

// link is the path that the feed gives.
func (it *item) link() string {
	if it.Link != "" {
		return it.Link
	}
	return it.path()
}

// picture is the path of the item's picture; empty if it has none.
func (it *item) picture() string {
	if !it.Picture {
		return ""
	}
	return "/pictures/" + it.outlet.Slug + "/" + it.ID + ".png"
}

// audio is the path of the item's recording; empty if it has none.
func (it *item) audio() string {
	if !it.Audio {
		return ""
	}
	return "/audio/" + it.outlet.Slug + "/" + it.ID + ".wav"
}

// cut is s, cut after n characters between words where there are any.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	s = string([]rune(s)[:n])
	if i := strings.LastIndexByte(s, ' '); i > 0 {
		s = s[:i]
	}
	return strings.TrimRight(s, " ,;:.–") + "…"
}

// connect gives the items that repeat others their words.
func (p *Publisher) connect() error {
	all := slices.Clone(p.stock)
	for _, o := range p.outlets {
		all = append(all, o.items...)
	}
	for _, it := range all {
		if it.same == "" {
			continue
		}
		from := originalOf(all, it.same)
		if from == nil {
			return fmt.Errorf("%s/%s repeats %s, which isn't there", it.outlet.Slug, it.ID, it.same)
		}
		it.repeat(from)
	}
	return nil
}

func originalOf(all []*item, path string) *item {
	i := slices.IndexFunc(all, func(it *item) bool { return it.path() == "/"+path && it.same == "" })
	if i < 0 {
		return nil
	}
	return all[i]
}

// repeat takes over from another item what it doesn't say itself.
func (it *item) repeat(from *item) {
	it.wording = from
	if it.Title == "" {
		it.Title = from.Title
	}
	if it.Body == "" {
		it.Body = from.Body
	}
	if it.Summary == "" {
		it.Summary = from.Summary
	}
	if len(it.Tags) == 0 {
		it.Tags = from.Tags
	}
	if it.Author == "" && it.From == "" {
		it.Author = from.Author
	}
}
