package server

import (
	"html/template"
	"strings"
	"sync"
	"time"

	"tidings/internal/feed"
)

// mostRows is how many rows are kept laid out; one has about a kilobyte.
const mostRows = 2000

// galley keeps rows of the river as they were laid out last: a page shows mostly
// rows that a page before it showed, and executing the template for fifty of
// them costs more than everything else together. Equal rows look the same, so
// nothing in it ever gets old; it is emptied when it is full.
type galley struct {
	mu   sync.Mutex
	rows map[row]template.HTML
}

// layRow gives a row as HTML.
func (s *Server) layRow(r row) (template.HTML, error) {
	g := &s.galley
	g.mu.Lock()
	laid, ok := g.rows[r]
	g.mu.Unlock()
	if ok {
		return laid, nil
	}
	var b strings.Builder
	if err := s.pages["river"].ExecuteTemplate(&b, "row", r); err != nil {
		return "", err
	}
	laid = template.HTML(b.String())
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.rows) >= mostRows || g.rows == nil {
		g.rows = make(map[row]template.HTML)
	}
	g.rows[r] = laid
	return laid, nil
}

// layDays groups stories by the day of their place in the river.
func (s *Server) layDays(stories []feed.Headline, f filter, rules feed.Ruleset, now time.Time) ([]day, error) {
	suffix := f.encode()
	var days []day
	for i := range stories {
		h := &stories[i]
		name := dayName(h.Time, now)
		if f.Order == orderSources {
			name = spanName(f)
		}
		if len(days) == 0 || days[len(days)-1].Name != name {
			days = append(days, day{Name: name})
		}
		r := newRow(h, suffix, now)
		if f.Order == orderSources {
			r.Place = "" // above and below mean nothing here
		}
		if h.Kin > 0 && showsEvents(rules, h.Outlet) {
			r.Kin, r.KinHref = "+"+group(h.Kin)+" related", r.Href+"#related"
		}
		laid, err := s.layRow(r)
		if err != nil {
			return nil, err
		}
		d := &days[len(days)-1]
		d.Rows = append(d.Rows, laid)
	}
	return days, nil
}
