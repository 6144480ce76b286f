package server

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// storyPage is one story with all its sources.
type storyPage struct {
	Frame
	Story      row
	Byline     string
	Long       bool // its title is to be set smaller
	Published  moment
	Revised    moment
	Revision   *revision // what the last revision changed; nil where that isn't known
	Shown      *instead  // which copy is shown, where that isn't the lead
	Walk       *walk     // from copy to copy; nil for one copy
	Length     string    // "4 min"
	Text       template.HTML
	Whole      *wholeText   // about the text of its page; nil where there can't be one
	Picture    *leadPicture // for a text without one; nil for none
	Share      *share       // nil for a story without an address
	Enclosures []enclosure
	Categories []string
	Comments   template.URL
	Copies     []copyRow
	Sources    string // heading of Copies
	Lead       string // why the first of Copies is shown; empty where that is plain
	LeadRule   string
	Why        string // one sentence: what the copies have in common; empty for one copy
	Rewrites   string // "2 rewrites": how many of the copies tell it in other words
	Kin        *timeline
	Choices    []joinChoice
	Decisions  []decisionRow
	River      string // where one came from, at this story
	Prev, Next *neighbour
}

// neighbour is the story before or after in the river.
type neighbour struct{ Href, Title, Text string }

func (s *Server) story(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	f, err := parseFilter(r.URL.Query())
	if err != nil {
		return err
	}
	entry, err := parseCopy(r.URL.Query())
	if err != nil {
		return err
	}
	whole, err := parseText(r.URL.Query())
	if err != nil {
		return err
	}
	full, err := s.Store.Story(r.Context(), id)
	if errors.Is(err, feed.ErrNotFound) {
		return s.dissolved(w, r, id)
	}
	if err != nil {
		return err
	}
	page, err := s.storyPage(r.Context(), &full, f, entry, whole)
	if err != nil {
		return err
	}
	if page.Frame, err = s.frame(r, page.Story.Title+" · tidings", "story"); err != nil {
		return err
	}
	if page.Prev, page.Next, err = s.neighbours(r, f, full.Cursor()); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "story", page)
}

// storyPage gathers what a story's page tells: the story in the words of a copy, in
// full where that is wanted and there, its event if that is shown, and what the reader
// decided about it.
func (s *Server) storyPage(ctx context.Context, full *feed.Full, f filter, entry uint64, whole bool) (*storyPage, error) {
	rules, err := s.rules(ctx)
	if err != nil {
		return nil, err
	}
	decisions, err := s.Store.Decisions(ctx)
	if err != nil {
		return nil, err
	}
	decisions = slices.DeleteFunc(decisions, func(d feed.Decision) bool { return concerns(full, d) == "" })
	known, err := s.mentioned(ctx, full, mentionedBy(full, decisions))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	m := copyOf(full, entry)
	if m.Entry.ID != entry {
		m = copyOf(full, full.Lead)
	}
	l := words.From(ctx)
	ts, err := s.texts(ctx, full)
	if err != nil {
		return nil, err
	}
	p := newStoryPage(l, full, m, f, now)
	p.Copies = newCopies(l, full, known, now)
	p.show(l, full, m, ts, whole)
	p.compare(l, full, m, f, ts, whole)
	if err := s.offerText(ctx, p, full, m, f, ts[m.Entry.ID], whole); err != nil {
		return nil, err
	}
	if p.Revision, err = s.revision(ctx, m, now); err != nil {
		return nil, err
	}
	p.Sources = l.T("Source")
	if len(p.Copies) > 1 {
		p.Sources = l.N("Told by %d source", "Told by %d sources", 1+len(full.Others))
		p.Why, p.Rewrites = together(l, p.Copies)
		prefs, err := s.preferences(ctx)
		if err != nil {
			return nil, err
		}
		p.Lead, p.LeadRule = leadText(l, full, prefs), l.T(feed.LeadRule)
	}
	p.Decisions = newDecisions(l, full, decisions, known, now)
	p.Choices = newChoices(l, full, known, now)
	if showsEvents(rules, full.Outlet) {
		p.Kin = newTimeline(l, full, f, now)
	}
	s.hangStory(p, full, m)
	p.Text = enlarge(l, p.Text)
	p.Picture = s.newLeadPicture(l, m, p.Text)
	return p, nil
}

