package server

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tidings/internal/words"
)

// Settings by which others set a password: after SettingPassword has changed,
// those that begin with SettingSessions are of no more use.
const (
	SettingPassword = "password" // what [HashPassword] made; unset: no password
	SettingSessions = "session/" // + hash of the token: expiry and password tag
)

// Settings that this package keeps in the store for itself.
const (
	settingID      = "feed-id"           // atom:id of the merged feed
	settingSecret  = "feed-secret"       // secret path of the merged feed in earlier releases
	settingKey     = "feed-key"          // from which the keys of feed addresses are made
	settingSalt    = "feed-salt/"        // + hash of a channel: changes with each renewal of its keys
	settingStamps  = "feed-stamp/"       // + hash of an address: what it served last
	settingLayout  = "layout"            // how the river is laid out
	settingRetaken = "retaken"           // when marks were taken back, by story (see retaken)
	settingPassing = "read-on-scroll"    // stories that are scrolled past become read; empty: they don't
	settingTongue  = "language"          // of the pages; empty: as the browser says
	settingStarter = "starter-dismissed" // the first run's notice was seen
)

const sessionLife = 60 * 24 * time.Hour

// password is the hash of the password to ask for, empty if none is asked for.
func (s *Server) password(ctx context.Context) (string, error) {
	if s.NoAuth {
		return "", nil
	}
	hash, err := s.Store.Setting(ctx, SettingPassword)
	return string(hash), err
}

// locked reports whether a password is demanded.
func (s *Server) locked(ctx context.Context) (bool, error) {
	hash, err := s.password(ctx)
	return hash != "", err
}

// admit lets a request pass that has a session or needs none. Others are sent
// to the login page if they ask for a page, and refused if they do something.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) error {
	hash, err := s.password(r.Context())
	if err != nil || hash == "" {
		return err
	}
	ok, err := s.inSession(r, hash)
	if err != nil || ok {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	p := &problem{
		Status: http.StatusUnauthorized, Title: "Please log in", Bare: true, Login: "/login",
		Text: "This reader has a password.",
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		p.Login += "?" + url.Values{"next": {r.URL.RequestURI()}}.Encode()
		if _, format := cutFormat(r.URL.Path); format != "" {
			p.Todo = words.Key("Feed readers use the secret address of the feed, which its page shows: this address without its extension.")
		} else if wantsPage(r) && r.URL.Path != "/events" {
			http.Redirect(w, r, p.Login, http.StatusSeeOther)
			return errAnswered
		}
	}
	return p
}

// welcome reports whether a request that was admitted would be so again: its
// session may have ended since, and a password may have been set or changed.
func (s *Server) welcome(r *http.Request) (bool, error) {
	hash, err := s.password(r.Context())
	if err != nil || hash == "" {
		return err == nil, err
	}
	return s.inSession(r, hash)
}

// wantsPage reports whether a browser asks, and not a script or a program.
func wantsPage(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return mode == "" || mode == "navigate"
}

func (s *Server) cookieName(r *http.Request) string {
	if s.secure(r) {
		return "__Host-tidings"
	}
	return "tidings"
}

// inSession reports whether the request's cookie names a session that was
// opened with the present password and has not run out.
func (s *Server) inSession(r *http.Request, hash string) (bool, error) {
	c, err := r.Cookie(s.cookieName(r))
	if err != nil || len(c.Value) > 100 {
		return false, nil
	}
	v, err := s.Store.Setting(r.Context(), sessionKey(c.Value))
	if err != nil {
		return false, err
	}
	return sessionHolds(v, hash, time.Now()), nil
}

// sessionHolds judges a session as it is stored: Unix time of its end, a space,
// tag of the password that opened it.
func sessionHolds(stored []byte, hash string, now time.Time) bool {
	end, tag, ok := strings.Cut(string(stored), " ")
	unix, err := strconv.ParseInt(end, 10, 64)
	return ok && err == nil && now.Unix() < unix &&
		subtle.ConstantTimeCompare([]byte(tag), []byte(passwordTag(hash))) == 1
}

// sessionKey is where a session is stored: by the hash of its token, so that
// who reads the data file can't take a session over.
func sessionKey(token string) string {
	sum := sha256.Sum256([]byte(token))
	return SettingSessions + hex.EncodeToString(sum[:])
}

// passwordTag ties sessions to a password: changing it ends them.
func passwordTag(hash string) string {
	sum := sha256.Sum256([]byte("session " + hash))
	return hex.EncodeToString(sum[:8])
}

// openSession starts a session with a fresh token and sets its cookie. An old
// session of the same browser ends, and sessions that ran out are swept away.
func (s *Server) openSession(w http.ResponseWriter, r *http.Request, hash string) error {
	if err := s.endSession(r); err != nil {
		return err
	}
	if err := s.sweepSessions(r.Context(), hash); err != nil {
		return err
	}
	token := secret()
	end := time.Now().Add(sessionLife)
	v := strconv.FormatInt(end.Unix(), 10) + " " + passwordTag(hash)
	if err := s.Store.SetSetting(r.Context(), sessionKey(token), []byte(v)); err != nil {
		return err
	}
	http.SetCookie(w, s.cookie(r, token, int(sessionLife/time.Second)))
	return nil
}

func (s *Server) endSession(r *http.Request) error {
	c, err := r.Cookie(s.cookieName(r))
	if err != nil {
		return nil
	}
	return s.Store.SetSetting(r.Context(), sessionKey(c.Value), nil)
}

func (s *Server) sweepSessions(ctx context.Context, hash string) error {
	all, err := s.Store.Settings(ctx, SettingSessions)
	if err != nil {
		return err
	}
	for key, v := range all {
		if sessionHolds(v, hash, time.Now()) {
			continue
		}
		if !strings.HasPrefix(key, SettingSessions) {
			key = SettingSessions + key
		}
		if err := s.Store.SetSetting(ctx, key, nil); err != nil {
			return err
		}
	}
	return nil
}

// cookie is the session's cookie; a negative age deletes it.
func (s *Server) cookie(r *http.Request, token string, age int) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(r), Value: token, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: s.secure(r), SameSite: http.SameSiteLaxMode,
	}
}

// secret draws 256 random bits, as an address or a cookie may carry them.
func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails, by its documentation
	return base64.RawURLEncoding.EncodeToString(b)
}
