package server

import (
	"errors"
	"net/http"
	"runtime/debug"

	"tidings/internal/words"
)

// handler answers a request or says why it can't.
type handler func(http.ResponseWriter, *http.Request) error

// route is an address and who may ask for it.
type route struct {
	pattern string
	handle  handler
	open    bool // needs no session, even where a password is set
}

// routes is the whole surface of the reader.
func (s *Server) routes() []route {
	toFeed, toRSS, toOPML := moved("/feed.atom"), moved("/feed.rss"), moved("/export.opml")
	return []route{
		{"GET /{$}", s.river, false},
		{"GET /story/{id}", s.story, false},
		{"POST /story/{id}/read", s.readStory, false},
		{"POST /story/{id}/fulltext", s.fetchText, false},
		{"POST /story/{id}/split", s.splitStory, false},
		{"POST /story/{id}/join", s.joinStory, false},
		{"POST /decisions/{id}/undo", s.undoDecision, false},
		{"POST /mark", s.mark, false},
		{"POST /mark-all", s.markAll, false},
		{"POST /undo", s.undo, false},
		{"POST /layout", s.setLayout, false},
		{"GET /events", s.events, false},
		{"GET /offline/list", s.keptStories, false},
		{"GET /offline/stories", s.keptPages, false},
		{"GET /palette", s.palette, false},

		{"GET /feeds", s.feeds, false},
		{"GET /feeds/{id}", s.oneFeed, false},
		{"POST /feeds/refresh", s.refreshAll, false},
		{"POST /feeds/bulk", s.bulk, false},
		{"POST /feeds/{id}/keep", s.keepFeed, false},
		{"POST /feeds/{id}/fulltext", s.setFullText, false},
		{"POST /folders", s.changeFolder, false},
		{"POST /feeds/cancel", s.cancelNew, false},
		{"POST /feeds/{id}/times", s.feedTimes, false},
		{"GET /receipt", s.receipt, false},
		{"POST /feeds/{id}", s.changeFeed, false},
		{"POST /feeds/{id}/pause", s.pauseFeed, false},
		{"POST /feeds/{id}/refresh", s.refreshFeed, false},
		{"GET /feeds/{id}/remove", s.confirmRemove, false},
		{"POST /feeds/{id}/remove", s.removeFeed, false},
		{"GET /statistics", s.statistics, false},
		{"GET /folding", s.folding, false},
		{"POST /folding", s.setRule, false},
		{"POST /prefer", s.setPreference, false},
		{"GET /packs", s.packList, false},
		{"GET /packs/{name}", s.showPack, false},
		{"POST /packs/{name}", s.takePack, false},
		{"GET /unsubscribed", s.unsubscribed, false},
		{"POST /unsubscribed/{id}/undo", s.takeBack, false},
		{"GET /subscribe", s.confirmSubscribe, false},
		{"POST /subscribe", s.subscribe, false},
		{"POST /import", s.importList, false},
		{"GET /import/{token}", s.importReport, false},
		{"GET /export.opml", s.export, false},
		{"POST /lists/{id}/poll", s.pollList, false},
		{"POST /lists/{id}/remove", s.unfollowList, false},
		{"POST /starter/dismiss", s.dismissStarter, false},

		// Feeds and their pages see to it themselves who may read them.
		{"GET /feed", s.feedHome, true},
		{"GET /feed.atom", s.feedOrPage, true},
		{"GET /feed.rss", s.feedOrPage, true},
		{"GET /feed.json", s.feedOrPage, true},
		{"GET /feed/{name}", s.feedOrPage, true},
		{"GET /folder/{path...}", s.feedOrPage, true},
		{"GET /tag/{path...}", s.feedOrPage, true},
		{"GET /starred", s.feedOrPage, true},
		{"GET /starred.atom", s.feedOrPage, true},
		{"GET /starred.rss", s.feedOrPage, true},
		{"GET /starred.json", s.feedOrPage, true},
		{"GET /unread", s.feedOrPage, true},
		{"GET /unread.atom", s.feedOrPage, true},
		{"GET /unread.rss", s.feedOrPage, true},
		{"GET /unread.json", s.feedOrPage, true},
		{"GET /atom.xml", toFeed, true},
		{"GET /feed/{$}", toFeed, true},
		{"GET /feed.xml", toFeed, true},
		{"GET /index.xml", toFeed, true},
		{"GET /rss.xml", toRSS, true},
		{"GET /index.rss", toRSS, true},
		{"GET /rss", toRSS, true},
		{"GET /rss/{$}", toRSS, true},
		{"GET /rss/feed.xml", toRSS, true},
		{"GET /opml", toOPML, true},
		{"GET /feeds.opml", toOPML, true},

		{"POST /hub", s.hub, true},
		{"GET /websub/{token}", s.incoming, true}, // whoever knows the token is a hub
		{"POST /websub/{token}", s.incoming, true},
		{"GET /metrics", s.metrics, true}, // it sees to it itself who may read them

		{"GET /settings", s.settings, false},
		{"POST /settings/feed-secret", s.renewKeys, false},
		{"POST /settings/times", s.allTimes, false},
		{"POST /settings/pictures", s.setShowing, false},
		{"POST /settings/language", s.setLanguage, false},
		{"GET /login", s.loginPage, true},
		{"POST /login", s.login, true},
		{"POST /logout", s.logout, false},

		{"GET /sw.js", s.worker, true},
		{"GET /offline", s.offlinePage, true},
		{"GET /manifest.webmanifest", s.manifest, true},
		{"GET /picture/{sig}/{width}", s.picture, false},
		{"GET /icon/{name}", s.icon, false},
		{"GET /assets/{name}", s.asset, true},
		{"GET /favicon.ico", s.favicon, true},
		{"GET /robots.txt", robots, true},
		{"GET /healthz", healthz, true},
	}
}

