package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// undoing is what takes a marking back: the stories that it changed, and the button
// that does the contrary.
type undoing struct {
	ids  []uint64
	name string
}

// newUndoing is the contrary of a button pressed on stories.
func newUndoing(changed []uint64, name string) *undoing {
	contrary := map[string]string{"read": "unread", "open": "unread", "unread": "read", "star": "unstar", "unstar": "star"}
	return &undoing{slices.Clone(changed), contrary[name]}
}

// undone says what the stories are again.
func (u *undoing) undone() string {
	again := map[string]string{"unread": "unread again.", "read": "read again.", "star": "starred again.", "unstar": "no longer starred."}
	return count(len(u.ids), "story is ", "stories are ") + again[u.name]
}

// undo takes a marking back. A script is told which stories to show anew, and how.
func (s *Server) undo(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	back, token := local(r.PostForm.Get("back")), r.PostForm.Get("undo")
	u, ok := s.shelf.get(token).(*undoing)
	if !ok && wantsJSON(r) {
		return s.answer(w, r, map[string]any{"text": "That is too long ago to be undone."})
	}
	if !ok {
		return s.done(w, r, back, &flash{Text: "That is too long ago to be undone."})
	}
	changed, err := s.Store.Mark(r.Context(), u.ids, changes()[u.name], time.Now())
	if err != nil {
		return err
	}
	s.shelf.drop(token)
	if wantsJSON(r) {
		stories := []string{} // a script wants a list, be it empty
		for _, id := range changed {
			stories = append(stories, number(id))
		}
		return s.answer(w, r, map[string]any{"text": u.undone(), "name": u.name, "stories": stories})
	}
	return s.done(w, r, back, &flash{Text: u.undone()})
}

// answerMark tells a script what a mark changed, and how to undo it.
func (s *Server) answerMark(w http.ResponseWriter, r *http.Request, changed []uint64, name string) error {
	m := map[string]any{"changed": len(changed)}
	if len(changed) > 0 {
		m["text"], m["undo"] = markedText(name), s.shelf.put(newUndoing(changed, name))
	}
	return s.answer(w, r, m)
}

// answer tells a script something, and the counts as they are now.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, m map[string]any) error {
	c, err := s.Store.Counts(r.Context())
	if err != nil {
		return err
	}
	m["counts"] = newTally(c)
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeBody(w, r, http.StatusOK, "application/json; charset=utf-8", b)
}
