package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"tidings/internal/words"
	"tidings/web"
)

// release is what the service worker is told of the program: it keeps what belongs to
// one version, and what it says by itself.
type release struct {
	Version string            `json:"version"`
	Shell   []string          `json:"shell"` // addresses without which no page can be shown
	Words   map[string]string `json:"words"`
}

// newRelease tells of this program to a reader of a language.
func (s *Server) newRelease(l *words.Language) release {
	return release{
		Version: s.assets.Edition + "-" + l.Tag(),
		Shell:   []string{"/offline", s.assets.Path("style.css"), s.assets.Path("reader.js"), s.assets.Path("offline.js")},
		Words: map[string]string{
			"queued": l.T("Kept on this device. It will be sent when the network is back."),
			"sent":   l.T("What you marked without a network was sent."),
			"undone": l.T("Taken back."),
		},
	}
}

// worker answers with the service worker (W3C Service Workers): its script is the same
// for everybody, and changes with whatever it keeps, so that browsers notice a new
// version. It has to stand at the root, whose pages it serves.
func (s *Server) worker(w http.ResponseWriter, r *http.Request) error {
	l := words.From(r.Context())
	told, err := json.Marshal(s.newRelease(l))
	if err != nil {
		return err
	}
	body := []byte("\"use strict\";\nconst release = " + string(told) + ";\n" + web.Worker)
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding, Accept-Language")
	h.Set("Content-Language", l.Tag())
	return s.tagged(w, r, "text/javascript; charset=utf-8", tagOf(body), body)
}

// tagOf is the entity tag of a body (RFC 9110 §8.8.3), weak as it may go out compressed.
func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + hex.EncodeToString(sum[:12]) + `"`
}

// tagged answers with a body, compressed where that is welcome, unless who asks has it.
func (s *Server) tagged(w http.ResponseWriter, r *http.Request, mediaType, tag string, body []byte) error {
	if sameTag(w, r, tag) {
		return nil
	}
	return s.squeezed(w, r, mediaType, body)
}

// sameTag tags an answer, and gives it where who asks has it already (RFC 9110 §13.1.2).
func sameTag(w http.ResponseWriter, r *http.Request, tag string) bool {
	w.Header().Set("ETag", tag)
	same := r.Header.Get("If-None-Match") == tag
	if same {
		w.WriteHeader(http.StatusNotModified)
	}
	return same
}

// squeezed answers with a body, compressed where that is welcome.
func (s *Server) squeezed(w http.ResponseWriter, r *http.Request, mediaType string, body []byte) error {
	coding := bestCoding(r)
	if coding != "" {
		w.Header().Set("Content-Encoding", coding)
	}
	body, err := s.encode(coding, body)
	if err != nil {
		return err
	}
	return writeBody(w, r, http.StatusOK, mediaType, body)
}

// offlinePage is shown without a network in place of pages that aren't kept. It tells
// nothing of what is stored.
func (s *Server) offlinePage(w http.ResponseWriter, r *http.Request) error {
	f := s.bareFrame(words.From(r.Context()), words.From(r.Context()).T("Offline"))
	f.Nav, f.Offline, f.Extra = true, true, s.assets.Path("offline.js")
	return s.render(w, r, http.StatusOK, "offline", struct{ Frame }{f})
}
