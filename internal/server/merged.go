package server

import (
	"bytes"
	"context"
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"tidings/internal/feed"
	"tidings/internal/publish"
)

// The merged feed's size, in stories.
const (
	feedSize    = 50
	maxFeedSize = 500
)

// merged keeps the documents of the merged feed as they were last built. A
// document stays good as long as the store's version doesn't move; after that,
// its tag tells, found without building it, whether it does so all the same.
type merged struct {
	mu   sync.Mutex
	docs map[string]*document // by address as served, with everything that shaped it
	// stamps are what was served last, by address; they outlive the documents.
	stamps map[string]stamp
}

// mostDocs bounds what is kept of each: addresses carry the Host, which anyone can make up.
const mostDocs = 16

// document is the merged feed as sent.
type document struct {
	version  uint64
	tag      string
	modified time.Time
	body     []byte
	zipped   []byte
}

// mergedFeed serves /feed.atom, to browsers in a session and where no password is set.
func (s *Server) mergedFeed(w http.ResponseWriter, r *http.Request) error {
	return s.sendFeed(w, r, "private, max-age=300")
}

// secretFeed serves /feed/SECRET.atom, for feed readers.
func (s *Server) secretFeed(w http.ResponseWriter, r *http.Request) error {
	name, ok := strings.CutSuffix(r.PathValue("secret"), ".atom")
	want, err := s.Store.Setting(r.Context(), settingSecret)
	if err != nil {
		return err
	}
	if !ok || len(want) == 0 || subtle.ConstantTimeCompare([]byte(name), want) != 1 {
		return &problem{Status: http.StatusNotFound, Title: "Not found", Bare: true,
			Text: "There is no feed at this address.", Todo: "Its secret address may have been renewed: the settings page shows the present one."}
	}
	return s.sendFeed(w, r, "private, max-age=300")
}

func (s *Server) sendFeed(w http.ResponseWriter, r *http.Request, cache string) error {
	f, err := parseFilter(r.URL.Query())
	if err != nil {
		return err
	}
	if !r.URL.Query().Has("view") {
		f.View = viewAll // reading here must not empty the feed elsewhere
	}
	n, err := feedLength(r.URL.Query().Get("n"))
	if err != nil {
		return err
	}
	doc, err := s.document(r, f, n)
	if err != nil {
		return err
	}
	h := w.Header()
	tag, body := doc.tag, doc.body
	if acceptsGzip(r) {
		tag, body = zippedTag(doc.tag), doc.zipped
	}
	h.Set("ETag", tag)
	h.Set("Last-Modified", lastModified(doc.modified, time.Now()))
	h.Set("Cache-Control", cache)
	h.Set("Vary", "Accept-Encoding")
	if unchanged(r, doc, time.Now()) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if tag != doc.tag {
		h.Set("Content-Encoding", "gzip")
	}
	return writeBody(w, r, http.StatusOK, "application/atom+xml; charset=utf-8", body)
}

// zippedTag is the tag of the compressed document: other bytes want another
// strong tag (RFC 9110 §8.8.3.3).
func zippedTag(tag string) string { return strings.TrimSuffix(tag, `"`) + `-gzip"` }

func feedLength(s string) (int, error) {
	if s == "" {
		return feedSize, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, badRequest("n is how many stories the feed carries: 1 to 500.")
	}
	return min(n, maxFeedSize), nil
}

// unchanged evaluates the request's validators (RFC 9110 §13.1.2 and §13.1.3);
// If-None-Match wins. Tags compare weakly, as caches may have weakened them. A date
// that is still to come was never ours, and tells nothing.
func unchanged(r *http.Request, doc *document, now time.Time) bool {
	if tags := r.Header.Get("If-None-Match"); tags != "" {
		for tag := range strings.SplitSeq(tags, ",") {
			tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
			if tag == doc.tag || tag == zippedTag(doc.tag) || tag == "*" {
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !since.After(now) && !doc.modified.After(since)
}

// lastModified writes a date for people who must not be told of the future
// (RFC 9110 §8.8.2.1).
func lastModified(at, now time.Time) string {
	if at.After(now) {
		at = now
	}
	return at.UTC().Format(http.TimeFormat)
}

// document gives the merged feed as it is now, built only if it must be.
func (s *Server) document(r *http.Request, f filter, n int) (*document, error) {
	path := r.URL.Path
	if query := f.feedQuery(r); query != "" {
		path += "?" + query
	}
	self := s.origin(r) + path
	version := s.Store.Version() // before the stories are read: they may be newer, never older
	m := &s.merged
	m.mu.Lock()
	defer m.mu.Unlock()
	doc := m.docs[self]
	if doc != nil && doc.version == version {
		return doc, nil
	}
	q := f.query()
	q.Limit, q.Bodies = n, true
	page, err := s.Store.Stories(r.Context(), q)
	if err != nil {
		return nil, err
	}
	about := s.about(r, f, self)
	tag := publish.Tag(page.Stories, about)
	if doc == nil || doc.tag != tag {
		if doc, err = s.build(about, page.Stories); err != nil {
			return nil, err
		}
	}
	at := s.dated(r.Context(), about, page.Stories, tag)
	doc = &document{version, tag, at, doc.body, doc.zipped}
	if len(m.docs) >= mostDocs || m.docs == nil {
		m.docs = map[string]*document{}
	}
	m.docs[self] = doc
	return doc, nil
}

// feedQuery is the part of the request's query that shapes the feed, in the
// order of its names, so that the self link is the address as served.
func (f filter) feedQuery(r *http.Request) string {
	v := r.URL.Query()
	for name := range v {
		switch name {
		case "view", "folder", "feed", "n":
		default:
			v.Del(name)
		}
	}
	return v.Encode()
}

func (s *Server) about(r *http.Request, f filter, self string) publish.Feed {
	about := publish.Feed{
		ID: s.feedID, Title: "tidings", Subtitle: "Every story once, with its sources.",
		Self: self, Home: s.origin(r) + "/" + f.encode(), Version: s.Version,
	}
	if f.Folder != "" {
		about.Title += ": " + f.Folder
	}
	if query := f.feedQuery(r); query != "" {
		about.ID = feed.StoryURN(s.feedID, query)
	}
	return about
}

func (s *Server) build(about publish.Feed, stories []feed.Headline) (*document, error) {
	var b, z bytes.Buffer
	if err := publish.Atom(&b, about, stories); err != nil {
		return nil, err
	}
	if err := s.zip(&z, b.Bytes()); err != nil {
		return nil, err
	}
	return &document{body: b.Bytes(), zipped: z.Bytes()}, nil
}

// feedAddress is the path of the merged feed that a feed reader can use;
// empty if a password is set and no secret address has been made yet.
func (s *Server) feedAddress(ctx context.Context, locked bool) (string, error) {
	if !locked {
		return "/feed.atom", nil
	}
	name, err := s.Store.Setting(ctx, settingSecret)
	if err != nil || len(name) == 0 {
		return "/feed.atom", err
	}
	return "/feed/" + string(name) + ".atom", nil
}

// ensureSecret makes a secret address for the merged feed if there is none.
func (s *Server) ensureSecret(ctx context.Context) error {
	name, err := s.Store.Setting(ctx, settingSecret)
	if err != nil || len(name) > 0 {
		return err
	}
	return s.Store.SetSetting(ctx, settingSecret, []byte(secret()))
}
