package server

import (
	"context"
	"html/template"
	"strings"
	"sync"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// mostRows is how many rows are kept laid out; one has about a kilobyte.
const mostRows = 2000

// galley keeps rows of the river as they were laid out last: a page shows mostly
// rows that a page before it showed, and executing the template for fifty of
// them costs more than everything else together. Equal rows look the same, so
// nothing in it ever gets old; it is emptied when it is full.
type galley struct {
	mu   sync.Mutex
	rows map[setting]template.HTML
}

// setting is a row in a language.
type setting struct {
	tag string
	row row
}

// layRow gives a row as HTML.
func (s *Server) layRow(l *words.Language, r row) (template.HTML, error) {
	g, key := &s.galley, setting{l.Tag(), r}
	g.mu.Lock()
	laid, ok := g.rows[key]
	g.mu.Unlock()
	if ok {
		return laid, nil
	}
	var b strings.Builder
	if err := s.execute(&b, key.tag, "river", "row", r); err != nil {
		return "", err
	}
	laid = template.HTML(b.String())
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.rows) >= mostRows || g.rows == nil {
		g.rows = make(map[setting]template.HTML)
	}
	g.rows[key] = laid
	return laid, nil
}

// layDays groups stories by the day of their place in the river.
func (s *Server) layDays(ctx context.Context, stories []feed.Headline, f filter, rules feed.Ruleset, now time.Time) ([]day, error) {
	suffix := f.encode()
	layout, err := s.layout(ctx)
	if err != nil {
		return nil, err
	}
	var days []day
	l := words.From(ctx)
	for i := range stories {
		h := &stories[i]
		name := dayName(l, h.Time, now)
		if f.Order == orderSources {
			name = spanName(l, f)
		}
		if len(days) == 0 || days[len(days)-1].Name != name {
			days = append(days, day{Name: name})
		}
		r := newRow(l, h, suffix, now)
		if h.Kin > 0 && showsEvents(rules, h.Outlet) {
			r.Kin, r.KinHref = l.N("+%d related", "+%d related", h.Kin), r.Href+"#related"
		}
		s.hangRow(&r, h, layout)
		laid, err := s.layRow(l, r)
		if err != nil {
			return nil, err
		}
		d := &days[len(days)-1]
		d.Rows = append(d.Rows, laid)
	}
	return days, nil
}
