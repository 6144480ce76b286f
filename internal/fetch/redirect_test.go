package fetch

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
)

// chain redirects /0 to /1 and so on by the statuses, and ends in a document.
func chain(statuses ...int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var i int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &i)
		if i >= len(statuses) {
			serve("", document(300))(w, r)
			return
		}
		w.Header().Set("Location", fmt.Sprintf("/%d", i+1))
		w.WriteHeader(statuses[i])
	}
}

func TestPermanent(t *testing.T) {
	for _, tc := range []struct {
		statuses []int
		want     bool
	}{
		{nil, false},
		{[]int{301}, true},
		{[]int{308}, true},
		{[]int{301, 308, 301}, true},
		{[]int{302}, false},
		{[]int{303}, false},
		{[]int{307}, false},
		{[]int{301, 302}, false},
		{[]int{302, 301}, false},
		{[]int{308, 307, 301}, false},
	} {
		c, url := loopback(t, Options{}, chain(tc.statuses...))
		res := get(t, c, Request{URL: url + "/0"})
		if res.Permanent != tc.want {
			t.Errorf("%v: permanent %v", tc.statuses, res.Permanent)
		}
		if want := fmt.Sprintf("%s/%d", url, len(tc.statuses)); res.URL != want {
			t.Errorf("%v: ended at %s, want %s", tc.statuses, res.URL, want)
		}
		var hops []Hop
		for i, s := range tc.statuses {
			hops = append(hops, Hop{fmt.Sprintf("%s/%d", url, i), s})
		}
		if diff := cmp.Diff(hops, res.Hops); diff != "" {
			t.Errorf("%v: hops (-want +got):\n%s", tc.statuses, diff)
		}
	}
}

// A moved feed that is unchanged still tells that it moved.
func TestRedirectToNotModified(t *testing.T) {
	c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new", http.StatusMovedPermanently)
			return
		}
		if r.Header.Get("If-None-Match") == `"v"` {
			w.WriteHeader(http.StatusNotModified)
		}
	})
	res := get(t, c, Request{URL: url + "/old", ETag: `"v"`})
	if !res.NotModified || !res.Permanent || res.URL != url+"/new" {
		t.Errorf("%+v", res)
	}
}

// Reading over http what https redirected to is fine, keeping it is not (E9).
func TestDowngradeIsNotPermanent(t *testing.T) {
	plainURL := server(t, serve("", document(300)))
	c, s := secure(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plainURL+"/feed", http.StatusMovedPermanently)
	})
	if res := get(t, c, Request{URL: s.URL}); res.Permanent || res.URL != plainURL+"/feed" {
		t.Errorf("permanent %v at %s", res.Permanent, res.URL)
	}
	up := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.URL+"/end", http.StatusMovedPermanently)
	})
	c, s = secure(t, Options{}, serve("", document(300)))
	if res := get(t, c, Request{URL: up}); !res.Permanent {
		t.Error("http to https should be permanent")
	}
}

func TestRedirectLimits(t *testing.T) {
	ten := make([]int, 10)
	for i := range ten {
		ten[i] = 302
	}
	c, url := loopback(t, Options{}, chain(ten...))
	if res := get(t, c, Request{URL: url + "/0"}); len(res.Hops) != 10 {
		t.Errorf("%d hops", len(res.Hops))
	}
	c, url = loopback(t, Options{}, chain(append(ten, 302)...))
	if e := getError(t, c, Request{URL: url + "/0"}, feed.FailureBlocked); len(e.Hops) != 11 || !strings.Contains(e.Error(), "more than 10 times") {
		t.Errorf("%v after %d hops", e, len(e.Hops))
	}
	c, url = loopback(t, Options{MaxRedirects: 2}, chain(301, 301, 301))
	getError(t, c, Request{URL: url + "/0"}, feed.FailureBlocked)
}

func TestRedirectLoops(t *testing.T) {
	var asked recorder
	c, url := loopback(t, Options{}, asked.wrap(func(w http.ResponseWriter, r *http.Request) {
		next := map[string]string{"/self": "/self#again", "/a": "/b", "/b": "/c", "/c": "/a"}
		w.Header().Set("Location", next[r.URL.Path])
		w.WriteHeader(http.StatusMovedPermanently)
	}))
	for path, asks := range map[string]int{"/self": 1, "/a": 3, "/b": 3} {
		before := len(asked.all())
		e := getError(t, c, Request{URL: url + path}, feed.FailureBlocked)
		if !strings.Contains(e.Error(), "circle") {
			t.Error(e)
		}
		if n := len(asked.all()) - before; n != asks {
			t.Errorf("%s: asked %d times, want %d", path, n, asks)
		}
	}
}

