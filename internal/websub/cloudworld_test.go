package websub

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tidings/internal/feed"
)

const (
	cloudURL = "http://cloud.example:5337/pleaseNotify"
	thanks   = `<?xml version="1.0"?><notifyResult success="true" msg="Thanks."/>`
)

// clouded is the feed of these tests.
func clouded() feed.Hubbed {
	return feed.Hubbed{Feed: 1, URL: topic, Topic: topic, Hubs: []string{cloudURL}, Cloud: true}
}

// inClouds runs a test with one feed that names a cloud.
func inClouds(t *testing.T, o Options, f func(w *world), prepare ...func(h *hubs)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, store: newMemory(), poller: &polls{}, hubs: &hubs{answer: map[string]int{}, verify: true}}
		w.store.follow(clouded())
		for _, p := range prepare {
			p(w.hubs)
		}
		w.start(o)
		defer func() { w.end() }()
		f(w)
	})
}

// cloud answers a registration: it asks back if verify says so, and refuses where the
// challenge doesn't come back.
func (h *hubs) cloud(r *http.Request, sub *Subscriber, form url.Values, status int) (*http.Response, error) {
	h.mu.Lock()
	said, verify, slow, to := h.said, h.verify, h.slow, h.to
	h.mu.Unlock()
	select {
	case <-time.After(slow):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if status == http.StatusAccepted {
		status = http.StatusOK
	}
	header := http.Header{}
	if status/100 == 3 {
		header.Set("Location", to)
		verify = false
	}
	if verify {
		rec := httptest.NewRecorder()
		sub.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, callbackOf(form)+"?url="+url.QueryEscape(form.Get("url1"))+"&challenge=x1y2", nil))
		if said == "" && (rec.Code != http.StatusOK || rec.Body.String() != "x1y2") {
			said = `<notifyResult success="false" msg="not verified"/>`
		}
	}
	h.try(sub, form)
	if said == "" {
		said = thanks
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(said))}, nil
}

// try pings a callback before anything is promised, as clouds of the first years do.
func (h *hubs) try(sub *Subscriber, form url.Values) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.tests != nil {
		rec := httptest.NewRecorder()
		sub.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, callbackOf(form), strings.NewReader(url.Values{"url": {form.Get("url1")}}.Encode())))
		h.tests = append(h.tests, rec.Code)
	}
}

// callbackOf glues an address as clouds do.
func callbackOf(form url.Values) string {
	scheme := "http"
	if form.Get("protocol") == "https-post" || form.Get("port") == "443" {
		scheme = "https"
	}
	return strings.NewReplacer(":443/", "/", ":80/", "/").Replace(scheme + "://" + form.Get("domain") + ":" + form.Get("port") + form.Get("path"))
}

// pingFor posts the address of a feed to a callback.
func (w *world) pingFor(callback, address string) int {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, callback, strings.NewReader(url.Values{"url": {address}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.raw(r).Code
}

// polled ends a poll of the feed that found so much.
func (w *world) polled(fresh int) {
	w.sub.Polled(feed.Outcome{Feed: 1, Status: "unchanged", New: fresh})
	synctest.Wait()
}
