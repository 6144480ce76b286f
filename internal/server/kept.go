package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"tidings/internal/feed"
	"tidings/internal/words"
)

// What a browser keeps for when there is no network: the newest unread stories. It asks
// for the list of them, with a tag for each page, and gets nothing where nothing has
// changed (304). It asks for the pages that it lacks, a few at a time; they are the
// pages of stories as always, in the order of the unread river, without what only works
// over a network. One request after another makes pages, and only for stories of the
// list, so that this costs the reader little, whoever asks.

const (
	mostKept   = 200 // stories
	keptAtOnce = 40  // pages in an answer
)

// keptList is what a browser is to keep.
type keptList struct {
	Stories []keptStory `json:"stories"` // as in the river, newest first
	Counts  tally       `json:"counts"`
	Banner  string      `json:"banner"` // "Offline: 143 stories kept, last fetched {time}"
	River   string      `json:"river"`  // the page of the unread river
}

// keptStory is a story of the list.
type keptStory struct {
	ID   string   `json:"id"`
	Tag  string   `json:"tag"`  // changes with what its page shows
	Keys []string `json:"keys"` // names of the counts that count it while it is unread
	Star bool     `json:"star"`
}

// keptStories answers with the list of what to keep.
func (s *Server) keptStories(w http.ResponseWriter, r *http.Request) error {
	done, err := s.bake(r.Context())
	if err != nil {
		return err
	}
	defer done()
	l := words.From(r.Context())
	page, err := s.keptRiver(r.Context())
	if err != nil {
		return err
	}
	counts, err := s.tallies.tally(r.Context(), s.Store)
	if err != nil {
		return err
	}
	list := keptList{Counts: counts, Stories: s.newKept(l, page.Stories)}
	list.Banner = l.N("Offline: %d story kept, last fetched %s", "Offline: %d stories kept, last fetched %s", len(list.Stories), len(list.Stories), "{time}")
	what, err := json.Marshal(list)
	if err != nil {
		return err
	}
	s.private(w, l)
	if sameTag(w, r, tagOf(fmt.Append(what, s.newRelease(l).Version, time.Now().Format("2006-01-02")))) {
		return nil
	}
	if list.River, err = s.keptRiverPage(r); err != nil {
		return err
	}
	body, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return s.squeezed(w, r, "application/json; charset=utf-8", body)
}

// private marks an answer as the reader's own, in a language.
func (s *Server) private(w http.ResponseWriter, l *words.Language) {
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept-Encoding, Accept-Language")
	h.Set("Content-Language", l.Tag())
}