func TestRedirectTargets(t *testing.T) {
	var asked recorder
	c, url := loopback(t, Options{}, asked.wrap(func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header()["Location"] = []string{to}
			w.WriteHeader(http.StatusFound)
			return
		}
		serve("", document(300))(w, r)
	}))
	host := strings.TrimPrefix(url, "http://")
	for to, want := range map[string]string{
		"/abs":             "/abs",
		"rel":              "/dir/rel",
		"../up?x=1":        "/up?x=1",
		"//" + host + "/n": "/n",
		"HTTP://" + host:   "/",
		"/with%20space":    "/with%20space",
		"/raw space":       "/raw%20space",
		"/caf\xc3\xa9":     "/caf%C3%A9",
		"/caf\xe9":         "/caf%E9", // Latin-1, as old servers send it
		"/100%":            "/100%25",
		" /padded ":        "/padded",
	} {
		res := get(t, c, Request{URL: url + "/dir/feed?to=" + escapeAll(to)})
		all := asked.all()
		if got := all[len(all)-1].RequestURI; got != want {
			t.Errorf("Location %q led to %q, want %q", to, got, want)
		}
		if len(res.Hops) != 1 {
			t.Errorf("Location %q: hops %v", to, res.Hops)
		}
	}
	for _, to := range []string{
		"file:///etc/passwd", "gopher://127.0.0.1:70/_x", "ftp://127.0.0.1/x", "data:text/xml,<rss/>",
		"unix:///run/x.sock", "javascript:alert(1)", "feed:" + url, "http:///no-host", "http:opaque",
		"http://[::1", "http://127.1/", "http://0x7f.1/", "http://2130706433/", `http://127.0.0.1\.example/`, "http://127.0.0.1%00.example/",
		"http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:10.0.0.1]/", "http://[fd00:ec2::254]/",
		"//192.168.1.1/", "http://a@10.0.0.1/", "http://127.0.0.1:0/", "http://127.0.0.1:99999/",
	} {
		before := len(asked.all())
		e := getError(t, c, Request{URL: url + "/feed?to=" + escapeAll(to)}, feed.FailureBlocked)
		if n := len(asked.all()) - before; n != 1 {
			t.Errorf("%q: asked %d times", to, n)
		}
		if len(e.Hops) > 1 {
			t.Errorf("%q: hops %v", to, e.Hops)
		}
	}
}

// escapeAll writes every byte of s as an escape, so that a query carries it as it is.
func escapeAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// What belongs to one host is not shown to another (E10).
func TestCrossHostHygiene(t *testing.T) {
	var there recorder
	other := server(t, there.wrap(serve("", document(300))))
	var here recorder
	c, url := loopback(t, Options{}, here.wrap(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "id", Value: "1"})
		switch r.URL.Path {
		case "/0":
			http.Redirect(w, r, "http://x:y@"+r.Host+"/1", http.StatusFound)
		case "/1":
			http.Redirect(w, r, strings.Replace(other, "://", "://x:y@", 1)+"/end", http.StatusMovedPermanently)
		}
	}))
	private := strings.Replace(url, "://", "://ann:s%20cret@", 1)
	res := get(t, c, Request{URL: private + "/0", ETag: `"v"`, LastModified: "then"})
	for i, r := range append(here.all(), there.all()...) {
		user, password, ok := r.BasicAuth()
		if i < 2 && (user != "ann" || password != "s cret") {
			t.Errorf("request %d: credentials %q %q", i, user, password)
		}
		if i == 2 && ok {
			t.Errorf("request %d: credentials for another host: %q", i, user)
		}
		for _, name := range []string{"Referer", "Cookie", "Origin"} {
			if v, ok := r.Header[name]; ok {
				t.Errorf("request %d: %s %q", i, name, v)
			}
		}
		if r.Header.Get("If-None-Match") != `"v"` || r.Header.Get("If-Modified-Since") != "then" {
			t.Errorf("request %d without validators", i)
		}
	}
	if res.URL != other+"/end" {
		t.Errorf("ended at %q", res.URL)
	}
	if diff := cmp.Diff([]Hop{{url + "/0", 302}, {url + "/1", 301}}, res.Hops); diff != "" {
		t.Errorf("hops (-want +got):\n%s", diff)
	}
}

// A feed with a password that moves on its own host moves with it; what people see
// doesn't show it.
func TestCredentialsStayOnTheirHost(t *testing.T) {
	c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/old":
			http.Redirect(w, r, "/new", http.StatusMovedPermanently)
		case "/bad":
			w.WriteHeader(http.StatusForbidden)
		default:
			serve("", document(300))(w, r)
		}
	})
	private := strings.Replace(url, "://", "://ann:secret@", 1)
	if res := get(t, c, Request{URL: private + "/old"}); res.URL != private+"/new" || !res.Permanent {
		t.Errorf("%q", res.URL)
	}
	e := getError(t, c, Request{URL: private + "/bad"}, feed.FailureRefused)
	if s := fmt.Sprintf("%+v %v", *e, e); strings.Contains(s, "secret") {
		t.Errorf("shows the password: %s", s)
	}
	e = getError(t, c, Request{URL: "ftp://ann:secret@example.org/"}, feed.FailureBlocked)
	if s := fmt.Sprintf("%+v %v", *e, e); strings.Contains(s, "secret") {
		t.Errorf("shows the password: %s", s)
	}
}
