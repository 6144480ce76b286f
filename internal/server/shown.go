package server

import (
	"context"
	"errors"
	"html/template"
	"net/url"
	"strconv"
	"time"

	"tidings/internal/compare"
	"tidings/internal/feed"
	"tidings/internal/words"
)

// Bounds of what a page compares.
const (
	mostCompared = 2 << 20 // bytes of copies; later ones aren't compared
	mostAdded    = 12      // sentences of a copy that are listed
)

// adds is what a copy adds to the lead.
type adds struct {
	Text      string // "Adds 3 of 14 sentences"
	Sentences []string
	More      string // "and 5 more"; empty for none
}

// instead says which copy a page shows in place of the lead.
type instead struct {
	Source string
	Lead   string       // source of the lead
	Href   template.URL // the page with the lead
	Marked string       // "3 of 14 sentences"; empty where nothing is marked
}

// walk leads from a copy to the next.
type walk struct {
	Text string // "2 of 4"
	Next string // its source
	Href template.URL
}

// parseCopy reads which copy of a story is wanted; 0 for the lead.
func parseCopy(v url.Values) (uint64, error) {
	if !v.Has("copy") {
		return 0, nil
	}
	n, err := strconv.ParseUint(v.Get("copy"), 10, 64)
	if err != nil || n == 0 {
		return 0, badRequest("A copy is named by its number.")
	}
	return n, nil
}

// compare says for each copy what it adds to the lead, marks that in the text of
// the page where a copy is shown, and leads from copy to copy.
// What is compared is what the page shows, or would, of each copy.
func (p *storyPage) compare(l *words.Language, full *feed.Full, at *feed.Member, f filter, ts texts, whole bool) {
	lead := copyOf(full, full.Lead)
	base, left := compare.NewBase(ts.of(lead, whole)), mostCompared
	for i := range full.Members {
		m, c := &full.Members[i], &p.Copies[i]
		c.Shown = m.Entry.ID == at.Entry.ID
		c.Href = p.copyHref(full, m, f)
		if left -= len(ts.of(m, whole)); m.Entry.ID == full.Lead || left < 0 && !c.Shown {
			continue
		}
		marked := base.Mark(ts.of(m, whole))
		c.Adds = newAdds(l, marked)
		if c.Shown {
			p.Text = newPresenter(l, full.ID, m.Entry.URL).text(marked.HTML)
			p.Shown = &instead{Source: c.Source, Lead: masked(lead.Outlet.Title), Href: p.copyHref(full, lead, f)}
			if c.Adds != nil {
				p.Shown.Marked = addedText(l, marked)
			}
		}
	}
	p.Walk = p.newWalk(l)
}

// copyHref is the page with one of its copies as its text.
func (p *storyPage) copyHref(full *feed.Full, m *feed.Member, f filter) template.URL {
	id := number(m.Entry.ID)
	if m.Entry.ID == full.Lead {
		id = ""
	}
	return template.URL("/story/" + number(full.ID) + f.encode("copy", id))
}

// newWalk leads from the copy that is shown to the next, and from the last to the first.
func (p *storyPage) newWalk(l *words.Language) *walk {
	n := len(p.Copies)
	for i := range p.Copies {
		if p.Copies[i].Shown && n > 1 {
			next := &p.Copies[(i+1)%n]
			return &walk{Text: l.T("%d of %d", i+1, n), Next: next.Source, Href: next.Href}
		}
	}
	return nil
}

func addedText(l *words.Language, m compare.Marked) string {
	return l.N("%d of %d sentence", "%d of %d sentences", m.Whole, m.New, m.Whole)
}

// newAdds words what a copy adds; nil for nothing.
func newAdds(l *words.Language, m compare.Marked) *adds {
	if m.New == 0 {
		return nil
	}
	a := &adds{Text: l.N("Adds %d of %d sentence", "Adds %d of %d sentences", m.Whole, m.New, m.Whole), Sentences: m.Sentences[:min(len(m.Sentences), mostAdded)]}
	if n := len(m.Sentences) - mostAdded; n > 0 {
		a.More = l.N("and %d more", "and %d more", n)
	}
	return a
}

// revision is what the last revision of an entry changed.
type revision struct {
	When       moment
	Title      compare.Paragraph // empty where the title stayed
	Paragraphs []revised
}

// revised is a paragraph that changed, or a number of those that didn't.
type revised struct {
	Pieces compare.Paragraph
	Same   string // "3 paragraphs as before"
}

// revision compares an entry with what it was before; nil where that isn't kept.
func (s *Server) revision(ctx context.Context, m *feed.Member, now time.Time) (*revision, error) {
	if m.Entry.Revised.IsZero() {
		return nil, nil
	}
	old, err := s.Store.Earlier(ctx, m.Entry.ID)
	if errors.Is(err, feed.ErrNotFound) {
		return nil, nil // it was revised before the store kept such things
	}
	if err != nil {
		return nil, err
	}
	l := words.From(ctx)
	v := &revision{When: newMoment(l, old.Until, now)}
	if old.Title != m.Entry.Title {
		v.Title = compare.DiffText(old.Title, m.Entry.Title)
	}
	same := 0
	settle := func() {
		if same > 0 {
			v.Paragraphs = append(v.Paragraphs, revised{Same: l.N("%d paragraph as before", "%d paragraphs as before", same)})
		}
		same = 0
	}
	for _, p := range compare.Diff(old.Body.Text(), m.Body.Text()) {
		if !p.Changed() {
			same++
			continue
		}
		settle()
		v.Paragraphs = append(v.Paragraphs, revised{Pieces: p})
	}
	settle()
	return v, nil
}
