package server

import (
	"errors"
	"net/http"
	"strings"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// changeFeed takes title, folder, tags and address of a subscription from its form.
func (s *Server) changeFeed(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	var c feed.Change
	if v := r.PostForm; v.Has("title") {
		title := oneLine(v.Get("title"))
		c.Title = &title
	}
	if v := r.PostForm; v.Has("folder") {
		folder := cleanFolder(v.Get("folder"))
		c.Folder = &folder
	}
	if v := r.PostForm; v.Has("tags") {
		tags := feed.SplitTags(v.Get("tags"))
		c.Tags = &tags
	}
	if v := strings.TrimSpace(r.PostForm.Get("url")); v != "" {
		old, err := s.Store.Subscription(r.Context(), id)
		if err != nil {
			return err
		}
		if v = unmasked(v, old.Subscription.URL); v != old.Subscription.URL {
			c.URL = &v
		}
	}
	if _, err := s.Poller.Change(r.Context(), id, c); err != nil {
		return changeError(err)
	}
	return s.done(w, r, "/feeds/"+number(id), &flash{Text: words.From(r.Context()).T("Saved.")})
}

func changeError(err error) error {
	if errors.Is(err, feed.ErrExists) {
		return &problem{Status: http.StatusConflict, Title: "Already there",
			Text: "Another of your feeds has this address.", Todo: "Remove one of the two."}
	}
	return err
}

// oneLine folds white space and cuts what no title needs.
func oneLine(s string) string {
	return cutRunes(strings.Join(strings.Fields(s), " "), 300)
}

// cleanFolder makes a folder path of what a person typed: "World / Asia".
func cleanFolder(s string) string {
	var parts []string
	for part := range strings.SplitSeq(s, "/") {
		if part = oneLine(part); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
}

// pauseFeed stops or resumes polling.
func (s *Server) pauseFeed(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	paused := r.PostForm.Get("paused") == "1"
	if _, err := s.Poller.Change(r.Context(), id, feed.Change{Paused: &paused}); err != nil {
		return err
	}
	text := words.From(r.Context()).T("Resumed: it will be polled again.")
	if paused {
		text = words.From(r.Context()).T("Paused: it will not be polled until you resume it.")
	}
	return s.done(w, r, "/feeds/"+number(id), &flash{Text: text})
}

func (s *Server) refreshFeed(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	return s.refresh(w, r, []uint64{id}, "/feeds/"+number(id))
}

func (s *Server) refreshAll(w http.ResponseWriter, r *http.Request) error {
	return s.refresh(w, r, nil, "/feeds")
}

// refresh polls now what may be polled; no feed is asked twice in five minutes.
func (s *Server) refresh(w http.ResponseWriter, r *http.Request, ids []uint64, back string) error {
	n, err := s.Poller.Refresh(r.Context(), ids)
	if err != nil {
		return err
	}
	text := words.From(r.Context()).N("Polling %d feed now.", "Polling %d feeds now.", n)
	if n == 0 {
		text = words.From(r.Context()).T("Nothing to poll: asked within the last five minutes, paused, or told to wait by the publisher.")
	}
	return s.done(w, r, back, &flash{Text: text})
}

// removeFeed unsubscribes; the page before asked whether that is meant.
func (s *Server) removeFeed(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	x, err := s.Store.Subscription(r.Context(), id)
	if err != nil {
		return err
	}
	if err := s.Poller.Remove(r.Context(), id); err != nil {
		return err
	}
	text := words.From(r.Context()).T("Unsubscribed from “%s”.", masked(x.Name()))
	return s.done(w, r, "/feeds", &flash{Text: text, Undo: s.shelf.put(&refiling{gone: []uint64{id}})})
}
