package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
)

// recorder keeps the requests that a server saw.
type recorder struct {
	mu   sync.Mutex
	seen []*http.Request
}

func (r *recorder) wrap(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		r.seen = append(r.seen, req.Clone(context.Background()))
		r.mu.Unlock()
		h(w, req)
	}
}

func (r *recorder) all() []*http.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

func TestRequestIsPlain(t *testing.T) {
	var rec recorder
	c, url := loopback(t, Options{UserAgent: "tidings/1.2 (+https://tidings.example)"}, rec.wrap(serve("", document(500))))
	get(t, c, Request{URL: url + "/feed.xml"})
	reqs := rec.all()
	if len(reqs) != 1 {
		t.Fatalf("%d requests, want one", len(reqs))
	}
	if reqs[0].Method != http.MethodGet {
		t.Errorf("method %s", reqs[0].Method)
	}
	want := http.Header{
		"User-Agent":      {"tidings/1.2 (+https://tidings.example)"},
		"Accept":          {feedTypes},
		"Accept-Encoding": {"gzip, br, zstd"},
	}
	if diff := cmp.Diff(want, reqs[0].Header); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestUserAgentIsNeverGos(t *testing.T) {
	var rec recorder
	c, url := loopback(t, Options{}, rec.wrap(serve("", document(500))))
	get(t, c, Request{URL: url, Accept: "text/x-opml"})
	if ua := rec.all()[0].UserAgent(); ua != "tidings" {
		t.Errorf("User-Agent %q", ua)
	}
	if a := rec.all()[0].Header.Get("Accept"); a != "text/x-opml" {
		t.Errorf("Accept %q", a)
	}
}

// Real servers send weak, unquoted and odd validators; all go back as they came (E2).
func TestValidatorsByteForByte(t *testing.T) {
	for _, v := range []Request{
		{ETag: `"abc"`},
		{ETag: `W/"65f-5e1"`},
		{ETag: `unquoted-gzip`},
		{ETag: `""`},
		{ETag: `"a, b;c=\d"`},
		{ETag: "\"caf\xc3\xa9\""},
		{LastModified: "Tue, 15 Nov 1994 12:45:26 GMT"},
		{LastModified: "2024-03-01T10:00:00+0100"},
		{LastModified: "Thu,  1 Jan 1970 00:00:00 +0000", ETag: `"both"`},
		{LastModified: "0"},
	} {
		var rec recorder
		c, url := loopback(t, Options{}, rec.wrap(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotModified) }))
		v.URL = url
		if res := get(t, c, v); !res.NotModified || res.Status != 304 || res.Body != nil {
			t.Errorf("%+v: %+v", v, res)
		}
		h := rec.all()[0].Header
		if got := strings.Join(h["If-None-Match"], "|"); got != v.ETag {
			t.Errorf("If-None-Match %q, want %q", got, v.ETag)
		}
		if got := strings.Join(h["If-Modified-Since"], "|"); got != v.LastModified {
			t.Errorf("If-Modified-Since %q, want %q", got, v.LastModified)
		}
	}
}

// A server can put bytes into an ETag that no request may carry. The feed must
// stay readable, unconditionally.
func TestUnsendableValidatorIsLeftOut(t *testing.T) {
	var rec recorder
	c, url := loopback(t, Options{}, rec.wrap(serve("", document(500))))
	get(t, c, Request{URL: url, ETag: "\"a\x01b\""})
	if got, ok := rec.all()[0].Header["If-None-Match"]; ok {
		t.Errorf("If-None-Match %q", got)
	}
}

func TestResponse(t *testing.T) {
	doc := document(3000)
	packed := pack(t, "gzip", doc)
	c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("ETag", `W/"v2"`)
		h.Set("Last-Modified", "Tue, 15 Nov 1994 12:45:26 GMT")
		h.Set("Cache-Control", "public, max-age=1800")
		h.Add("Link", `<https://hub.example/>; rel=hub`)
		h.Add("Link", `</feed.xml>; rel="self"`)
		serve("gzip", packed)(w, r)
	})
	got := get(t, c, Request{URL: url + "/feed?a#top", ETag: `"v1"`})
	if got.Took <= 0 || got.Took > time.Minute {
		t.Errorf("took %v", got.Took)
	}
	got.Took = 0
	want := &Response{Status: 200, URL: url + "/feed?a#top", Body: doc, Hash: sha256.Sum256(doc),
		ContentType: "application/rss+xml", ETag: `W/"v2"`, LastModified: "Tue, 15 Nov 1994 12:45:26 GMT",
		MaxAge: 30 * time.Minute, Hubs: []string{"https://hub.example/"}, Self: url + "/feed.xml", Bytes: int64(len(packed))}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if cap(got.Body) != len(got.Body) {
		t.Errorf("body of %d bytes holds %d", len(got.Body), cap(got.Body))
	}
}

