package server

import (
	"encoding/json"
	"net/http"
	"slices"

	"tidings/internal/words"
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
func (u *undoing) undone(l *words.Language) string {
	n := len(u.ids)
	switch u.name {
	case "unread":
		return l.N("%d story is unread again.", "%d stories are unread again.", n)
	case "read":
		return l.N("%d story is read again.", "%d stories are read again.", n)
	case "star":
		return l.N("%d story is starred again.", "%d stories are starred again.", n)
	}
	return l.N("%d story is no longer starred.", "%d stories are no longer starred.", n)
}

// undo takes a marking back. A script is told which stories to show anew, and how.
func (s *Server) undo(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	l := words.From(r.Context())
	back, token := local(r.PostForm.Get("back")), r.PostForm.Get("undo")
	if u, ok := s.shelf.get(token).(*refiling); ok {
		return s.refile(w, r, token, u, back)
	}
	u, ok := s.shelf.get(token).(*undoing)
	if !ok && wantsJSON(r) {
		return s.answer(w, r, map[string]any{"text": l.T("That is too long ago to be undone.")})
	}
	if !ok {
		return s.done(w, r, back, &flash{Text: l.T("That is too long ago to be undone.")})
	}
	changed, err := s.remark(r, u.ids, changes()[u.name])
	if err != nil {
		return err
	}
	s.shelf.drop(token)
	if wantsJSON(r) {
		return s.answer(w, r, map[string]any{"text": u.undone(l), "name": u.name, "stories": numbers(changed)})
	}
	return s.done(w, r, back, &flash{Text: u.undone(l)})
}

// answerMark tells a script what a mark changed, and how to undo it.
func (s *Server) answerMark(w http.ResponseWriter, r *http.Request, changed []uint64, name string) error {
	m := map[string]any{"changed": len(changed)}
	if len(changed) > 0 {
		m["text"], m["undo"] = markedText(words.From(r.Context()), name), s.shelf.put(newUndoing(changed, name))
	}
	return s.answer(w, r, m)
}

// answerMarks tells a script which stories of a stretch were marked read, and how to
// undo it.
func (s *Server) answerMarks(w http.ResponseWriter, r *http.Request, changed []uint64) error {
	l := words.From(r.Context())
	m := map[string]any{"text": l.T("Everything here was read already."), "name": "read", "stories": numbers(changed)}
	before, ok := s.shelf.get(r.PostForm.Get("with")).(*undoing)
	if ok && before.name == "unread" {
		changed = slices.Concat(before.ids, changed)
	}
	if len(changed) > 0 {
		m["text"] = l.N("%d story marked read.", "%d stories marked read.", len(changed))
		m["undo"] = s.shelf.put(newUndoing(changed, "read"))
	}
	return s.answer(w, r, m)
}

// numbers lists stories for a script: null where there are too many, and the page is
// better loaded anew.
func numbers(ids []uint64) []string {
	if len(ids) > mostListed {
		return nil
	}
	list := []string{}
	for _, id := range ids {
		list = append(list, number(id))
	}
	return list
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
