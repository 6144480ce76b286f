package server

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"

	"tidings/internal/words"
)

// Where a password is set, the address of a feed carries a key, so that feed
// readers need no session: a keyed hash of the address. It opens that one feed, in
// that format and with that much of the texts, with all its pages and archives; it
// tells nothing of other keys. A channel's keys are renewed together, by a salt of
// its own, and all keys by a new master.

// admitFeed lets a request for a feed pass that has the feed's key, or would be
// admitted to pages.
func (s *Server) admitFeed(w http.ResponseWriter, r *http.Request, c channel) error {
	given := c.Params.Get("key")
	if given == "" {
		return s.admit(w, r)
	}
	locked, err := s.locked(r.Context())
	if err != nil || !locked {
		return err
	}
	want, err := s.key(r.Context(), c)
	if err != nil {
		return err
	}
	if hmac.Equal([]byte(given), []byte(want)) {
		return nil
	}
	return s.admit(w, r)
}

// key is that of the feed's address.
func (s *Server) key(ctx context.Context, c channel) (string, error) {
	master, err := s.Store.Setting(ctx, settingKey)
	if err != nil {
		return "", err
	}
	salt, err := s.Store.Setting(ctx, c.saltSetting())
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, master)
	for _, part := range []string{c.path(), c.View, string(c.Content), string(c.Copies), string(salt)} {
		h.Write([]byte(url.QueryEscape(part) + "\n"))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18]), nil
}

// saltSetting names the setting that changes with each renewal of a channel's keys.
func (c channel) saltSetting() string {
	sum := sha256.Sum256([]byte(c.home()))
	return settingSalt + base64.RawURLEncoding.EncodeToString(sum[:18])
}

// keyed gives the path and query under which feed readers can read a feed, with its key
// where one is needed.
func (s *Server) keyed(ctx context.Context, c channel, locked bool) (string, error) {
	c.Params.Del("key")
	if !locked {
		return c.address(), nil
	}
	key, err := s.key(ctx, c)
	return c.address("key", key), err
}

// ensureKey draws the master key of a new data file.
func (s *Server) ensureKey(ctx context.Context) error {
	master, err := s.Store.Setting(ctx, settingKey)
	if err != nil || len(master) > 0 {
		return err
	}
	return s.Store.SetSetting(ctx, settingKey, []byte(secret()))
}

// renewKeys gives the feeds of a channel new keys, or those of all channels; the
// old ones end.
func (s *Server) renewKeys(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r, 64<<10); err != nil {
		return err
	}
	page := r.PostForm.Get("page")
	if page == "" {
		if err := s.Store.SetSetting(r.Context(), settingKey, []byte(secret())); err != nil {
			return err
		}
		if err := s.Store.SetSetting(r.Context(), settingSecret, nil); err != nil {
			return err
		}
		return s.done(w, r, "/settings", &flash{Text: words.From(r.Context()).T("All feeds have new secret addresses. The old ones no longer work.")})
	}
	c, err := parseChannel(&http.Request{URL: &url.URL{Path: page}})
	if err != nil {
		return err
	}
	if _, err := s.named(r.Context(), c); err != nil {
		return err
	}
	if err := s.Store.SetSetting(r.Context(), c.saltSetting(), []byte(secret())); err != nil {
		return err
	}
	return s.done(w, r, c.home(), &flash{Text: words.From(r.Context()).T("This feed has new secret addresses. The old ones no longer work.")})
}

// oldSecret sends readers on that have the one secret address of earlier releases,
// until keys are renewed.
func (s *Server) oldSecret(w http.ResponseWriter, r *http.Request, name string) error {
	want, err := s.Store.Setting(r.Context(), settingSecret)
	if err != nil {
		return err
	}
	if len(want) == 0 || !hmac.Equal([]byte(name), want) {
		return &problem{Status: http.StatusNotFound, Title: "Not found", Bare: true,
			Text: "There is no feed at this address.", Todo: "Its secret address may have been renewed: the feed’s own page shows the present one."}
	}
	locked, err := s.locked(r.Context())
	if err != nil {
		return err
	}
	c, err := oldChannel(r)
	if err != nil {
		return err
	}
	to, err := s.keyed(r.Context(), c, locked)
	if err != nil {
		return err
	}
	http.Redirect(w, r, to, http.StatusMovedPermanently)
	return nil
}

// oldChannel is the channel that an address of an earlier release means: all were
// /feed.atom, with the river in the query.
func oldChannel(r *http.Request) (channel, error) {
	v := r.URL.Query()
	u := *r.URL
	switch {
	case v.Get("feed") != "":
		u.Path = "/feed/" + v.Get("feed") + ".atom"
	case v.Get("folder") != "":
		u.Path = "/folder/" + v.Get("folder") + ".atom"
	case v.Get("tag") != "":
		u.Path = "/tag/" + v.Get("tag") + ".atom"
	default:
		u.Path = "/feed.atom"
	}
	return parseChannel(&http.Request{URL: &u})
}