// bake waits for its turn: pages to keep are made one request after another.
func (s *Server) bake(ctx context.Context) (done func(), err error) {
	select {
	case s.baking <- struct{}{}:
		return func() { <-s.baking }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Server) keptRiver(ctx context.Context) (feed.Page, error) {
	return s.Store.Stories(ctx, feed.Query{Unread: true, Limit: mostKept})
}

// newKept lists stories. The neighbours of a story stand on its page.
func (s *Server) newKept(l *words.Language, stories []feed.Headline) []keptStory {
	version := s.newRelease(l).Version
	list := make([]keptStory, 0, len(stories))
	for i := range stories {
		h := &stories[i]
		sum := sha256.New()
		fmt.Fprintln(sum, version, h.ID, h.Lead, h.Copies, h.Updated.Unix(), h.Kin, h.Mark.Read, h.Mark.Starred, h.Event)
		fmt.Fprintln(sum, h.Entry.ID, h.Entry.Title, h.Entry.Revised.Unix(), h.Entry.Words, h.Outlet.Title)
		prev, next := beside(stories, i)
		for _, n := range []*feed.Headline{prev, next} {
			if n != nil {
				fmt.Fprintln(sum, n.ID, n.Entry.Title)
			}
		}
		list = append(list, keptStory{ID: number(h.ID), Tag: hex.EncodeToString(sum.Sum(nil)[:6]), Keys: countedBy(h), Star: h.Mark.Starred})
	}
	return list
}

// beside gives the stories before and after one of a list; nil for none.
func beside(stories []feed.Headline, i int) (prev, next *feed.Headline) {
	if i > 0 {
		prev = &stories[i-1]
	}
	if i+1 < len(stories) {
		next = &stories[i+1]
	}
	return prev, next
}

// countedBy names the counts (see tally) in which an unread story is.
func countedBy(h *feed.Headline) []string {
	keys, seen := []string{"unread"}, map[string]bool{}
	add := func(key string) {
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	for _, o := range append([]feed.Outlet{h.Outlet}, h.Others...) {
		add("feed-" + number(o.Feed))
		for i, c := range o.Folder + "/" {
			if c == '/' && i > 0 {
				add("folder-" + o.Folder[:i])
			}
		}
		for _, tag := range o.Tags {
			add("tag-" + tag)
		}
	}
	return keys
}

// keptFrame is the frame of a page that is shown without a network.
func (s *Server) keptFrame(r *http.Request, title, part, back string) (Frame, error) {
	f, err := s.frame(r, title, part)
	f.Events, f.First, f.Refresh, f.Poll, f.Flash = "", false, 0, nil, nil
	f.Back, f.Offline, f.Extra = back, true, s.assets.Path("offline.js")
	return f, err
}

// keptRiverPage prints the unread river with all stories that are kept.
func (s *Server) keptRiverPage(r *http.Request) (string, error) {
	p, err := s.riverPage(r, filter{View: viewUnread}, feed.Query{Unread: true, Limit: mostKept})
	if err != nil {
		return "", err
	}
	if p.Frame, err = s.keptFrame(r, p.Frame.Title, "river", "/"); err != nil {
		return "", err
	}
	p.Prev, p.Next, p.Starter = "", "", nil
	return s.printed(r.Context(), "river", p)
}

// printed is a page as a string.
func (s *Server) printed(ctx context.Context, name string, page any) (string, error) {
	var b bytes.Buffer
	err := s.execute(&b, words.From(ctx).Tag(), name, "layout", page)
	return b.String(), err
}

// keptPages answers with the pages of stories of the list, by number. What isn't in the
// list any more is left out.
func (s *Server) keptPages(w http.ResponseWriter, r *http.Request) error {
	ids, err := parseListed(r.URL.Query().Get("ids"))
	if err != nil || len(ids) > keptAtOnce {
		return badRequest("The list of stories could not be read.")
	}
	done, err := s.bake(r.Context())
	if err != nil {
		return err
	}
	defer done()
	river, err := s.keptRiver(r.Context())
	if err != nil {
		return err
	}
	at := map[uint64]int{}
	for i := range river.Stories {
		at[river.Stories[i].ID] = i
	}
	pages := map[string]string{}
	for _, id := range ids {
		i, ok := at[id]
		if !ok {
			continue
		}
		page, err := s.keptStoryPage(r, river.Stories, i)
		if errors.Is(err, feed.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		pages[number(id)] = page
	}
	body, err := json.Marshal(pages)
	if err != nil {
		return err
	}
	s.private(w, words.From(r.Context()))
	return s.squeezed(w, r, "application/json; charset=utf-8", body)
}

// keptStoryPage prints the page of a story of the list.
func (s *Server) keptStoryPage(r *http.Request, stories []feed.Headline, i int) (string, error) {
	full, err := s.Store.Story(r.Context(), stories[i].ID)
	if err != nil {
		return "", err
	}
	f := filter{View: viewUnread}
	p, err := s.storyPage(r.Context(), &full, f, 0, true)
	if err != nil {
		return "", err
	}
	if p.Frame, err = s.keptFrame(r, p.Story.Title+" · tidings", "story", "/story/"+number(full.ID)); err != nil {
		return "", err
	}
	l := words.From(r.Context())
	prev, next := beside(stories, i)
	if prev != nil {
		p.Prev = newNeighbour(l, prev, f, l.T("Newer"))
	}
	if next != nil {
		p.Next = newNeighbour(l, next, f, l.T("Older"))
	}
	return s.printed(r.Context(), "story", p)
}
