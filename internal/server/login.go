package server

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"tidings/internal/words"
)

// loginPage is the form for the password.
type loginPage struct {
	Frame
	Next   string
	Wrong  string // what was wrong with the last try
	Needed bool   // a password is set
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request) error {
	return s.showLogin(w, r, http.StatusOK, local(r.URL.Query().Get("next")), "")
}

func (s *Server) showLogin(w http.ResponseWriter, r *http.Request, status int, next, wrong string) error {
	locked, err := s.locked(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	page := loginPage{Frame: s.bareFrame(words.From(r.Context()), words.From(r.Context()).T("Log in")), Next: next, Wrong: wrong, Needed: locked}
	return s.render(w, r, status, "login", page)
}

// login checks the password and opens a session.
func (s *Server) login(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	next, given := local(r.PostForm.Get("next")), r.PostForm.Get("password")
	hash, err := s.password(r.Context())
	if err != nil {
		return err
	}
	if hash == "" {
		return see(w, r, next)
	}
	if wait := s.limiter.take(clientAddr(r), time.Now()); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return s.showLogin(w, r, http.StatusTooManyRequests, next, words.From(r.Context()).T("Too many tries. Wait a minute, then try again."))
	}
	ok, err := s.verify(r, hash, given)
	if err != nil {
		return err
	}
	if !ok {
		s.Log.Warn("login failed", "from", clientAddr(r))
		return s.showLogin(w, r, http.StatusForbidden, next, words.From(r.Context()).T("That was not the password."))
	}
	s.limiter.forgive(clientAddr(r))
	if err := s.openSession(w, r, hash); err != nil {
		return err
	}
	return see(w, r, next)
}

// verify hashes at most maxHashes passwords at once: each takes 19 MiB.
func (s *Server) verify(r *http.Request, hash, given string) (bool, error) {
	if len(given) > maxPassword {
		return false, nil
	}
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-r.Context().Done():
		return false, r.Context().Err()
	}
	return VerifyPassword(hash, given)
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) error {
	if err := s.endSession(r); err != nil {
		return err
	}
	http.SetCookie(w, s.cookie(r, "", -1))
	w.Header().Set("Clear-Site-Data", `"cache"`)
	return see(w, r, "/login")
}

// clientAddr is who asks, as far as tries are counted: an IPv4 address, or the
// /64 that a household has of IPv6. Forwarded headers are not believed.
func clientAddr(r *http.Request) netip.Prefix {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}
	}
	bits := 32
	if a = a.Unmap().WithZone(""); a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

// limiter allows each address so many tries at once, and then one more each
// refill.
type limiter struct {
	mu    sync.Mutex
	tries map[netip.Prefix]*tries
}

type tries struct {
	left float64
	at   time.Time
}

const (
	tryBurst   = 5
	tryRefill  = 15 * time.Second
	tryClients = 10_000 // remembered at most
)

func newLimiter() *limiter { return &limiter{tries: map[netip.Prefix]*tries{}} }

// take counts a try; a positive answer refuses it and says how long to wait.
func (l *limiter) take(from netip.Prefix, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tries[from]
	if t == nil {
		l.prune(now)
		t = &tries{left: tryBurst, at: now}
		l.tries[from] = t
	}
	t.left = min(tryBurst, t.left+float64(now.Sub(t.at))/float64(tryRefill))
	t.at = now
	if t.left < 1 {
		return time.Duration((1 - t.left) * float64(tryRefill))
	}
	t.left--
	return 0
}

// forgive forgets the tries of one who knew the password.
func (l *limiter) forgive(from netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, from)
}

// prune makes room: those who waited long enough are forgotten, and if that is
// not enough, everybody is.
func (l *limiter) prune(now time.Time) {
	if len(l.tries) < tryClients {
		return
	}
	for from, t := range l.tries {
		if now.Sub(t.at) > tryBurst*tryRefill {
			delete(l.tries, from)
		}
	}
	if len(l.tries) >= tryClients {
		clear(l.tries)
	}
}
