package server

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"tidings/internal/feed"
	"tidings/internal/publish"
)

// merged keeps the documents of the feeds as they were last built. A document
// stays good as long as the version of its river doesn't move; after that, its tag,
// a hash of what it says, tells whether it does so all the same.
type merged struct {
	mu   sync.Mutex
	docs map[string]*document // by address as served, with everything that shaped it
	uses uint64               // requests so far

	// stamps are what was served last, by address; they outlive the documents.
	stamps map[string]stamp
}

// Bounds of what is kept: addresses carry the Host, which anyone can make up.
const (
	mostDocs   = 64
	mostStamps = 500
)

// document is a feed as sent. Its lock is held while it is built, so that a crowd of
// subscribers has it built once.
type document struct {
	mu       sync.Mutex
	used     uint64 // guarded by merged
	built    bool
	version  uint64 // of the river
	tag      string // without quotes
	modified time.Time
	body     []byte
	coded    map[string][]byte // by content coding, those that were asked for
}

// feedOrPage serves what lies at the address of a channel: a feed, or its page.
func (s *Server) feedOrPage(w http.ResponseWriter, r *http.Request) error {
	c, err := parseChannel(r)
	if name, format := cutFormat(strings.TrimPrefix(r.URL.Path, "/feed/")); err != nil && format == publish.Atom && len(name) > 20 {
		return s.oldSecret(w, r, name)
	}
	if err != nil {
		return err
	}
	if c.Format == "" {
		if err := s.admit(w, r); err != nil {
			return err
		}
		return s.channelPage(w, r, c)
	}
	if err := s.admitFeed(w, r, c); err != nil {
		return err
	}
	if v := r.URL.Query(); r.URL.Path == "/feed.atom" && (v.Has("folder") || v.Has("tag") || v.Has("feed")) {
		return s.movedChannel(w, r)
	}
	return s.sendFeed(w, r, c)
}

// feedHome is /feed: browsers get the page, and programs that guess find the feed.
func (s *Server) feedHome(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Vary", "Accept")
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return moved("/feed.atom")(w, r)
	}
	return s.feedOrPage(w, r)
}

// movedChannel sends who asks in an earlier release's way to the present address.
func (s *Server) movedChannel(w http.ResponseWriter, r *http.Request) error {
	c, err := oldChannel(r)
	if err != nil {
		return err
	}
	http.Redirect(w, r, c.address(), http.StatusMovedPermanently)
	return nil
}

func (s *Server) sendFeed(w http.ResponseWriter, r *http.Request, c channel) error {
	coding := bestCoding(r)
	sent, err := s.print(r, c, coding)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("ETag", entityTag(sent.tag, coding))
	h.Set("Last-Modified", lastModified(sent.modified, time.Now()))
	h.Set("Cache-Control", c.freshness())
	h.Set("Vary", "Accept-Encoding")
	if c.whole() {
		s.announce(h, s.origin(r)+c.address())
	}
	if unchanged(r, sent, time.Now()) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	return writeBody(w, r, http.StatusOK, c.Format.Type()+"; charset=utf-8", sent.body)
}

// freshness is how long a document may be taken for new: archives, to which no story
// comes, for an hour.
func (c channel) freshness() string {
	if c.Archive != 0 {
		return "private, max-age=3600"
	}
	return "private, max-age=300"
}

// entityTag is the entity tag of a document in a coding: other bytes want another
// strong tag (RFC 9110 §8.8.3.3).
func entityTag(tag, coding string) string {
	if coding != "" {
		tag += "-" + coding
	}
	return `"` + tag + `"`
}

// printed is a document in one coding.
type printed struct {
	tag      string
	modified time.Time
	body     []byte
}

