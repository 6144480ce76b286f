package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// marking is what a form of the river or of a story asks for: each of its
// buttons carries the story's number as its value.
type marking struct {
	story  uint64
	name   string // of the button: "read", "unread", "star", "unstar" or "open"
	change feed.MarkChange
	above  feed.Cursor // instead of story: everything down to here
	below  feed.Cursor // instead of story: everything from here on
}

// changes are what buttons mean.
func changes() map[string]feed.MarkChange {
	yes, no := true, false
	return map[string]feed.MarkChange{
		"open": {Read: &yes, Opened: true}, "read": {Read: &yes}, "unread": {Read: &no},
		"star": {Starred: &yes}, "unstar": {Starred: &no},
	}
}

// parseMarking finds the button that was pressed.
func parseMarking(v url.Values) (marking, error) {
	for name, change := range changes() {
		if !v.Has(name) {
			continue
		}
		id, err := strconv.ParseUint(v.Get(name), 10, 64)
		if err != nil || id == 0 {
			return marking{}, badRequest("A story is named by its number.")
		}
		return marking{story: id, name: name, change: change}, nil
	}
	above, err1 := feed.ParseCursor(v.Get("above"))
	below, err2 := feed.ParseCursor(v.Get("below"))
	if err1 != nil || err2 != nil || above.IsZero() == below.IsZero() {
		return marking{}, badRequest("The form doesn’t say what to mark.")
	}
	return marking{above: above, below: below}, nil
}

// mark changes the marks of one story, or marks a stretch read.
func (s *Server) mark(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	m, err := parseMarking(r.PostForm)
	if err != nil {
		return err
	}
	if m.story == 0 {
		return s.markAround(w, r, m)
	}
	changed, err := s.remark(r, []uint64{m.story}, m.change)
	if err != nil {
		return err
	}
	if wantsJSON(r) {
		return s.answerMark(w, r, changed, m.name)
	}
	back := local(r.PostForm.Get("back"))
	if m.name == "open" {
		f := filterOf(back)
		return see(w, r, "/story/"+number(m.story)+f.encode())
	}
	path, _ := cutAnchor(back)
	path += s.anchor(r.Context(), back, m)
	if len(changed) == 0 {
		return see(w, r, path)
	}
	return s.done(w, r, path, &flash{Text: markedText(words.From(r.Context()), m.name), Undo: s.shelf.put(newUndoing(changed, m.name))})
}

// markedText says what became of a story.
func markedText(l *words.Language, name string) string {
	switch name {
	case "read", "open":
		return l.T("Marked read.")
	case "unread":
		return l.T("Marked unread.")
	case "star":
		return l.T("Starred.")
	}
	return l.T("No longer starred.")
}

// readStory marks a story read and goes to its page.
func (s *Server) readStory(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	id, err := pathID(r)
	if err != nil {
		return err
	}
	f, err := parseFilter(r.URL.Query())
	if err != nil {
		return err
	}
	yes := true
	changed, err := s.remark(r, []uint64{id}, feed.MarkChange{Read: &yes, Opened: true})
	if err != nil {
		return err
	}
	if wantsJSON(r) {
		return s.answerMark(w, r, changed, "read")
	}
	return see(w, r, "/story/"+number(id)+f.encode())
}

// anchor is where the page of the river stays after a mark: at the story, or, as
// a read story leaves the unread river, at the one below it.
func (s *Server) anchor(ctx context.Context, back string, m marking) string {
	here := "#s" + number(m.story)
	f := filterOf(back)
	if u, err := url.Parse(back); err != nil || u.Path != "/" || f.View != viewUnread || m.change.Read == nil || !*m.change.Read {
		return here
	}
	full, err := s.Store.Story(ctx, m.story)
	if err != nil {
		return ""
	}
	q := f.query()
	q.Before, q.Limit = full.Cursor(), 1
	page, err := s.Store.Stories(ctx, q)
	if err != nil || len(page.Stories) == 0 {
		return ""
	}
	return "#s" + number(page.Stories[0].ID)
}

// filterOf reads the filter of a path of ours, as far as it can be read.
func filterOf(path string) filter {
	u, err := url.Parse(path)
	if err != nil {
		return filter{View: viewUnread}
	}
	f, err := parseFilter(u.Query())
	if err != nil {
		return filter{View: viewUnread}
	}
	return f
}

// parseUntil reads the greatest number that a story had when the page was made. A
// form without it could mark what nobody has seen.
func parseUntil(v url.Values) (uint64, error) {
	n, err := strconv.ParseUint(v.Get("until"), 10, 64)
	if err != nil || n == 0 {
		return 0, badRequest("The form doesn’t say when its page was made. Load the page anew.")
	}
	return n, nil
}