// mentionedBy lists the stories that a story's verdicts and decisions name.
func mentionedBy(full *feed.Full, decisions []feed.Decision) (ids []uint64) {
	for _, d := range decisions {
		ids = append(ids, d.To, d.From)
	}
	for _, m := range full.Members {
		for _, a := range m.Verdict.Apart {
			ids = append(ids, a.Story)
		}
	}
	return ids
}

// longTitle is how many characters a title has that would fill a screen.
const longTitle = 120

// newStoryPage shows a story in the words of one of its copies.
func newStoryPage(l *words.Language, full *feed.Full, m *feed.Member, f filter, now time.Time) *storyPage {
	h := full.Headline
	h.Entry, h.Outlet = m.Entry, m.Outlet
	p := &storyPage{Story: newRow(l, &h, f.encode(), now)}
	e, body := m.Entry, m.Body
	p.Long = utf8.RuneCountInString(p.Story.Title) > longTitle
	p.Byline = names(l, e.Authors)
	p.Published = newMoment(l, e.Time(), now)
	if !e.Revised.IsZero() {
		p.Revised = newMoment(l, e.Revised, now)
	}
	p.Share = newShare(titleOf(l, e), e.URL)
	p.Comments = webURL(body.Comments)
	p.Categories = e.Categories
	p.Enclosures = newEnclosures(l, e.Enclosures)
	p.River = "/" + f.encode() + "#s" + p.Story.ID
	return p
}

// names joins authors for a byline. Some feeds put an address where the name
// belongs; that is not shown.
func names(l *words.Language, people []feed.Person) string {
	var list []string
	for _, p := range people {
		if n := strings.TrimSpace(p.Name); n != "" && !strings.Contains(n, "@") {
			list = append(list, n)
		}
	}
	const most = 6
	if len(list) > most {
		list = append(list[:most], l.T("others"))
	}
	if n := len(list); n > 1 {
		return l.T("%s and %s", l.List(list[:n-1]...), list[n-1])
	}
	return l.List(list...)
}

// neighbours finds the stories before and after one in its river. Back goes to what
// is there, read or not, for in the unread river what one has just read is gone.
func (s *Server) neighbours(r *http.Request, f filter, at feed.Cursor) (prev, next *neighbour, err error) {
	if f.Order == orderSources {
		return s.neighboursBySize(r, f, at.Story)
	}
	newer, older := f.query(), f.query()
	newer.After, newer.Limit = at, 1
	older.Before, older.Limit = at, 1
	if f.Order == orderOldest {
		older.Unread = false
	} else {
		newer.Unread = false
	}
	if prev, err = s.neighbour(r, f, newer, words.From(r.Context()).T("Newer")); err != nil {
		return nil, nil, err
	}
	if next, err = s.neighbour(r, f, older, words.From(r.Context()).T("Older")); f.Order == orderOldest {
		prev, next = next, prev
	}
	return prev, next, err
}

func (s *Server) neighbour(r *http.Request, f filter, q feed.Query, text string) (*neighbour, error) {
	page, err := s.Store.Stories(r.Context(), q)
	if err != nil || len(page.Stories) == 0 {
		return nil, err
	}
	return newNeighbour(words.From(r.Context()), &page.Stories[0], f, text), nil
}

func newNeighbour(l *words.Language, h *feed.Headline, f filter, text string) *neighbour {
	return &neighbour{Href: "/story/" + number(h.ID) + f.encode(), Title: titleOf(l, h.Entry), Text: text}
}

// neighboursBySize are those in the river of the big stories.
func (s *Server) neighboursBySize(r *http.Request, f filter, id uint64) (prev, next *neighbour, err error) {
	q := f.query()
	q.Unread, q.Limit = false, 500
	page, err := s.Store.Biggest(r.Context(), q)
	l, list := words.From(r.Context()), page.Stories
	i := slices.IndexFunc(list, func(h feed.Headline) bool { return h.ID == id })
	if i > 0 {
		prev = newNeighbour(l, &list[i-1], f, l.T("Before"))
	}
	if i >= 0 && i+1 < len(list) {
		next = newNeighbour(l, &list[i+1], f, l.T("After"))
	}
	return prev, next, err
}
