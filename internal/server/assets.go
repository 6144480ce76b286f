package server

import "net/http"

// asset serves the stylesheet, the script and the icons. Their addresses carry
// the hash of their content, so they may be kept for ever.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) error {
	a := s.assets.Find(r.URL.Path)
	if a == nil {
		return notFound("There is no such file in this version of tidings.")
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := a.Body
	if acceptsGzip(r) {
		if z := a.Gzip(); z != nil {
			h.Set("Content-Encoding", "gzip")
			body = z
		}
	}
	return writeBody(w, r, http.StatusOK, a.Type, body)
}

// favicon is asked for by browsers that don't read the page.
func (s *Server) favicon(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	http.Redirect(w, r, s.assets.Path("favicon.svg"), http.StatusFound)
	return nil
}
