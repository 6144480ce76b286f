package server

import (
	"context"
	"net/http"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// whenForm is the form of a timetable: of a feed, or of all.
type whenForm struct {
	ID                 string // prefix of its fields' ids
	Action             string
	Every, Least, Most string
	Until              string
	Default            string // what holds where nothing is said
}

func newWhenForm(action string, t feed.Timetable, fallback string) whenForm {
	f := whenForm{ID: "when", Action: action, Every: feed.FormatSpan(t.Every), Least: feed.FormatSpan(t.Least), Most: feed.FormatSpan(t.Most), Default: fallback}
	if !t.Until.IsZero() {
		f.Until = t.Until.Local().Format("2006-01-02")
	}
	return f
}

// feedTimes sets when a feed is polled.
func (s *Server) feedTimes(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	t, err := timetable(w, r)
	if err != nil {
		return err
	}
	if _, err := s.Poller.Change(r.Context(), id, feed.Change{When: &t}); err != nil {
		return err
	}
	return s.done(w, r, "/feeds/"+number(id), &flash{Text: words.From(r.Context()).T("Saved.")})
}

// allTimes sets when all feeds are polled that have no word of their own.
func (s *Server) allTimes(w http.ResponseWriter, r *http.Request) error {
	t, err := timetable(w, r)
	if err == nil {
		err = s.Poller.SetTimetable(r.Context(), 0, t)
	}
	if err != nil {
		return err
	}
	return s.done(w, r, "/settings", &flash{Text: words.From(r.Context()).T("Saved.")})
}

// timetable reads the form.
func timetable(w http.ResponseWriter, r *http.Request) (t feed.Timetable, err error) {
	if err := parseForm(w, r, 64<<10); err != nil {
		return t, err
	}
	for name, into := range map[string]*time.Duration{"every": &t.Every, "least": &t.Least, "most": &t.Most} {
		if *into, err = feed.ParseSpan(r.PostForm.Get(name)); err != nil {
			return t, unusable(r.Context(), err)
		}
	}
	if t.Until, err = feed.ParseDay(r.PostForm.Get("until")); err == nil {
		err = t.Check()
	}
	if err != nil {
		return t, unusable(r.Context(), err)
	}
	return t, nil
}

// unusable is the page for what a person typed and can't be used.
func unusable(ctx context.Context, err error) error {
	text, todo := inWords(words.From(ctx), err)
	return &problem{Status: http.StatusUnprocessableEntity, Title: "That can’t be used", Text: text, Todo: todo}
}

// cancelNew takes back what still waits for its first poll.
func (s *Server) cancelNew(w http.ResponseWriter, r *http.Request) error {
	n, err := s.Poller.CancelNew(r.Context())
	if err != nil {
		return err
	}
	text := words.From(r.Context()).N("Cancelled: %d feed was unsubscribed before the first poll. Those that were polled stay.",
		"Cancelled: %d feeds were unsubscribed before the first poll. Those that were polled stay.", n)
	return s.done(w, r, "/feeds", &flash{Text: text})
}
