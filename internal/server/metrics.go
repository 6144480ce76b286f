package server

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// incoming hands over to who takes what hubs send.
func (s *Server) incoming(w http.ResponseWriter, r *http.Request) error {
	if s.Subscriber == nil {
		return notFound("Nothing is pushed here: it needs the public address of this server (--public-url).")
	}
	s.Subscriber.ServeHTTP(w, r)
	return nil
}

// metrics serves the metrics to who may read them: anybody where there is neither a
// password nor a token, else who has a session or sends the token (RFC 6750 §2.1).
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) error {
	may, err := s.mayMeasure(r)
	switch {
	case err != nil:
		return err
	case may && s.Metrics == nil:
		return notFound("There are no metrics here.")
	}
	w.Header().Set("Cache-Control", "no-store")
	if !may {
		w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
		http.Error(w, "metrics want the token of --metrics-token, or are read at --debug-addr", http.StatusUnauthorized)
		return nil
	}
	s.Metrics.ServeHTTP(w, r)
	return nil
}

func (s *Server) mayMeasure(r *http.Request) (bool, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if s.MetricsToken != "" && strings.EqualFold(scheme, "Bearer") &&
		subtle.ConstantTimeCompare([]byte(strings.TrimSpace(token)), []byte(s.MetricsToken)) == 1 {
		return true, nil
	}
	hash, err := s.password(r.Context())
	switch {
	case err != nil:
		return false, err
	case hash == "":
		return s.MetricsToken == "", nil
	}
	return s.inSession(r, hash)
}
