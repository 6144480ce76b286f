package server

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// keepForm asks what is kept of a feed, or of several.
type keepForm struct {
	Choice  string // "default", "ever", "days" or "entries"
	Days    string
	Entries string
	Choices []option // for several feeds: what can be chosen at once
}

// defaultKeep stands in forms for the rule of all.
const defaultKeep = "default"

func newKeepForm(l *words.Language, k feed.Keep) keepForm {
	f := keepForm{Choice: defaultKeep, Days: "30", Entries: "100"}
	switch {
	case k.Ever:
		f.Choice = "ever"
	case k.Days > 0:
		f.Choice, f.Days = "days", strconv.Itoa(k.Days)
	case k.Newest > 0:
		f.Choice, f.Entries = "entries", strconv.Itoa(k.Newest)
	}
	f.Choices = []option{{Value: defaultKeep, Text: l.T("As for all feeds")}, {Value: feed.Keep{Ever: true}.String(), Text: l.T("For ever")}}
	for _, days := range []int{7, 30, 90, 365} {
		f.Choices = append(f.Choices, option{Value: feed.Keep{Days: days}.String(), Text: l.N("For %d day", "For %d days", days)})
	}
	for _, n := range []int{20, 100, 500} {
		f.Choices = append(f.Choices, option{Value: feed.Keep{Newest: n}.String(), Text: l.N("The newest %d entry", "The newest %d entries", n)})
	}
	return f
}

// keptText words a choice for lists; empty for none.
func keptText(l *words.Language, k feed.Keep) string {
	switch {
	case k.Ever:
		return l.T("Everything is kept")
	case k.Days > 0:
		return l.N("Kept for %d day", "Kept for %d days", k.Days)
	case k.Newest > 0:
		return l.N("The newest %d entry is kept", "The newest %d entries are kept", k.Newest)
	}
	return ""
}

// parseKeep reads the form of one feed, or the choice of several.
func parseKeep(v url.Values) (feed.Keep, error) {
	text := v.Get("keep")
	switch text {
	case "":
		return feed.Keep{}, badRequest("The form doesn’t say what to keep.")
	case defaultKeep:
		text = ""
	case "days":
		text = oneLine(v.Get("days")) + "d"
	case "entries":
		text = oneLine(v.Get("entries"))
	}
	k, err := feed.ParseKeep(text)
	if err != nil {
		return k, &problem{Status: http.StatusUnprocessableEntity, Title: "That can’t be used", Text: "A number of days goes from 1 to 36500, a number of entries from 1 to 1000000."}
	}
	return k, nil
}

// keepFeed sets what is kept of a feed.
func (s *Server) keepFeed(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	if _, err := s.Store.Subscription(r.Context(), id); err != nil {
		return err
	}
	return s.keepSome(w, r, &batch{ids: []uint64{id}, v: r.PostForm, back: "/feeds/" + number(id)})
}

// keepSome sets what is kept of some feeds. Where that deletes something, it first asks.
func (s *Server) keepSome(w http.ResponseWriter, r *http.Request, b *batch) error {
	k, err := parseKeep(b.v)
	if err != nil {
		return err
	}
	l := words.From(r.Context())
	lost, err := s.Poller.Losses(r.Context(), feed.KeepChange{Feeds: b.ids, Keep: k})
	if err != nil {
		return err
	}
	if lost.Entries > 0 && !b.sure() {
		return s.ask(w, r, surePage{
			Heading: l.T("Delete what is no longer kept?"), Text: lossText(l, lost), More: l.T("Starred stories stay, and those of which another feed keeps a copy."),
			Button: l.T("Keep less"), Back: b.back, Action: r.URL.Path,
		}, b.v)
	}
	text := l.T("Saved. Nothing that is there goes.")
	if lost.Entries > 0 {
		text = l.N("Saved. %d entry goes within six hours.", "Saved. %d entries go within six hours.", lost.Entries)
	}
	return s.changeSome(w, r, b, feed.Change{Keep: &k}, text)
}

// lossText tells what would be deleted.
func lossText(l *words.Language, lost feed.Loss) string {
	text := l.N("That deletes %d entry for good.", "That deletes %d entries for good.", lost.Entries)
	if lost.Unread > 0 {
		text += " " + l.N("Nobody has read %d story of it.", "Nobody has read %d stories of it.", lost.Unread)
	}
	return text
}

