package server

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// subscribePage asks what to follow, and shows what was found, before anything is.
type subscribePage struct {
	Frame
	URL     string
	Called  string // the title that it is to have
	Folder  string
	Folders []string
	Found   []prospect // the feeds of a site
	Problem string
	Todo    string
}

// prospect is a feed that one may subscribe to.
type prospect struct {
	N       int
	URL     string
	Title   string
	Shown   string // URL without its secrets
	Lang    string
	Site    template.URL
	Facts   string // what kind it is, how many entries it has, when the newest came
	About   string
	Last    []prospectItem
	Failure string
	Feed    string // its number, where it is followed already
	Unseen  bool   // it wasn't looked at yet
}

// prospectItem is an entry of it.
type prospectItem struct {
	Title, Excerpt string
	When           moment
}

// confirmSubscribe asks before it subscribes: links and bookmarklets of other
// sites lead here, and a GET changes nothing and asks nobody.
func (s *Server) confirmSubscribe(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	address := v.Get("url")
	if address == "" {
		address = v.Get("text") // a phone's share menu puts it here
	}
	return s.showSubscribe(w, r, http.StatusOK, &subscribePage{
		URL: strings.TrimSpace(address), Called: oneLine(v.Get("title")), Folder: cleanFolder(v.Get("folder")),
	})
}

func (s *Server) showSubscribe(w http.ResponseWriter, r *http.Request, status int, p *subscribePage) error {
	list, err := s.Store.Outlets(r.Context())
	if err != nil {
		return err
	}
	p.Folders = folders(list)
	if p.Frame, err = s.frame(r, words.From(r.Context()).T("Add a feed · tidings"), "feeds"); err != nil {
		return err
	}
	return s.render(w, r, status, "subscribe", p)
}

// subscribe looks for feeds at an address and shows what they brought last; a form that
// carries "exact" has chosen one, which is then followed. How an address is to be read
// is the poller's to know.
func (s *Server) subscribe(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	l, v := words.From(r.Context()), r.PostForm
	p := &subscribePage{URL: strings.TrimSpace(v.Get("url")), Called: oneLine(v.Get("title")), Folder: cleanFolder(v.Get("folder"))}
	if exact := v.Get("exact"); exact != "" {
		return s.follows(w, r, feed.Wish{URL: exact, Title: p.Called, Folder: p.Folder})
	}
	if p.URL == "" {
		p.Problem, p.Todo = l.T("There is no address."), l.T("Paste that of a feed, or of a site.")
		return s.showSubscribe(w, r, http.StatusUnprocessableEntity, p)
	}
	if !strings.ContainsAny(p.URL, ".:/") { // a name, not an address
		if found := s.curated(p.URL); len(found) > 0 {
			p.Found = prospects(l, found, time.Now())
			return s.showSubscribe(w, r, http.StatusOK, p)
		}
	}
	found, err := s.Poller.Preview(r.Context(), p.URL)
	if err != nil {
		p.Problem, p.Todo = inWords(l, err)
		return s.showSubscribe(w, r, http.StatusUnprocessableEntity, p)
	}
	if len(found) == 0 {
		p.Problem, p.Todo = l.T("No feed was found there."), l.T("Look on the site for a link called RSS, Atom or Feed, and paste its address.")
		return s.showSubscribe(w, r, http.StatusUnprocessableEntity, p)
	}
	p.Found = prospects(l, found, time.Now())
	return s.showSubscribe(w, r, http.StatusOK, p)
}

// prospects are previews as the page shows them.
func prospects(l *words.Language, found []feed.Preview, now time.Time) (ps []prospect) {
	for i, f := range found {
		p := prospect{
			N: i, URL: f.URL, Title: masked(f.Title), Shown: masked(f.URL), Lang: language(f.Language), Site: webURL(f.Site), About: f.About,
			Unseen: f.Feed == 0 && f.Failure == "" && f.Format == "",
		}
		if f.Feed != 0 {
			p.Feed = number(f.Feed)
		}
		if f.Failure != "" {
			p.Failure = sentence(inTongue(l, f.Failure))
		}
		if f.Format != "" {
			p.Facts = l.N("%s, %d entry", "%s, %d entries", f.Entries, formatName(f.Format), f.Entries)
		}
		if !f.Newest.IsZero() {
			p.Facts = l.T("%s, the newest of %s", p.Facts, l.Date("2 January 2006", f.Newest))
		}
		for _, e := range f.Last {
			p.Last = append(p.Last, prospectItem{Title: e.Title, Excerpt: e.Excerpt, When: newMoment(l, e.Time, now)})
		}
		ps = append(ps, p)
	}
	return ps
}

// inWords tells an error of the network as text and what to do.
func inWords(l *words.Language, err error) (text, todo string) {
	var hint *feed.Hint
	if errors.As(err, &hint) {
		return sentence(inTongue(l, hint.Err.Error())), sentence(inTongue(l, hint.Todo))
	}
	return sentence(inTongue(l, err.Error())), ""
}

// follows subscribes to one feed.
func (s *Server) follows(w http.ResponseWriter, r *http.Request, wish feed.Wish) error {
	added, err := s.Poller.Subscribe(r.Context(), []feed.Wish{wish})
	if err != nil {
		return err
	}
	if len(added) != 1 {
		return fmt.Errorf("subscribe to %s: %d answers for one wish", wish.URL, len(added))
	}
	l, a := words.From(r.Context()), added[0]
	text := l.T("Added. Its stories will be in the river as soon as it was polled.")
	if !a.Added {
		text = l.T("You follow this feed already.")
	}
	return s.done(w, r, "/feeds/"+number(a.Subscription.ID), &flash{Text: text})
}

// regretPage lists the feeds that can be taken back.
type regretPage struct {
	Frame
	Rows []regretRow
}

type regretRow struct {
	ID, Name, URL, Folder string
	Entries               int
	When                  moment
}

// unsubscribed lists what was unsubscribed from a moment ago.
func (s *Server) unsubscribed(w http.ResponseWriter, r *http.Request) error {
	us, err := s.Store.Unsubscribed(r.Context())
	if err != nil {
		return err
	}
	l, p, now := words.From(r.Context()), regretPage{}, time.Now()
	for _, u := range us[:min(len(us), 200)] {
		p.Rows = append(p.Rows, regretRow{
			ID: number(u.Subscription.ID), Name: masked(u.Name), URL: masked(u.Subscription.URL), Folder: u.Subscription.Folder,
			Entries: u.Entries, When: newMoment(l, u.At, now),
		})
	}
	if p.Frame, err = s.frame(r, l.T("Recently unsubscribed · tidings"), "feeds"); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "unsubscribed", p)
}

// takeBack follows a feed again that was unsubscribed from.
func (s *Server) takeBack(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	l := words.From(r.Context())
	sub, err := s.Poller.TakeBack(r.Context(), id)
	s.titles.forget()
	switch {
	case errors.Is(err, feed.ErrNotFound):
		return s.done(w, r, "/unsubscribed", &flash{Text: l.T("That is too long ago to be undone."), Wrong: true})
	case err != nil:
		return err
	}
	return s.done(w, r, "/feeds/"+number(sub.ID), &flash{Text: l.T("It is as if it never had gone.")})
}
