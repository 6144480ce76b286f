package server

import (
	"net/http"
	"strings"
	"testing"
)

// Where a password is set, metrics are for who has a session or the token.
func TestMetricsAreNotForStrangers(t *testing.T) {
	shown := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("polls 1\n")) })
	for _, tc := range []struct {
		name          string
		token         string
		locked        bool
		header        string
		want          int
		withoutMeters bool
	}{
		{name: "no password, no token", want: 200},
		{name: "no password, a token", token: "sesame", want: 401},
		{name: "no password, the token", token: "sesame", header: "Bearer sesame", want: 200},
		{name: "a password", locked: true, want: 401},
		{name: "a password, a guess", locked: true, token: "sesame", header: "Bearer guess", want: 401},
		{name: "a password, an empty token", locked: true, header: "Bearer ", want: 401},
		{name: "a password, the token as a user's", locked: true, token: "sesame", header: "Basic sesame", want: 401},
		{name: "a password, the token", locked: true, token: "sesame", header: "bearer sesame", want: 200},
		{name: "nothing to show", withoutMeters: true, want: 404},
		{name: "nothing to show to strangers", withoutMeters: true, locked: true, want: 401},
	} {
		w := newWorld(t, 3, func(o *Options) {
			if o.MetricsToken = tc.token; !tc.withoutMeters {
				o.Metrics = shown
			}
		})
		if tc.locked {
			w.lock(t)
		}
		var headers []string
		if tc.header != "" {
			headers = []string{"Authorization", tc.header}
		}
		a := w.send(t, "GET", "/metrics", nil, headers...)
		if a.Code != tc.want || strings.Contains(a.Body.String(), "polls") != (tc.want == 200) {
			t.Errorf("%s: %d %q, want %d", tc.name, a.Code, a.Body, tc.want)
		}
	}
	w := newWorld(t, 3, func(o *Options) { o.Metrics = shown }).lock(t)
	c := w.logIn(t)
	if a := w.send(t, "GET", "/metrics", nil, "Cookie", c.Name+"="+c.Value); a.Code != 200 {
		t.Errorf("with a session: %d", a.Code)
	}
}

// What hubs send needs no session, and no page of another site is let through by it.
func TestHubsNeedNoSession(t *testing.T) {
	var got []string
	w := newWorld(t, 3, func(o *Options) {
		o.Subscriber = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.Method+" "+r.URL.Path)
			w.WriteHeader(http.StatusAccepted)
		})
	}).lock(t)
	w.send(t, "POST", "/websub/ABC", nil).status(202)
	w.send(t, "GET", "/websub/ABC", nil).status(202)
	if a := w.send(t, "POST", "/websub/ABC", nil, "Sec-Fetch-Site", "cross-site"); a.Code != 403 {
		t.Errorf("from a page of another site: %d", a.Code)
	}
	if strings.Join(got, ", ") != "POST /websub/ABC, GET /websub/ABC" {
		t.Errorf("the subscriber got %v", got)
	}
}