// setFullText sets whether the whole texts of a feed are fetched.
func (s *Server) setFullText(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	if _, err := s.Store.Subscription(r.Context(), id); err != nil {
		return err
	}
	on := r.PostForm.Get("fulltext") == "1"
	return s.changeSome(w, r, &batch{ids: []uint64{id}, v: r.PostForm, back: "/feeds/" + number(id)}, feed.Change{FullText: &on}, fullTextText(words.From(r.Context()), on))
}

func fullTextText(l *words.Language, on bool) string {
	if on {
		return l.T("Whole texts are fetched from now on.")
	}
	return l.T("Texts are shown as the feed has them.")
}

// surePage asks before something is done that can't be taken back.
type surePage struct {
	Frame
	Heading string
	Text    string
	More    string // may be empty
	Button  string
	Back    string
	Action  string
	Fields  []hiddenField
}

// hiddenField is a hidden field of a form.
type hiddenField struct{ Name, Value string }

// ask shows a form that repeats what was asked for, and means it.
func (s *Server) ask(w http.ResponseWriter, r *http.Request, p surePage, v url.Values) (err error) {
	for name, values := range v {
		for _, value := range values {
			p.Fields = append(p.Fields, hiddenField{name, value})
		}
	}
	p.Fields = append(p.Fields, hiddenField{"sure", "1"})
	back := p.Back
	if p.Frame, err = s.frame(r, p.Heading+" · tidings", "feeds"); err != nil {
		return err
	}
	p.Back = back
	return s.render(w, r, http.StatusOK, "sure", p)
}

// refiling takes changes of subscriptions back.
type refiling struct {
	changes  []feed.FeedChange
	folders  []folderSaid
	settings map[string][]byte // as they were; nil for none
	gone     []uint64          // feeds that were unsubscribed from
}

// changeSome changes feeds, tells it, and offers to undo it.
func (s *Server) changeSome(w http.ResponseWriter, r *http.Request, b *batch, c feed.Change, text string) error {
	cs := make([]feed.FeedChange, len(b.ids))
	for i, id := range b.ids {
		cs[i] = feed.FeedChange{Feed: id, Change: c}
	}
	undo, err := s.changeAll(r.Context(), cs)
	if err != nil {
		return err
	}
	return s.done(w, r, b.back, &flash{Text: text, Undo: s.shelf.put(undo)})
}

// changeAll changes feeds, and gives what takes that back.
func (s *Server) changeAll(ctx context.Context, cs []feed.FeedChange) (*refiling, error) {
	was, err := s.Poller.ChangeAll(ctx, cs)
	if err != nil {
		return nil, err
	}
	asked := map[uint64]feed.Change{}
	for _, c := range cs {
		asked[c.Feed] = c.Change
	}
	undo := &refiling{}
	for _, sub := range was {
		undo.changes = append(undo.changes, feed.FeedChange{Feed: sub.ID, Change: asked[sub.ID].Reverse(sub)})
	}
	return undo, nil
}

// refile takes changes of subscriptions back.
func (s *Server) refile(w http.ResponseWriter, r *http.Request, token string, u *refiling, back string) error {
	if _, err := s.Poller.ChangeAll(r.Context(), u.changes); err != nil {
		return err
	}
	if err := s.sayAgain(r.Context(), u.folders); err != nil {
		return err
	}
	for name, value := range u.settings {
		if err := s.Store.SetSetting(r.Context(), name, value); err != nil {
			return err
		}
	}
	var returned []feed.Subscription
	if len(u.gone) > 0 {
		var err error
		returned, err = s.Poller.TakeBackAll(r.Context(), u.gone)
		s.titles.forget()
		if err != nil {
			return err
		}
	}
	s.shelf.drop(token)
	text := words.From(r.Context()).N("Undone: %d feed is as it was.", "Undone: %d feeds are as they were.", len(u.changes)+len(returned))
	if wantsJSON(r) {
		return s.answer(w, r, map[string]any{"text": text})
	}
	return s.done(w, r, back, &flash{Text: text})
}
