package server

import (
	"context"
	"net/http"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// listRow is a followed OPML list as the page of feeds shows it.
type listRow struct {
	ID     string
	Title  string
	URL    string
	Folder string
	Feeds  string // how many it names
	Gone   string // how many of its feeds it no longer names; empty for none
	Last   string
	Next   string
	Health health
}

// listRows are the followed lists.
func (s *Server) listRows(ctx context.Context, now time.Time) (rows []listRow, err error) {
	lists, err := s.Store.Lists(ctx)
	for _, l := range lists {
		rows = append(rows, newListRow(words.From(ctx), l, now))
	}
	return rows, err
}

func newListRow(say *words.Language, l feed.List, now time.Time) listRow {
	x := newFeedRow(say, feed.Following{State: l.State}, now)
	r := listRow{
		ID: number(l.ID), Title: masked(l.Name()), URL: masked(l.URL), Folder: l.Folder, Feeds: say.N("%d feed", "%d feeds", l.Named()),
		Last: x.Last, Next: x.Next, Health: x.Health,
	}
	if n := len(l.Members) - l.Named(); n > 0 {
		r.Gone = say.N("%d no longer named", "%d no longer named", n)
	}
	if x.Health.State == "gone" {
		r.Health.Todo = say.T("The publisher says that this list has ended. Its feeds stay.")
	}
	return r
}

// unlistedText tells which followed lists no longer name a feed; empty for none.
func unlistedText(l *words.Language, x feed.Following) (text string) {
	for _, u := range x.Unlisted {
		text += l.T("No longer in the list “%s” since %s.", masked(u.Name), l.Date("2 January 2006", u.Since.Local())) + " "
	}
	return text
}

// pollList asks for a followed list now, and reports what came of it.
func (s *Server) pollList(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	came, err := s.Poller.PollList(r.Context(), id)
	if err != nil {
		text, todo := inWords(words.From(r.Context()), err)
		return s.done(w, r, "/feeds", &flash{Text: text + " " + todo, Wrong: true})
	}
	if len(came.Lines) == 0 {
		return s.done(w, r, "/feeds", &flash{Text: words.From(r.Context()).T("The list is unchanged.")})
	}
	rep, err := newReport(came)
	if err != nil {
		return err
	}
	return see(w, r, "/import/"+s.shelf.put(rep))
}

// unfollowList ends following a list; its feeds stay.
func (s *Server) unfollowList(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := s.Poller.UnfollowList(r.Context(), id); err != nil {
		return err
	}
	return s.done(w, r, "/feeds", &flash{Text: words.From(r.Context()).T("The list is no longer followed. Its feeds stay.")})
}