// markAround marks read what a page shows above a story of it, or what stands below
// that, on further pages too; the story itself in both cases. Nothing is marked that
// stands before the page's first story, and nothing that came after the page was
// made, wherever its place is: neither was ever seen.
func (s *Server) markAround(w http.ResponseWriter, r *http.Request, m marking) error {
	back := local(r.PostForm.Get("back"))
	if r.PostForm.Get("listed") != "" {
		return s.markListed(w, r, m)
	}
	top, err := feed.ParseCursor(r.PostForm.Get("top"))
	if err != nil {
		return badRequest("The page’s place in the river could not be read.")
	}
	until, err := parseUntil(r.PostForm)
	if err != nil {
		return err
	}
	f := filterOf(back)
	q := f.query()
	q.Unread, q.Until = true, until
	oldest := f.Order == orderOldest
	if oldest && m.below.IsZero() && top.IsZero() {
		return badRequest("The form doesn’t say where its page began. Load the page anew.")
	}
	var ids []uint64
	switch here := m.above; {
	case here.IsZero() && !oldest:
		changed, err := s.remarkAll(r, q, m.below)
		if err != nil {
			return err
		}
		return s.marked(w, r, changed, back)
	case here.IsZero():
		ids, err = s.between(r.Context(), q, feed.Cursor{}, m.below)
	case oldest:
		ids, err = s.between(r.Context(), q, here, top)
	default:
		ids, err = s.between(r.Context(), q, top, here)
	}
	if err != nil {
		return err
	}
	return s.markThese(w, r, ids, back)
}

// markListed marks read what a page lists down to a story of it, or from it on: there
// the places of stories don't say which of them stand above.
func (s *Server) markListed(w http.ResponseWriter, r *http.Request, m marking) error {
	ids, err := parseListed(r.PostForm.Get("listed"))
	if err != nil {
		return err
	}
	at := slices.Index(ids, max(m.above.Story, m.below.Story))
	switch {
	case at < 0:
		return badRequest("The form doesn’t list the story. Load the page anew.")
	case m.below.IsZero():
		ids = ids[:at+1]
	default:
		ids = ids[at:]
	}
	return s.markThese(w, r, ids, local(r.PostForm.Get("back")))
}

// markThese marks stories read.
func (s *Server) markThese(w http.ResponseWriter, r *http.Request, ids []uint64, back string) error {
	changed, err := s.remark(r, ids, changes()["read"])
	if err != nil {
		return err
	}
	return s.marked(w, r, changed, back)
}

// between lists the stories that q chooses from top down to a place, both included.
func (s *Server) between(ctx context.Context, q feed.Query, top, down feed.Cursor) (ids []uint64, err error) {
	if down.Story <= q.Until {
		ids = append(ids, down.Story)
	}
	q.After, q.Limit = down, 500
	for {
		page, err := s.Store.Stories(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, h := range page.Stories {
			if !newer(h.Cursor(), top) {
				ids = append(ids, h.ID)
			}
		}
		if !page.More || len(page.Stories) == 0 || newer(page.Stories[0].Cursor(), top) {
			return ids, nil
		}
		q.After = page.Stories[0].Cursor()
	}
}

// newer reports whether a stands above b in the river; nothing is above no place.
func newer(a, b feed.Cursor) bool {
	if b.IsZero() {
		return false
	}
	return a.Time.After(b.Time) || a.Time.Equal(b.Time) && a.Story > b.Story
}

// markAll marks a stretch of the river read, from the page's first story down, but
// no story that came after the page was made.
func (s *Server) markAll(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	f, err := parseFilter(r.PostForm)
	if err != nil {
		return err
	}
	if r.PostForm.Get("listed") != "" {
		ids, err := parseListed(r.PostForm.Get("listed"))
		if err != nil {
			return err
		}
		return s.markThese(w, r, ids, local(r.PostForm.Get("back")))
	}
	upTo, err := feed.ParseCursor(r.PostForm.Get("upto"))
	if err != nil {
		return badRequest("The page’s place in the river could not be read.")
	}
	q := f.query()
	q.Unread = true
	if q.Until, err = parseUntil(r.PostForm); err != nil {
		return err
	}
	changed, err := s.remarkAll(r, q, upTo)
	if err != nil {
		return err
	}
	return s.marked(w, r, changed, local(r.PostForm.Get("back")))
}

// mostListed bounds how many stories a form or an address lists, and an answer to a script.
const mostListed = 5000

// parseListed reads the numbers of stories that listed wrote.
func parseListed(text string) (ids []uint64, err error) {
	for field := range strings.SplitSeq(text, ",") {
		id, err := strconv.ParseUint(field, 10, 64)
		if err != nil || id == 0 || len(ids) == mostListed {
			return nil, badRequest("The list of stories could not be read.")
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// marked tells how many stories were marked read, and offers to undo it. A script is
// told which; it may ask to undo them together with those that it had marked just before.
func (s *Server) marked(w http.ResponseWriter, r *http.Request, changed []uint64, back string) error {
	if wantsJSON(r) {
		return s.answerMarks(w, r, changed)
	}
	if len(changed) == 0 {
		return s.done(w, r, back, &flash{Text: words.From(r.Context()).T("Everything here was read already.")})
	}
	undo := s.shelf.put(newUndoing(changed, "read"))
	return s.done(w, r, back, &flash{Text: words.From(r.Context()).N("%d story marked read.", "%d stories marked read.", len(changed)), Undo: undo})
}

// wantsJSON reports whether our script asks.
func wantsJSON(r *http.Request) bool { return r.Header.Get("Accept") == "application/json" }
