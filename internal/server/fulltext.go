package server

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// wholeText tells of the text of an entry's page, beside the feed's own: the reader
// switches between the two, and gets the former by a button.
type wholeText struct {
	Entry string       // whose page the button asks for
	Other template.URL // this page with the other one of the two texts; empty where there is one
	Shown bool         // the text is that of the page
	Part  bool         // of a page for subscribers
	When  moment       // when the page was asked for; zero for never
	Said  string       // why it could not be had; empty for nothing
	Ask   string       // what the button says; empty for no button
	Feed  template.URL // where the reader says that it is always fetched; empty where that is so
}

// parseText reads which of an entry's texts is wanted: false for the feed's own.
func parseText(v url.Values) (full bool, err error) {
	switch v.Get("text") {
	case "", "full":
		return true, nil
	case "feed":
		return false, nil
	}
	return false, badRequest("There are two texts: that of the feed, and the full one.")
}

// texts are the texts that a story's page shows and compares: by entry, what its page
// had, where that is wanted and there, else what the feed has.
type texts map[uint64]feed.FullText

// texts looks up the full texts of a story's copies.
func (s *Server) texts(ctx context.Context, full *feed.Full) (texts, error) {
	all := texts{}
	for i := range full.Members {
		t, err := s.Store.FullText(ctx, full.Members[i].Entry.ID)
		switch {
		case err == nil:
			all[t.Entry] = t
		case !errors.Is(err, feed.ErrNotFound):
			return nil, err
		}
	}
	return all, nil
}

// of is the text of a copy to show.
func (t texts) of(m *feed.Member, full bool) feed.HTML {
	if text := t[m.Entry.ID].Text; full && text != "" {
		return text
	}
	return m.Body.Text()
}

// show sets the text of a copy into the page.
func (p *storyPage) show(l *words.Language, full *feed.Full, m *feed.Member, ts texts, whole bool) {
	n, t := m.Entry.Words, ts[m.Entry.ID]
	if whole && t.Text != "" {
		n = t.Words
	}
	if n >= 200 {
		p.Length = l.N("%d minute", "%d minutes", (n+110)/220)
	}
	p.Text = newPresenter(l, full.ID, m.Entry.URL).text(string(ts.of(m, whole)))
}

// offerText tells of the full text of the copy that is shown.
func (s *Server) offerText(ctx context.Context, p *storyPage, full *feed.Full, m *feed.Member, f filter, t feed.FullText, whole bool) error {
	following, err := s.Store.Subscription(ctx, m.Outlet.Feed)
	if err != nil && !errors.Is(err, feed.ErrNotFound) {
		return err
	}
	other := "full"
	if whole {
		other = "feed"
	}
	copied := ""
	if m.Entry.ID != full.Lead {
		copied = number(m.Entry.ID)
	}
	href := template.URL("/story/" + number(full.ID) + f.encode("copy", copied, "text", other))
	p.Whole = newWholeText(words.From(ctx), m, t, whole, following.Subscription.FullText, href, time.Now())
	return nil
}

// newWholeText tells of the full text of the copy that is shown; nil where there can't
// be any.
func newWholeText(l *words.Language, m *feed.Member, t feed.FullText, full, always bool, other template.URL, now time.Time) *wholeText {
	if webURL(m.Entry.URL) == "" {
		return nil
	}
	w := &wholeText{Entry: number(m.Entry.ID), Said: failureText(l, t)}
	if t.Text != "" {
		w.Shown, w.Other, w.Part = full, other, t.Part
	}
	if !t.Fetched.IsZero() {
		w.When = newMoment(l, t.Fetched, now)
	}
	switch {
	case t.Text == "" && t.Failure == feed.TextFine:
		w.Ask = l.T("Full text")
	case t.Failure != feed.TextFine:
		w.Ask = l.T("Try again")
	case t.Stale(m.Entry) || w.Shown && now.Sub(t.Fetched) > time.Hour:
		w.Ask = l.T("Fetch it again")
	}
	if !always {
		w.Feed = template.URL("/feeds/" + number(m.Outlet.Feed))
	}
	return w
}

// failureText says why a full text could not be had; empty if it could.
func failureText(l *words.Language, t feed.FullText) string {
	switch t.Failure {
	case feed.TextFine:
		return ""
	case feed.TextRefused:
		return l.T("The site doesn’t give this page to programs (it answers %d).", t.Status)
	case feed.TextPaid:
		return l.T("The page is for subscribers.")
	case feed.TextMissing:
		return l.T("The page isn’t there any more.")
	case feed.TextNotHTML:
		return l.T("What stands at the link is no web page; it may be a PDF or a picture.")
	case feed.TextUnreadable:
		return l.T("No article could be told from the rest of the page.")
	case feed.TextLess:
		return l.T("The page shows less of the text than the feed does.")
	case feed.TextTooLarge:
		return l.T("The page is too large.")
	case feed.TextBlocked:
		return l.T("The link leads where tidings doesn’t go: in a circle, or into a private network.")
	case feed.TextBusy:
		return l.T("The site asks to be left alone for a while.")
	case feed.TextNoAddress:
		return l.T("This entry has no page of its own.")
	}
	return l.T("The page could not be fetched: its site doesn’t answer, or has trouble of its own.")
}

// fetchText fetches the text of a copy's page.
func (s *Server) fetchText(w http.ResponseWriter, r *http.Request) error {
	_, entry, full, err := s.formCopy(w, r)
	if err != nil {
		return err
	}
	m := copyOf(&full, entry)
	if m.Entry.ID != entry {
		return notFound("There is no such story or feed any more.")
	}
	l, f := words.From(r.Context()), &flash{}
	t, err := s.Poller.FullText(r.Context(), entry)
	var hint *feed.Hint
	switch {
	case errors.As(err, &hint):
		f.Wrong, f.Text = true, failureText(l, feed.FullText{Failure: feed.TextBusy})
	case err != nil:
		return err
	case t.Failure != feed.TextFine:
		f.Wrong, f.Text = true, l.T("The full text could not be had. %s", failureText(l, t))
	default:
		f.Text = l.N("The full text is here: %d word.", "The full text is here: %d words.", t.Words)
		if following, err := s.Store.Subscription(r.Context(), m.Outlet.Feed); err == nil && !following.Subscription.FullText {
			f.Href, f.Link = "/feeds/"+number(m.Outlet.Feed), l.T("Always fetch it for this feed…")
		}
	}
	return s.done(w, r, withoutText(local(r.PostForm.Get("back"))), f)
}

// withoutText is a path of ours that says nothing about which text is wanted.
func withoutText(path string) string {
	path, query, _ := strings.Cut(path, "?")
	v, err := url.ParseQuery(query)
	if err != nil {
		return path
	}
	if v.Del("text"); len(v) > 0 {
		path += "?" + v.Encode()
	}
	return path
}
