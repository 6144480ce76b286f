package demo

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Handler serves the outlets: the list of all at /, feeds.opml, and for each
// outlet a front page, its feed, an icon and its articles below /OUTLET/.
// Addresses in the documents begin with the host that the request names.
func (p *Publisher) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.serveIndex)
	mux.HandleFunc("GET /feeds.opml", p.serveOPML)
	mux.HandleFunc("GET /pictures/{outlet}/{name}", p.servePicture)
	mux.HandleFunc("GET /audio/{outlet}/{name}", p.serveAudio)
	mux.HandleFunc("GET /{outlet}/{$}", p.serveFront)
	mux.HandleFunc("GET /{outlet}/icon.png", p.serveIcon)
	mux.HandleFunc("GET /{outlet}/{name}", p.servePath)
	mux.HandleFunc("GET /{outlet}/{name}/{form}", p.serveAMP)
	return mux
}

// serveAMP serves the other address of an article.
func (p *Publisher) serveAMP(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("form") != "amp" {
		http.NotFound(w, r)
		return
	}
	p.serveArticle(w, r)
}

func base(r *http.Request) string { return "http://" + r.Host }

func (p *Publisher) serveIndex(w http.ResponseWriter, r *http.Request) {
	b, err := (&sheet{Base: base(r), Outlets: p.outlets}).page("index")
	p.send(w, r, answer{b, "text/html; charset=utf-8", "index", p.opt.Start}, err)
}

func (p *Publisher) serveOPML(w http.ResponseWriter, r *http.Request) {
	p.send(w, r, answer{p.OPML(base(r)), "text/x-opml; charset=utf-8", "opml", p.opt.Start}, nil)
}

// servePath serves the outlet's feed or one of its articles.
func (p *Publisher) servePath(w http.ResponseWriter, r *http.Request) {
	o := p.bySlug[r.PathValue("outlet")]
	if o == nil || r.URL.Path != o.FeedPath() {
		p.serveArticle(w, r)
		return
	}
	switch o.Fault {
	case "gone":
		http.Error(w, o.Name+" has closed.", http.StatusGone)
	case "broken":
		p.serveAway(w, r, o)
	case "slow":
		select {
		case <-time.After(p.opt.Slow):
			p.serveFeed(w, r, o)
		case <-r.Context().Done():
		}
	default:
		p.serveFeed(w, r, o)
	}
}

func (p *Publisher) serveFeed(w http.ResponseWriter, r *http.Request, o *outlet) {
	s := p.now(o, r)
	b, contentType, err := s.document()
	p.send(w, r, answer{b, contentType, s.tag("feed"), s.Latest}, err)
}

// serveAway serves what many a publisher serves where a feed was: a page.
func (p *Publisher) serveAway(w http.ResponseWriter, r *http.Request, o *outlet) {
	s := p.now(o, r)
	b, err := s.page("away")
	p.send(w, r, answer{b, "text/html; charset=utf-8", s.tag("away"), p.opt.Start}, err)
}

func (p *Publisher) serveFront(w http.ResponseWriter, r *http.Request) {
	o := p.bySlug[r.PathValue("outlet")]
	if o == nil {
		http.NotFound(w, r)
		return
	}
	s := p.now(o, r)
	b, err := s.page("front")
	p.send(w, r, answer{b, "text/html; charset=utf-8", s.tag("front"), s.Latest}, err)
}

// serveArticle serves an article at its address, and below it at /amp.
func (p *Publisher) serveArticle(w http.ResponseWriter, r *http.Request) {
	s, it := p.article(r, r.PathValue("name"))
	if it == nil {
		http.NotFound(w, r)
		return
	}
	l := p.line(it, base(r))
	s.Line = &l
	b, err := s.page("article")
	p.send(w, r, answer{b, "text/html; charset=utf-8", s.tag(it.ID), it.changed()}, err)
}

func (p *Publisher) article(r *http.Request, id string) (*sheet, *item) {
	o := p.bySlug[r.PathValue("outlet")]
	if o == nil {
		return nil, nil
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	it := o.find(id)
	return &sheet{outlet: o, Base: base(r), stamp: p.stamp(o)}, it
}

// now is the outlet as it stands.
func (p *Publisher) now(o *outlet, r *http.Request) *sheet {
	p.mu.RLock()
	defer p.mu.RUnlock()
	s := p.sheet(o, base(r))
	s.stamp = p.stamp(o)
	return s
}

// stamp names a state of an outlet among all publishers that ever ran.
func (p *Publisher) stamp(o *outlet) string {
	return fmt.Sprintf("%s-%d-%x-%x", o.Slug, o.revision, p.opt.Start.Unix(), p.opt.Seed)
}

func (s *sheet) tag(what string) string { return what + "-" + s.stamp }

// answer is a document to be sent.
type answer struct {
	body        []byte
	contentType string
	tag         string // of its state; what it holds besides is the host's name
	changed     time.Time
}

// send answers with validators, 304 where they hold, and gzip where it is
// welcome.
func (p *Publisher) send(w http.ResponseWriter, r *http.Request, a answer, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	tag, body := a.tag+"-"+r.Host, a.body
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if body, err = compress(body); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		tag += "-gzip"
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("ETag", `"`+tag+`"`)
	w.Header().Set("Vary", "Accept-Encoding")
	http.ServeContent(w, r, "", a.changed, bytes.NewReader(body))
}

func compress(b []byte) ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(b)
	err = errors.Join(err, z.Close())
	return out.Bytes(), err
}
