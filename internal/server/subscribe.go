package server

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"tidings/internal/feed"
)

// subscribePage asks whether, or which of several feeds, to follow.
type subscribePage struct {
	Frame
	URL     string
	Title   string
	Folder  string
	Folders []string
	Found   []choice // several feeds of one site
	Problem string
	Todo    string
}

// choice is one of several feeds.
type choice struct {
	URL, Title, Type string
	Shown            string // URL without its secrets
	First            bool
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
		URL: strings.TrimSpace(address), Title: oneLine(v.Get("title")), Folder: cleanFolder(v.Get("folder")),
	})
}

func (s *Server) showSubscribe(w http.ResponseWriter, r *http.Request, status int, p *subscribePage) error {
	list, err := s.Store.Outlets(r.Context())
	if err != nil {
		return err
	}
	p.Folders = folders(list)
	if p.Frame, err = s.frame(r, "Add a feed · tidings", "feeds"); err != nil {
		return err
	}
	return s.render(w, r, status, "subscribe", p)
}

// subscribe looks for feeds at an address and follows the one that is there.
// A form that carries "exact" chose it already. How an address is to be read is
// the poller's to know.
func (s *Server) subscribe(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	v := r.PostForm
	p := &subscribePage{URL: strings.TrimSpace(v.Get("url")), Title: oneLine(v.Get("title")), Folder: cleanFolder(v.Get("folder"))}
	if exact := v.Get("exact"); exact != "" {
		return s.follows(w, r, feed.Wish{URL: exact, Title: p.Title, Folder: p.Folder})
	}
	if p.URL == "" {
		p.Problem, p.Todo = "There is no address.", "Paste that of a feed, or of a site."
		return s.showSubscribe(w, r, http.StatusUnprocessableEntity, p)
	}
	found, err := s.Poller.Discover(r.Context(), p.URL)
	if err != nil {
		p.Problem, p.Todo = inWords(err)
		return s.showSubscribe(w, r, http.StatusUnprocessableEntity, p)
	}
	switch len(found) {
	case 0:
		p.Problem, p.Todo = "No feed was found there.", "Look on the site for a link called RSS, Atom or Feed, and paste its address."
		return s.showSubscribe(w, r, http.StatusUnprocessableEntity, p)
	case 1:
		return s.follows(w, r, feed.Wish{URL: found[0].URL, Title: p.Title, Folder: p.Folder})
	}
	for i, f := range found {
		p.Found = append(p.Found, choice{f.URL, masked(f.Title), f.Type, masked(f.URL), i == 0})
	}
	return s.showSubscribe(w, r, http.StatusOK, p)
}

// inWords tells an error of the network as text and what to do.
func inWords(err error) (text, todo string) {
	var hint *feed.Hint
	if errors.As(err, &hint) {
		return sentence(hint.Err.Error()), sentence(hint.Todo)
	}
	return sentence(err.Error()), ""
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
	a := added[0]
	text := "Added. Its stories will be in the river as soon as it was polled."
	if !a.Added {
		text = "You follow this feed already."
	}
	return s.done(w, r, "/feeds/"+number(a.Subscription.ID), &flash{Text: text})
}