// unchanged evaluates the request's validators (RFC 9110 §13.1.2 and §13.1.3);
// If-None-Match wins. Tags compare weakly, as caches may have weakened them. A date
// that is still to come was never ours, and tells nothing.
func unchanged(r *http.Request, doc printed, now time.Time) bool {
	if tags := strings.Join(r.Header.Values("If-None-Match"), ","); tags != "" {
		for tag := range strings.SplitSeq(tags, ",") {
			tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
			same := func(coding string) bool { return tag == entityTag(doc.tag, coding) }
			if tag == "*" || same("") || slices.ContainsFunc(codings, same) {
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

// print gives the document at an address as it is now, built only if it must be.
func (s *Server) print(r *http.Request, c channel, coding string) (printed, error) {
	self := s.origin(r) + c.address()
	version := s.Store.RiverVersion(c.query()) // before the stories are read: they may be newer, never older
	doc := s.merged.document(self)
	doc.mu.Lock()
	defer doc.mu.Unlock()
	if !doc.built || doc.version != version {
		if err := s.build(r, c, doc); err != nil {
			s.merged.drop(self, doc)
			return printed{}, err
		}
		doc.version = version
	}
	body, ok := doc.coded[coding]
	if !ok {
		var err error
		if body, err = s.encode(coding, doc.body); err != nil {
			return printed{}, err
		}
		doc.coded[coding] = body
	}
	return printed{doc.tag, doc.modified, body}, nil
}

// document finds the document at an address, or makes room for it by dropping the
// one that nobody has asked for longest.
func (m *merged) document(self string) *document {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.uses++
	doc := m.docs[self]
	if doc == nil {
		doc = &document{}
		if m.docs == nil {
			m.docs = map[string]*document{}
		}
		for len(m.docs) >= mostDocs {
			delete(m.docs, oldest(m.docs, func(a, b *document) int { return cmp.Compare(a.used, b.used) }))
		}
		m.docs[self] = doc
	}
	doc.used = m.uses
	return doc
}

// oldest is the key of the least value.
func oldest[T any](all map[string]T, compare func(a, b T) int) (key string) {
	for k, v := range all {
		if key == "" || compare(v, all[key]) < 0 {
			key = k
		}
	}
	return key
}

// drop forgets a document that could not be built.
func (m *merged) drop(self string, doc *document) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.docs[self] == doc {
		delete(m.docs, self)
	}
}

// build writes the document anew. What it says decides whether it is another one.
func (s *Server) build(r *http.Request, c channel, doc *document) error {
	about, stories, err := s.gather(r, c)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := publish.Write(&b, c.Format, about, stories); err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	tag := base64.RawURLEncoding.EncodeToString(sum[:18])
	if !doc.built || doc.tag != tag {
		doc.tag, doc.body, doc.coded = tag, b.Bytes(), map[string][]byte{}
	}
	doc.modified = s.dated(r.Context(), about.Self, tag, publish.Modified(about, stories))
	doc.built = true
	return nil
}

// gather reads the stories of a document, and says which other documents the feed
// has.
func (s *Server) gather(r *http.Request, c channel) (publish.Feed, []feed.Headline, error) {
	about, err := s.about(r, c)
	if err != nil {
		return about, nil, err
	}
	q := c.query()
	q.Limit, q.Bodies, q.Before, q.After = c.N, true, c.Before, c.After
	here := func(place ...string) string { return s.origin(r) + c.address(place...) }
	if c.Archive != 0 {
		a, err := s.Store.Archive(r.Context(), q, c.Archive)
		if err == nil && len(a.Stories) == 0 {
			err = notFound("There is no such archive: what was in it is no longer kept.")
		}
		about.Archive, about.Current = true, s.origin(r)+c.base()
		if a.Before != 0 {
			about.PrevArchive = here("archive", number(a.Before))
		}
		return about, a.Stories, err
	}
	page, err := s.Store.Stories(r.Context(), q)
	if err != nil {
		return about, nil, err
	}
	c.fill(&about, page, here)
	if c.whole() && c.View == viewAll && page.More {
		end, err := s.Store.NewestArchive(r.Context(), q, page.Stories)
		if err != nil {
			return about, nil, err
		}
		if end != 0 {
			about.PrevArchive = here("archive", number(end))
		}
	}
	return about, page.Stories, nil
}

// fill links a page of a feed with those around it (RFC 5005 §3).
func (c channel) fill(about *publish.Feed, page feed.Page, here func(...string) string) {
	about.First, about.Last = here("page", ""), here("page", "last")
	n := len(page.Stories)
	if n == 0 {
		return
	}
	up := !c.After.IsZero()
	if up && !c.Last || !up && page.More {
		about.Next = here("before", page.Stories[n-1].Cursor().String())
	}
	if up && page.More || !c.Before.IsZero() {
		about.Previous = here("after", page.Stories[0].Cursor().String())
	}
}

// about is what a feed says of itself.
func (s *Server) about(r *http.Request, c channel) (publish.Feed, error) {
	title, err := s.named(r.Context(), c)
	if err != nil {
		return publish.Feed{}, err
	}
	id, err := s.identify(r.Context()) // an archive that was taken in may have brought another
	about := publish.Feed{
		ID: id, Title: "tidings: " + title, Subtitle: "Every story once, with its sources.",
		Self: s.origin(r) + c.address(), Home: s.origin(r) + c.home(), Version: s.Version,
		Content: c.Content, Copies: c.Copies, Grow: c.Grow,
	}
	if c.whole() {
		about.Hub = s.hubURL()
	}
	if c.narrow() || c.View != viewAll {
		about.ID = feed.StoryURN(id, c.home()+" "+c.View)
	} else {
		about.Title = "tidings"
	}
	return about, err
}

// feedAddress is the absolute address of the merged feed that a feed reader can use.
func (s *Server) feedAddress(ctx context.Context, r *http.Request, locked bool) (string, error) {
	c := channel{filter: filter{View: viewAll}}
	path, err := s.keyed(ctx, c.in(publish.Atom), locked)
	return s.origin(r) + path, err
}