// A 304 carries new validators and freshness (E3).
func TestNotModifiedBringsHeaders(t *testing.T) {
	c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"new"`)
		w.Header().Set("Cache-Control", "max-age=7200")
		w.WriteHeader(http.StatusNotModified)
	})
	res := get(t, c, Request{URL: url, ETag: `"old"`})
	if !res.NotModified || res.ETag != `"new"` || res.MaxAge != 2*time.Hour || res.Bytes != 0 || res.Hash != [32]byte{} {
		t.Errorf("%+v", res)
	}
}

func TestStatuses(t *testing.T) {
	kinds := map[feed.FailureKind][]int{
		feed.FailureTemporary: {201, 202, 204, 205, 206, 226, 300, 304, 305, 399, 408, 425, 500, 502, 504, 520, 599},
		feed.FailureLimited:   {429, 503},
		feed.FailureRefused:   {400, 401, 402, 403, 405, 406, 418, 421, 451, 499},
		feed.FailureMissing:   {404},
		feed.FailureGone:      {410},
		feed.FailureBlocked:   {301, 302, 303, 307, 308}, // without a Location
	}
	var status atomic.Int64
	c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(int(status.Load()))
		if s := status.Load(); s != 204 && s != 304 {
			_, _ = w.Write(document(300))
		}
	})
	for kind, codes := range kinds {
		for _, code := range codes {
			status.Store(int64(code))
			e := getError(t, c, Request{URL: url + "/f"}, kind)
			if e.Status != code || e.URL != url+"/f" || len(e.Hops) != 0 || e.RetryAfter != 0 {
				t.Errorf("%d: %+v", code, e)
			}
		}
	}
	for _, code := range []int{200, 203} {
		status.Store(int64(code))
		if res := get(t, c, Request{URL: url}); res.Status != code || !bytes.Equal(res.Body, document(300)) {
			t.Errorf("%d: %+v", code, res)
		}
	}
}

func TestRetryAfterReachesTheCaller(t *testing.T) {
	c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	if e := getError(t, c, Request{URL: url}, feed.FailureLimited); e.RetryAfter != 2*time.Minute {
		t.Errorf("wait %v", e.RetryAfter)
	}
}

func TestEmptyDocument(t *testing.T) {
	c, url := loopback(t, Options{}, serve("", nil))
	getError(t, c, Request{URL: url}, feed.FailureTemporary)
}

// Every answer, also one with an unwanted body, leaves its connection for the next.
func TestConnectionIsReused(t *testing.T) {
	var opened atomic.Int64
	page := bytes.Repeat([]byte("not here "), 1000)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/missing":
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write(page)
		case "/moved":
			http.Redirect(w, r, "/gzip", http.StatusFound)
		case "/same":
			w.WriteHeader(http.StatusNotModified)
		case "/padded":
			serve("gzip", append(pack(t, "gzip", document(3000)), make([]byte, 16_000)...))(w, r)
		default:
			name := r.URL.Path[1:]
			serve(name, pack(t, name, document(3000)))(w, r)
		}
	}))
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c := newLoopback(t, Options{})
	for range 3 {
		for _, path := range []string{"/", "/gzip", "/br", "/zstd", "/missing", "/moved", "/same", "/padded"} {
			_, err := c.Get(t.Context(), Request{URL: s.URL + path, ETag: `"a"`})
			if err != nil && path != "/missing" {
				t.Fatalf("%s: %v", path, err)
			}
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// secure starts an HTTPS server, and makes a client that trusts it.
func secure(t *testing.T, o Options, h http.HandlerFunc) (*Client, *httptest.Server) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = true
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newLoopback(t, o)
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	c.open.TLSClientConfig = &tls.Config{RootCAs: pool}
	return c, s
}

func TestHTTP2(t *testing.T) {
	var rec recorder
	doc := document(200 << 10)
	c, s := secure(t, Options{UserAgent: "tidings/1"}, rec.wrap(serve("gzip", pack(t, "gzip", doc))))
	for range 2 {
		if res := get(t, c, Request{URL: s.URL, ETag: `"x"`}); !bytes.Equal(res.Body, doc) {
			t.Errorf("body of %d bytes", len(res.Body))
		}
	}
	for _, r := range rec.all() {
		if r.ProtoMajor != 2 || r.UserAgent() != "tidings/1" || r.Header.Get("If-None-Match") != `"x"` || len(r.Header) != 4 {
			t.Errorf("%s %v", r.Proto, r.Header)
		}
	}
}

func TestTLSErrorsAreReported(t *testing.T) {
	c, s := secure(t, Options{}, serve("", document(500)))
	c.open.TLSClientConfig = nil
	e := getError(t, c, Request{URL: s.URL}, feed.FailureTemporary)
	if !strings.Contains(e.Error(), "certificate that nobody known has signed") {
		t.Error(e)
	}
	trusting, s := secure(t, Options{}, serve("", document(500)))
	e = getError(t, trusting, Request{URL: strings.Replace(s.URL, "127.0.0.1", "localhost", 1)}, feed.FailureTemporary)
	if !strings.Contains(e.Error(), "certificate of another name") {
		t.Error(e)
	}
	e = getError(t, trusting, Request{URL: strings.Replace(server(t, serve("", document(500))), "http:", "https:", 1)}, feed.FailureTemporary)
	if !strings.Contains(e.Error(), "doesn't speak https") {
		t.Error(e)
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	e := getError(t, newLoopback(t, Options{}), Request{URL: "http://" + l.Addr().String()}, feed.FailureTemporary)
	if !strings.Contains(e.Error(), "accepts no connection") || e.Status != 0 {
		t.Error(e)
	}
}

// What the caller ends is the caller's error, and no failure of the feed.
func TestCallerGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
	})
	_, err := c.Get(ctx, Request{URL: url})
	var e *Error
	if !errors.Is(err, context.Canceled) || errors.As(err, &e) {
		t.Errorf("error %v", err)
	}
}

func TestConcurrentGets(t *testing.T) {
	docs := map[string][]byte{}
	for i, name := range []string{"gzip", "br", "zstd", ""} {
		docs[name] = document(1000 << (2 * i))
	}
	c, url := loopback(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path[1:]
		serve(name, pack(t, name, docs[name]))(w, r)
	})
	var wg sync.WaitGroup
	for name, doc := range docs {
		for range 8 {
			wg.Go(func() {
				res, err := c.Get(t.Context(), Request{URL: url + "/" + name})
				if err != nil || !bytes.Equal(res.Body, doc) {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
	}
	wg.Wait()
}