func (s *Server) register() {
	s.mux = http.NewServeMux()
	s.open = map[string]bool{}
	for _, rt := range s.routes() {
		s.open[rt.pattern] = rt.open
		s.mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := rt.handle(w, r); err != nil {
				s.fail(w, r, err)
			}
		})
	}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setHeaders(w.Header(), s.policy())
	r = s.spoken(r)
	defer s.rescue(w, r)
	if err := s.serve(w, r); err != nil {
		s.fail(w, r, err)
	}
}

// serve checks who asks, then what for.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) error {
	if err := s.guardHost(r); err != nil {
		return err
	}
	if err := s.cross.Check(r); err != nil {
		return &problem{
			Status: http.StatusForbidden, Title: "That came from another site",
			Text: "A page of another site tried to change something here. Nothing was changed.",
			Todo: "If it was you, do it from a page of tidings itself.",
		}
	}
	h, pattern := s.mux.Handler(r)
	if !s.open[pattern] {
		if err := s.admit(w, r); err != nil {
			return err
		}
	}
	if pattern == "" {
		return unrouted(w, r, h)
	}
	s.mux.ServeHTTP(w, r)
	return nil
}

// unrouted turns the mux's own 404 and 405 into pages, and lets its redirects
// to clean paths pass.
func unrouted(w http.ResponseWriter, r *http.Request, h http.Handler) error {
	probe := &statusProbe{header: http.Header{}}
	h.ServeHTTP(probe, r)
	switch probe.status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", probe.header.Get("Allow"))
		return &problem{
			Status: http.StatusMethodNotAllowed, Title: "Not that way",
			Text: words.From(r.Context()).T("This address doesn’t take %s requests.", r.Method),
		}
	case http.StatusNotFound:
		return notFound("There is no such page.")
	}
	h.ServeHTTP(w, r)
	return nil
}

// statusProbe takes an answer and keeps its status and header alone.
type statusProbe struct {
	header http.Header
	status int
}

func (p *statusProbe) Header() http.Header         { return p.header }
func (p *statusProbe) WriteHeader(status int)      { p.status = status }
func (p *statusProbe) Write(b []byte) (int, error) { return len(b), nil }

// rescue answers for a handler that panicked, which is a bug of ours.
func (s *Server) rescue(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	s.Log.Error("handler panicked", "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
	s.fail(w, r, errors.New("handler panicked"))
}

// moved answers with the address that takes this one's place, query kept.
func moved(to string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		target := to
		if r.URL.RawQuery != "" {
			target += "?" + r.URL.RawQuery
		}
		http.Redirect(w, r, target, http.StatusMovedPermanently)
		return nil
	}
}

func healthz(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	return writeBody(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
}

func robots(w http.ResponseWriter, r *http.Request) error {
	return writeBody(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte("User-agent: *\nDisallow: /\n"))
}
