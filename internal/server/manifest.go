package server

import (
	"encoding/json"
	"net/http"

	"tidings/internal/words"
)

// manifest is what makes the reader an application that can be installed (W3C Web
// Application Manifest; share_target: W3C Web Share Target; protocol_handlers: HTML
// §8.9.1.3, where "web+feed" is one of the schemes that sites may take).
type manifest struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	ShortName   string            `json:"short_name"`
	Description string            `json:"description"`
	Lang        string            `json:"lang"`
	Dir         string            `json:"dir"`
	StartURL    string            `json:"start_url"`
	Scope       string            `json:"scope"`
	Display     string            `json:"display"`
	Theme       string            `json:"theme_color"`
	Background  string            `json:"background_color"`
	Categories  []string          `json:"categories"`
	Launch      map[string]string `json:"launch_handler"`
	Icons       []manifestIcon    `json:"icons"`
	Shortcuts   []shortcut        `json:"shortcuts"`
	Share       shareTarget       `json:"share_target"`
	Protocols   []protocol        `json:"protocol_handlers"`
}

type manifestIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose,omitempty"`
}

type shortcut struct {
	Name  string         `json:"name"`
	URL   string         `json:"url"`
	Icons []manifestIcon `json:"icons"`
}

// shareTarget sends what other applications share to the page that asks whether to
// subscribe. A title is that of an article, and never the feed's: it has a name of
// its own.
type shareTarget struct {
	Action string            `json:"action"`
	Method string            `json:"method"`
	Params map[string]string `json:"params"`
}

type protocol struct {
	Protocol string `json:"protocol"`
	URL      string `json:"url"`
}

// manifestType is the media type of a manifest.
const manifestType = "application/manifest+json; charset=utf-8"

// manifest answers with the manifest in the reader's language. It tells nothing of what
// is stored, for browsers ask for it without the session's cookie.
func (s *Server) manifest(w http.ResponseWriter, r *http.Request) error {
	l := words.From(r.Context())
	b, err := json.Marshal(s.newManifest(l))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Language")
	h.Set("Content-Language", l.Tag())
	return writeBody(w, r, http.StatusOK, manifestType, b)
}

func (s *Server) newManifest(l *words.Language) manifest {
	icon := func(name, sizes, mediaType, purpose string) manifestIcon {
		return manifestIcon{s.assets.Path(name), sizes, mediaType, purpose}
	}
	small := icon("icon-192.png", "192x192", "image/png", "any")
	cut := func(name, url string) shortcut { return shortcut{name, url, []manifestIcon{small}} }
	return manifest{
		ID: "/", StartURL: "/", Scope: "/", Display: "standalone",
		Name: l.T("Tidings: every story once"), ShortName: l.T("Tidings"), Lang: l.Tag(), Dir: l.Dir(),
		Description: l.T("A feed reader that tells each story once, with all its sources."),
		Theme:       "#fbf9f4", Background: "#fbf9f4", Categories: []string{"news"},
		Launch: map[string]string{"client_mode": "navigate-existing"},
		Icons: []manifestIcon{
			icon("favicon.svg", "any", "image/svg+xml", "any"), small,
			icon("icon-512.png", "512x512", "image/png", "any"), icon("icon-maskable.png", "512x512", "image/png", "maskable"),
		},
		Shortcuts: []shortcut{
			cut(l.T("Unread"), "/"), cut(l.T("Starred"), "/?view=starred"), cut(l.T("Today"), "/?view=today"), cut(l.T("Add a feed"), "/subscribe"),
		},
		Share:     shareTarget{"/subscribe", "GET", map[string]string{"url": "url", "text": "text", "title": "about"}},
		Protocols: []protocol{{"web+feed", "/subscribe?url=%s"}},
	}
}
